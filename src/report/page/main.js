// The page: choices, panels, pointer, keyboard, address.

let layout = null, scale = null, frame = null;
let images = [];     // of the panels
let kept = null;     // {panel, k}: the cell that stays
let pointed = null;  // ... and the one that is pointed at

const $ = id => document.getElementById(id);
const cellAt = place => place && layout.panels[place.panel].cells[place.k];

// ---- choices ----

function choice(parent, label, options, value, change, texts) {
  const box = html("label", {}, parent, label + " "), select = html("select", {"aria-label": label}, box);
  options.forEach((option, i) => {
    const item = html("option", {value: option}, select, texts ? texts[i] : option);
    item.selected = option === String(value);
  });
  select.addEventListener("change", () => { change(select.value); again(); });
  return select;
}

function toggle(parent, label, isOn, change) {
  const box = html("label", {}, parent), input = html("input", {type: "checkbox"}, box);
  input.checked = isOn;
  box.append(" " + label);
  input.addEventListener("change", () => { change(input.checked); again(); });
}

function drawChoices() {
  const form = $("choices"), focus = document.activeElement && document.activeElement.getAttribute("aria-label");
  const isOpen = $("more") ? $("more").open : innerWidth >= 900;
  form.replaceChildren();
  choice(form, "show", [...columns.keys()].sort((a, b) => (b === "phase") - (a === "phase")), view.value, v => { view.value = v; });
  if (hasReplicates && columns.get(view.value).kind !== "phase")
    choice(form, "of the replicates", [...Object.keys(reductions), "count"], view.reduce, v => { view.reduce = v; });
  if (axisNames.length > 1) {
    choice(form, "across", axisNames, view.cols, v => setAxis("cols", v));
    choice(form, "up", axisNames, view.rows, v => setAxis("rows", v));
  }
  const more = html("details", {id: "more"}, form);
  html("summary", {}, more, "More choices");
  const rare = html("div", {class: "choices"}, more);
  more.open = isOpen;
  for (const [key, name, label] of [["xScale", view.cols, "scale across"], ["yScale", view.rows, "scale up"]])
    if (name && params.get(name).isNumeric && params.get(name).labels.length > 2)
      choice(rare, label, ["auto", "log", "linear", "even"], view[key], v => { view[key] = v; });
  if (columns.get(view.value).kind !== "phase")
    choice(rare, "colours", ["auto", "log", "linear"], view.colours, v => { view.colours = v; });
  for (const name of axisNames) {
    if (name === view.rows || name === view.cols || params.get(name).labels.length < 2) continue;
    const p = params.get(name);
    choice(rare, name, ["all", ...p.labels.map((_, d) => String(d))], view.fixed.has(name) ? view.fixed.get(name) : "all",
      v => { if (v === "all") view.fixed.delete(name); else view.fixed.set(name, Number(v)); }, ["all, as panels", ...p.labels]);
  }
  if (rare.childElementCount === 0) more.remove();
  if (focus) [...form.querySelectorAll("select")].find(s => s.getAttribute("aria-label") === focus)?.focus();
}

function setAxis(key, name) {
  const other = key === "rows" ? "cols" : "rows";
  if (view[other] === name) view[other] = view[key];
  view[key] = name;
  view.fixed.delete(name);
}

// Draws everything anew; the kept cell stays if its rows are still shown.
function again() {
  const row = kept ? cellAt(kept).rows[0] : null;
  draw();
  kept = row === null ? null : placeOfRow(row);
  pointed = null;
  mark();
}

// ---- panels ----

