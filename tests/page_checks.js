// Put behind the script of a page by test_page.sh: uses the page as people do, and writes a line for
// each check into the document.
(() => {
  const lines = [], log = document.createElement("pre");
  log.id = "checked";
  const ok = (name, is) => lines.push(`${is ? "good" : "bad"} ${name}`);
  const $ = id => document.getElementById(id), images = () => [...document.querySelectorAll("figure svg")];
  const press = (element, key) => element.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
  const select = (label, value) => {
    const box = [...document.querySelectorAll("#choices select")].find(s => s.getAttribute("aria-label") === label);
    box.value = value;
    box.dispatchEvent(new Event("change", {bubbles: true}));
  };
  const heading = () => document.querySelector("#detail h2")?.textContent || "";
  // A place in a cell's middle: column c of n, row r of m counted from above.
  const at = (image, c, n, r, m) => {
    const box = image.querySelector(".frame").getBoundingClientRect();
    return {clientX: box.left + (c + 0.5) / n * box.width, clientY: box.top + (r + 0.5) / m * box.height, bubbles: true};
  };
  try {
    ok("panels for the values of the other axes", images().length === 4);
    ok("nothing is wider than the window", document.documentElement.scrollWidth <= innerWidth);
    ok("every cell that a table would have is drawn", $("panels").dataset.cells === "300");
    const first = images()[0];
    ok("a diagram has a role and a name", first.getAttribute("role") === "application" && first.getAttribute("aria-label").includes("lr across"));

    first.dispatchEvent(new PointerEvent("pointermove", {...at(first, 2, 3, 24, 25), pointerType: "mouse"}));
    ok("pointing at a cell names it", $("tip").textContent.startsWith("K=1, lr=100") && !$("tip").hidden);
    ok("... and shows it", heading().includes("K=1, lr=100"));
    ok("... with its curve and PCA's error", document.querySelectorAll("#detail path.line").length > 0 && document.querySelector("#detail path.level") !== null);
    first.dispatchEvent(new PointerEvent("click", at(first, 1, 3, 0, 25)));
    ok("a click keeps a cell", heading().includes("K=25, lr=1") && $("detail").classList.contains("kept") && location.hash.includes("row="));
    first.dispatchEvent(new PointerEvent("pointermove", {...at(first, 2, 3, 24, 25), pointerType: "mouse"}));
    ok("... which stays when others are pointed at", heading().includes("K=25, lr=1"));
    ok("... in view on small windows too", getComputedStyle($("detail")).display !== "none");
    press(document.body, "Escape");
    ok("Escape lets it go", !$("detail").classList.contains("kept") && !location.hash.includes("row="));

    const second = images()[1];
    second.dispatchEvent(new PointerEvent("pointerleave"));
    press(second, "ArrowRight");
    ok("keys begin at the first cell", $("spoken").textContent.startsWith("K=1, lr=0.01"));
    press(second, "ArrowRight");
    press(second, "ArrowUp");
    ok("... and walk", $("spoken").textContent.startsWith("K=2, lr=1:"));
    press(second, "End");
    ok("... to the end", $("spoken").textContent.startsWith("K=2, lr=100:"));
    press(second, "ArrowRight");
    ok("... and not beyond", $("spoken").textContent.startsWith("K=2, lr=100:"));
    press(second, "Enter");
    ok("Enter keeps the cell", heading().includes("tied=true, K=2, lr=100") && $("detail").classList.contains("kept"));
    ok("... outlined", second.querySelector("rect.kept") !== null);

    select("show", "excess");
    ok("another value has a bar of colours", document.querySelector("#legend linearGradient") !== null);
    ok("... and the cell stays kept", heading().includes("tied=true, K=2, lr=100"));
    select("across", "K");
    ok("axes change places", images()[0].getAttribute("aria-label").includes("K across, lr up"));
    select("across", "tied");
    ok("another axis makes other panels", images().length === 6 || images().length === 2 * 25);
    select("across", "lr");
    select("up", "K");
    select("activation", "1");
    ok("an axis can be held", images().length === 2);
    select("activation", "all");
    press(document.body, "Escape");

    const holds = word => document.getElementById("run").textContent.includes(word);
    ok("the sweep stands there", holds("name: made_up") && holds("activation"));
    ok("failures stand there", holds("Failures"));
    ok("what may end a script is only text", holds("<\/script><b>'\"&") && document.querySelector("#run b") === null);
    ok("names of what is drawn are everywhere", [...document.querySelectorAll("select, button, svg[tabindex]")].every(e => e.getAttribute("aria-label") || e.textContent || e.labels?.length));
  } catch (error) {
    lines.push("bad " + error);
  }
  log.textContent = lines.join("\n");
  document.body.append(log);
})();