function draw() {
  limitPanels();
  drawChoices();
  layout = layOut();
  scale = colourScale(layout);
  drawLegend(layout, scale, $("legend"));
  const box = $("panels"), {across, width, isGrid, nDown} = arrange(box.clientWidth || 700);
  frame = frameOf(layout, width);
  box.style.setProperty("--across", across);
  box.style.setProperty("--width", width + "px");
  box.replaceChildren();
  let band = null, last = -1;
  images = layout.panels.map((panel, i) => {
    const row = Math.floor((isGrid ? panel.key : i) / across), nHeading = isGrid ? nDown : 0;
    if (row !== last) {
      band = html("div", {class: "band"}, box);
      if (nHeading > 0) html("p", {class: "row"}, band, panel.parts.slice(0, nHeading).join(", "));
    }
    last = row;
    return drawPanel(panel, i, panel.parts.slice(nHeading).join(", "), band);
  });
  if (isGrid) images.forEach((image, i) => { image.parentNode.style.gridColumn = 1 + layout.panels[i].key % across; });
  box.dataset.panels = layout.panels.length;
  box.dataset.cells = layout.panels.reduce((sum, panel) => sum + panel.cells.reduce(a => a + 1, 0), 0);
  if ($("astable").open) drawTables();
}

// How many panels stand side by side: all values of the last axes, if they fit, so that columns mean something.
function arrange(room) {
  const gap = 14, n = layout.panels.length, wanted = 10 * layout.x.at.length + CHAR * widest(layout.y) + 44;
  const least = Math.max(Math.min(150, room), Math.min(260, wanted)), most = Math.max(1, Math.floor((room + gap) / (least + gap)));
  let across = 1, nDown = layout.sizes.length;
  while (nDown > 0 && across * layout.sizes[nDown - 1] <= most) across *= layout.sizes[--nDown];
  nDown = layout.sizes.slice(0, nDown).filter(size => size > 1).length; // as parts of titles
  const isGrid = across > 1;
  if (!isGrid) across = Math.min(n, most);
  return {across, isGrid, nDown, width: Math.min(640, Math.floor((room - gap * (across - 1)) / across))};
}

function drawPanel(panel, i, caption, parent) {
  const figure = html("figure", {}, parent), title = panel.parts.join(", ");
  if (caption) html("figcaption", {}, figure, caption);
  const image = svg("svg", {viewBox: `0 0 ${frame.width} ${px(frame.height)}`, width: frame.width, height: px(frame.height), tabindex: 0,
    role: "application", "aria-roledescription": "phase diagram",
    "aria-label": `${title || D.name}: ${view.value}${view.cols ? `, ${view.cols} across` : ""}${view.rows ? `, ${view.rows} up` : ""}; arrow keys walk over the cells`}, figure);
  drawCells(layout, panel, frame, scale, image);
  drawBoundary(layout, panel, frame, image);
  drawAxes(layout, frame, image);
  image.addEventListener("pointermove", event => point(i, event));
  image.addEventListener("pointerleave", () => { pointed = null; hideTip(); mark(); });
  image.addEventListener("click", event => { const k = cellUnder(i, event); if (k >= 0) keep({panel: i, k}); });
  image.addEventListener("keydown", event => key(i, event));
  image.addEventListener("focus", () => { if (image.matches(":focus-visible")) walk(i, null); });
  image.addEventListener("blur", () => { pointed = null; hideTip(); mark(); });
  return image;
}

function outline(image, name, place) {
  image.querySelector("." + name)?.remove();
  if (!place) return;
  const [x, y, w, h] = rectOf(layout, frame, layout.panels[place.panel], place.k);
  svg("rect", {class: name, x: px(x), y: px(y), width: px(w), height: px(h)}, image);
}

// Outlines and detail follow what is kept and pointed at.
let shown = null;
function mark() {
  images.forEach((image, i) => {
    outline(image, "kept", kept && kept.panel === i ? kept : null);
    outline(image, "pointed", pointed && pointed.panel === i ? pointed : null);
  });
  const cell = cellAt(kept) || cellAt(pointed) || null, isKept = Boolean(kept);
  if (!cell && shown && !shown.isKept && shown.layout === layout) return; // what was pointed at last stays
  shown = {isKept, layout};
  showDetail(layout, cell, isKept);
}

// ---- pointer ----

function cellUnder(i, event) {
  const box = images[i].getBoundingClientRect(), {x, y} = layout;
  const u = ((event.clientX - box.left) / box.width * frame.width - frame.left) / frame.w;
  const v = ((event.clientY - box.top) / box.height * frame.height - frame.top) / frame.h;
  if (u < 0 || u > 1 || v < 0 || v > 1) return -1;
  const X = x.from + u * (x.to - x.from), Y = y.from + (y.isNumber ? 1 - v : v) * (y.to - y.from), panel = layout.panels[i];
  if (panel.extents) return panel.extents.findIndex(e => e && X >= e[0] && X <= e[1] && Y >= e[2] && Y <= e[3]);
  const find = (places, at) => places.hi.findIndex((hi, k) => at >= places.lo[k] && at <= hi);
  const c = find(x, X), r = find(y, Y);
  const k = r * x.at.length + c;
  return c >= 0 && r >= 0 && panel.cells[k] ? k : -1;
}

function point(i, event) {
  if (event.pointerType === "touch") return;
  const k = cellUnder(i, event), place = k >= 0 ? {panel: i, k} : null;
  if (place) showTip(place, event.clientX, event.clientY);
  else hideTip();
  if (pointed?.panel === place?.panel && pointed?.k === place?.k) return;
  pointed = place;
  mark();
}

function showTip(place, x, y) {
  const cell = cellAt(place), tip = $("tip");
  tip.textContent = `${placeName(place)}\n${summaryOf(layout, cell)}`;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(innerWidth - box.width - 4, x + 14)) + "px";
  tip.style.top = (y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18) + "px";
}

function hideTip() {
  $("tip").hidden = true;
}

// `K=2, lr=0.1`: within its panel.
function placeName(place) {
  const n = layout.x.at.length, parts = [];
  if (layout.y.name) parts.push(`${layout.y.name}=${layout.y.labels[Math.floor(place.k / n)]}`);
  if (layout.x.name) parts.push(`${layout.x.name}=${layout.x.labels[place.k % n]}`);
  return parts.join(", ");
}

// ---- keeping ----

function keep(place) {
  const isNarrow = innerWidth < 900, isSame = kept && kept.panel === place.panel && kept.k === place.k;
  kept = isSame ? null : place;
  hideTip();
  mark();
  if (kept && isNarrow) images[kept.panel].scrollIntoView({block: "nearest"}); // the sheet covers the rest
  writeAddress();
}

function letGo() {
  kept = null;
  mark();
  showDetail(layout, cellAt(pointed) || null, false);
  writeAddress();
}

function placeOfRow(row) {
  for (let panel = 0; panel < layout.panels.length; panel++) {
    const k = layout.panels[panel].cells.findIndex(cell => cell && cell.rows.includes(row));
    if (k >= 0) return {panel, k};
  }
  return null;
}

// ---- keyboard ----

function key(i, event) {
  const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], Home: [-Infinity, 0], End: [Infinity, 0]}[event.key];
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (step) walk(i, step);
  else if (event.key === "Enter" || event.key === " ") { if (pointed) keep(pointed); }
  else if (event.key === "Escape") letGo();
  else return;
  event.preventDefault();
}

// To the next cell that is there, or to the first one.
function walk(i, step) {
  const n = layout.x.at.length, m = layout.y.at.length, cells = layout.panels[i].cells;
  const here = pointed?.panel === i ? pointed : kept?.panel === i ? kept : null;
  let k = here ? here.k : cells.findIndex(cell => cell);
  if (here && step) {
    let c = k % n, r = Math.floor(k / n);
    const dr = layout.y.isNumber ? -step[1] : step[1];
    if (Number.isFinite(step[0])) {
      do { c += step[0]; r += dr; } while (c >= 0 && c < n && r >= 0 && r < m && !cells[r * n + c]);
      if (c >= 0 && c < n && r >= 0 && r < m) k = r * n + c;
    } else {
      const row = Array.from({length: n}, (_, j) => r * n + j).filter(at => cells[at]);
      k = step[0] < 0 ? row[0] : row[row.length - 1];
    }
  }
  pointed = {panel: i, k};
  const place = rectOf(layout, frame, layout.panels[i], k), box = images[i].getBoundingClientRect(), unit = box.width / frame.width;
  showTip(pointed, box.left + (place[0] + place[2]) * unit - 10, box.top + (place[1] + place[3]) * unit - 14);
  $("spoken").textContent = `${placeName(pointed)}: ${summaryOf(layout, cellAt(pointed))}`;
  if (!kept) shown = null;
  mark();
}

// ---- as a table ----

const MAX_TABLE_CELLS = 20000;

function drawTables() {
  const box = $("tables");
  box.replaceChildren();
  if (Number($("panels").dataset.cells) > MAX_TABLE_CELLS) {
    html("p", {class: "hint"}, box, "Too many cells for a table here: hold some axes at one value, or use aesweep table.");
    return;
  }
  for (const panel of layout.panels) {
    const wide = html("div", {class: "wide", tabindex: 0}, box), table = html("table", {class: "cells"}, wide), head = html("tr", {}, table);
    if (panel.parts.length) html("caption", {}, table, panel.parts.join(", "));
    html("th", {scope: "col"}, head, [layout.y.name, layout.x.name].filter(Boolean).join(" \\ "));
    for (const label of layout.x.labels) html("th", {scope: "col"}, head, label);
    layout.y.labels.forEach((label, r) => {
      const line = html("tr", {}, table);
      html("th", {scope: "row"}, line, label);
      for (let c = 0; c < layout.x.at.length; c++) {
        const cell = panel.cells[r * layout.x.at.length + c];
        const isText = cell && (layout.column.kind === "phase" || cell.mark === FAILED || cell.mark === MISSING);
        html("td", {}, line, !cell ? "" : isText ? D.marks[cell.mark].word : full(cell.x));
      }
    });
  }
}

// ---- address: #value=excess&rows=K&cols=lr&fix.tied=1&row=12 ----

function writeAddress() {
  const words = new URLSearchParams();
  for (const name of ["value", "reduce", "rows", "cols"])
    if (view[name] && view[name] !== D.view[name]) words.set(name, view[name]);
  for (const [name, digit] of view.fixed) words.set("fix." + name, digit);
  if (kept) words.set("row", cellAt(kept).rows[0]);
  try {
    history.replaceState(null, "", "#" + words);
  } catch { /* some browsers keep the address of a file as it is */ }
}

function readAddress() {
  const words = new URLSearchParams(location.hash.slice(1));
  if (columns.has(words.get("value"))) view.value = words.get("value");
  if (words.get("reduce") in reductions) view.reduce = words.get("reduce");
  for (const name of ["rows", "cols"]) if (axisNames.includes(words.get(name))) setAxis(name, words.get(name));
  for (const name of axisNames)
    if (words.has("fix." + name) && params.get(name).labels[words.get("fix." + name)] !== undefined)
      view.fixed.set(name, Number(words.get("fix." + name)));
  if (words.has("table")) $("astable").open = true;
  draw();
  const row = Number(words.get("row"));
  kept = words.has("row") && row >= 0 && row < D.rows ? placeOfRow(row) : null;
  mark();
}

// ---- begin ----

function writeNotes() {
  const parts = [`This page was made by aesweep from ${D.origin}.`];
  parts.push(D.exact ? "Results are exact." : "Results are rounded to 7 digits.");
  if (curves) {
    parts.push("Learning curves are rounded to 0.06 %, shares of variance to 0.005.");
    if (D.curves.kept < D.curves.observed) parts.push(`Of each, at most ${D.curves.kept} of ${D.curves.observed} observed times are kept here, the first and the last among them.`);
    if (!curves.f) parts.push("Shares of variance are left out to keep the page small.");
  } else if (D.curves.observed > 0) {
    parts.push("Learning curves are left out to keep the page small; aesweep trajectory has them.");
  }
  $("notes").textContent = parts.join(" ");
}

function begin() {
  const theme = html("button", {type: "button", class: "theme"}, document.querySelector("header"), "dark or light");
  theme.addEventListener("click", () => {
    const root = document.documentElement, isDark = getComputedStyle(root).colorScheme.trim() === "dark";
    root.dataset.theme = isDark ? "light" : "dark";
  });
  $("diagrams").hidden = false;
  writeNotes();
  readAddress();
  $("astable").addEventListener("toggle", () => { if ($("astable").open) drawTables(); });
  $("choices").addEventListener("change", writeAddress);
  addEventListener("hashchange", readAddress);
  addEventListener("keydown", event => { if (event.key === "Escape" && kept) letGo(); });
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; again(); } });
  document.body.dataset.ready = "1";
}

begin();
