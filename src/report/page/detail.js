// The chosen cell: parameters, results of each replicate, learning curves.

// Colours of replicates and components, for colour-blind eyes (M. Okabe, K. Ito; yellow made darker).
const lineColours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a7a00", "#777777"];
const curveView = {value: "pmse", isLogT: true, isLogY: true};

function phaseText(cell) {
  if (cell.mark === FAILED || cell.mark === MISSING) return D.marks[cell.mark].meaning;
  if (cell.phase === ABSENT) return "";
  if (!cell.isSplit) return D.marks[cell.phase].word;
  const n = cell.votes.reduce((a, b) => a + b, 0);
  return cell.votes.map((v, k) => v > 0 ? `${D.marks[k].word} ${v}/${n}` : "").filter(Boolean).join(", ");
}

// What is spoken, and shown beside the pointer.
function summaryOf(layout, cell) {
  const column = layout.column, phase = phaseText(cell);
  if (column.kind === "phase" || cell.mark === FAILED || cell.mark === MISSING) return phase;
  return `${column.name} ${valueTextOf(column, cell.x)}, ${phase}`;
}

function valueTextOf(column, x) {
  return column.kind === "flag" && view.reduce !== "median" && !Number.isInteger(x) ? short(x) : valueText(column, x);
}

function showDetail(layout, cell, isKept) {
  const parent = document.getElementById("detail");
  parent.replaceChildren();
  parent.classList.toggle("kept", Boolean(cell) && isKept);
  if (!cell) {
    html("p", {class: "hint"}, parent, "Point at a cell to see its parameters, results and learning curves.");
    return;
  }
  const head = html("div", {class: "head"}, parent);
  html("h2", {}, head, nameOf(cell.rows[0]) || D.name);
  if (isKept) {
    const close = html("button", {type: "button", class: "close", "aria-label": "let the cell go"}, head, "×");
    close.addEventListener("click", () => letGo());
  }
  showPhase(cell, parent);
  showCurves(cell, parent);
  showResults(cell, parent);
  showParameters(cell, parent);
}

function showPhase(cell, parent) {
  const mark = D.marks[cell.mark === FAILED || cell.mark === MISSING ? cell.mark : cell.phase];
  const line = html("p", {class: "phase"}, parent), box = html("span", {class: "box"}, line, mark.glyph.trim() || "\u00a0");
  box.style.cssText = `background:${mark.colour};color:${mark.ink}`;
  line.append(" " + phaseText(cell));
  const why = [...new Set(cell.rows.map(i => reasons.get(i)).filter(Boolean))];
  for (const text of why) html("p", {class: "why"}, parent, "failed: " + text);
}

// ---- results ----

function showResults(cell, parent) {
  const done = cell.rows.filter(i => state[i] < N_PHASES);
  if (done.length === 0) return;
  const wide = html("div", {class: "wide", tabindex: 0}, parent), table = html("table", {class: "results"}, wide);
  if (cell.rows.length > 1) {
    const head = html("tr", {}, table);
    html("th", {scope: "col"}, head, "replicate");
    html("th", {scope: "col"}, head, "median");
    for (const i of cell.rows) html("th", {scope: "col"}, head, String(replicate[i]));
  }
  for (const column of columns.values()) {
    if (column.kind === "phase" && cell.rows.length === 1) continue;
    if (done.every(i => column.kind === "number" && Number.isNaN(column.get(i)))) continue;
    const line = html("tr", {}, table);
    html("th", {scope: "row", title: column.meaning}, line, column.name);
    if (cell.rows.length > 1)
      html("td", {}, line, column.kind === "number" ? short(reduce("median", done.map(i => column.get(i)))) : "");
    for (const i of cell.rows) {
      const text = state[i] < N_PHASES ? valueText(column, column.get(i)) : column.kind === "phase" ? D.marks[state[i]].word : "";
      html("td", {title: state[i] < N_PHASES && column.kind === "number" ? full(column.get(i)) : ""}, line, text);
    }
  }
}

function showParameters(cell, parent) {
  const row = cell.rows[0], details = html("details", {}, parent);
  html("summary", {}, details, "All parameters");
  const table = html("table", {class: "results"}, details);
  const put = (name, text) => {
    const line = html("tr", {}, table);
    html("th", {scope: "row"}, line, name);
    html("td", {}, line, text);
  };
  for (const p of params.values()) put(p.name, p.labels[p.digits[row]]);
  for (const [name, text] of D.fixed) put(name, text);
  put("point", pointName(row));
  html("p", {class: "hint"}, details, "For trajectory, table and plot:");
  const where = axisNames.map(name => `${name}=${labelOf(name, row)}`).join(", ");
  if (where) html("code", {class: "where"}, details, `--where '${where}'`);
}

// ---- learning curves ----

// Rows that differ from these in the engine only, and their engine.
const others = new Map();

function otherEngines(rows) {
  const engine = params.get("engine");
  if (!engine || !axisNames.includes("engine")) return [];
  if (others.size === 0)
    for (let i = 0; i < D.rows; i++) {
      const key = axisNames.map(name => name === "engine" ? "" : params.get(name).digits[i]).join();
      if (!others.has(key)) others.set(key, []);
      others.get(key).push(i);
    }
  const key = axisNames.map(name => name === "engine" ? "" : params.get(name).digits[rows[0]]).join();
  return others.get(key).filter(i => engine.digits[i] !== engine.digits[rows[0]]);
}

function showCurves(cell, parent) {
  const own = cell.rows.map(i => ({row: i, curve: curveOf(i)})).filter(c => c.curve);
  if (own.length === 0) {
    if (cell.rows.some(i => state[i] < N_PHASES))
      html("p", {class: "hint"}, parent, curves ? "No learning curve was kept of this point." : "This page holds no learning curves.");
    return;
  }
  const other = otherEngines(cell.rows).map(i => ({row: i, curve: curveOf(i)})).filter(c => c.curve);
  const bar = html("div", {class: "choices small"}, parent);
  choice(bar, "curve", ["pmse", "excess"], curveView.value, value => { curveView.value = value; });
  toggle(bar, "log t", curveView.isLogT, on => { curveView.isLogT = on; });
  toggle(bar, "log " + curveView.value, curveView.isLogY, on => { curveView.isLogY = on; });
  drawCurves(own, other, parent);
  const withF = own.find(c => c.curve.f.length > 0);
  if (withF) drawResiduals(withF.curve, own.length > 1 ? ` of replicate ${replicate[withF.row]}` : "", parent);
}

function yOf(c) {
  return curveView.value === "excess" ? c.curve.excess : c.curve.excess.map(e => e + columns.get("pca").get(c.row));
}

function lineOf(t, y, X, Y) {
  let d = "", isOn = false;
  for (let j = 0; j < t.length; j++) {
    const x = X(t[j]), v = Y(y[j]);
    if (Number.isFinite(x) && Number.isFinite(v)) {
      d += `${isOn ? "L" : "M"}${px(x)} ${px(v)}`;
      isOn = true;
    } else isOn = false;
  }
  return d;
}

// A frame with two scales. range: [lo, hi].
function chart(parent, height, tRange, yRange, isLogT, isLogY, yName, label) {
  const width = Math.max(260, Math.min(420, parent.clientWidth || 340)), left = 46, w = width - left - 10, top = 8, h = height - top - 36;
  const image = svg("svg", {class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label}, parent);
  const f = isLogT ? Math.log10 : t => t, g = isLogY ? Math.log10 : y => y;
  const [t0, t1] = tRange.map(f), [y0, y1] = yRange.map(g);
  const X = t => left + (f(t) - t0) / (t1 - t0 || 1) * w;
  const Y = y => top + h - Math.max(-0.05, Math.min(1.05, (g(y) - y0) / (y1 - y0 || 1))) * h;
  const axis = svg("g", {class: "axis"}, image);
  const ticks = (from, to, isLog, n) => {
    const decades = isLog ? decadeTicks(from, to, n) : [];
    if (decades.length > 1) return decades;
    return isLog ? logTicks(from, to) : stepTicks(from, to, n, false);
  };
  for (const tick of ticks(t0, t1, isLogT, 6)) {
    const x = left + (tick.at - t0) / (t1 - t0) * w;
    svg("path", {d: `M${px(x)} ${top + h}v${tick.text ? 4 : 2.5}`}, axis);
    if (tick.text) tickLabel(tick, {x: px(x), y: top + h + 15, "text-anchor": "middle"}, axis);
  }
  for (const tick of ticks(y0, y1, isLogY, 5)) {
    const y = top + h - (tick.at - y0) / (y1 - y0) * h;
    svg("path", {d: `M${left} ${px(y)}h${tick.text ? -4 : -2.5}`}, axis);
    if (tick.text) tickLabel(tick, {x: left - 6, y: px(y + 4), "text-anchor": "end"}, axis);
  }
  svg("text", {class: "name", x: left + w / 2, y: height - 4, "text-anchor": "middle"}, axis, "t = steps/D");
  svg("text", {class: "name", transform: `translate(11 ${top + h / 2}) rotate(-90)`, "text-anchor": "middle"}, axis, yName);
  svg("rect", {class: "frame", x: left, y: top, width: w, height: h}, axis);
  return {image, X, Y, left, w};
}

// Less than two decades: 1, 2, 5; more where that would be fewer than three labels.
function logTicks(from, to) {
  let ticks = [];
  for (const digits of [[1, 2, 5], [1, 2, 3, 4, 5, 6, 8], [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]]) {
    ticks = [];
    for (let k = Math.floor(from); k <= to; k++)
      for (const digit of digits) {
        const at = k + Math.log10(digit);
        if (at >= from && at <= to) ticks.push({at, text: short(digit * 10 ** k)});
      }
    if (ticks.length >= 3) break;
  }
  return ticks;
}

function tRangeOf(list) {
  const t = list.flatMap(c => Array.from(c.curve.t)).filter(x => !curveView.isLogT || x > 0);
  const lo = Math.min(...t), hi = Math.max(...t);
  return [lo, hi > lo ? hi : lo + 1];
}

function drawCurves(own, other, parent) {
  const isLog = curveView.isLogY, all = [...own, ...other], isPmse = curveView.value === "pmse";
  const levels = isPmse ? [...new Set(own.map(c => columns.get("pca").get(c.row)))] : [];
  const y = all.flatMap(yOf).concat(levels).filter(v => Number.isFinite(v) && (!isLog || v > 0));
  if (y.length === 0) return;
  let lo = Math.min(...y), hi = Math.max(...y);
  const start = Math.max(...own.map(c => yOf(c)[0]).filter(Number.isFinite));
  if (hi > 1e3 * start) hi = 1e3 * start; // what diverges leaves the frame
  lo = isLog ? lo / 1.15 : Math.min(0, lo);
  hi = isLog ? hi * 1.15 : hi + 0.05 * (hi - lo || 1);
  const area = chart(parent, 220, tRangeOf(all), [lo, hi], curveView.isLogT, isLog, curveView.value,
    `learning curves of ${own.length} replicate${own.length > 1 ? "s" : ""}`);
  for (const level of levels) {
    svg("path", {class: "level", d: `M${px(area.left)} ${px(area.Y(level))}h${px(area.w)}`}, area.image);
    svg("text", {class: "level", x: area.left + 4, y: px(area.Y(level) - 4)}, area.image, "PCA");
  }
  for (const c of other) svg("path", {class: "line other", d: lineOf(c.curve.t, yOf(c), area.X, area.Y)}, area.image);
  own.forEach((c, k) => svg("path", {class: "line", d: lineOf(c.curve.t, yOf(c), area.X, area.Y),
    style: `stroke:${lineColours[k % lineColours.length]}`}, area.image));
  const key = html("p", {class: "lines"}, parent);
  own.slice(0, 12).forEach((c, k) => keyLine(key, lineColours[k % lineColours.length], false,
    own.length > 1 ? `replicate ${replicate[c.row]}` : params.has("engine") ? labelOf("engine", c.row) : curveView.value));
  if (own.length > 12) key.append(` and ${own.length - 12} more`);
  for (const engine of new Set(other.map(c => labelOf("engine", c.row)))) keyLine(key, "currentColor", true, engine);
}

function drawResiduals(curve, ofWhich, parent) {
  const area = chart(parent, 180, tRangeOf([{curve}]), [0, 1.1], curveView.isLogT, false, "variance left",
    `share of the variance left over, for each component${ofWhich}`);
  curve.f.forEach((f, k) => svg("path", {class: "line", d: lineOf(curve.t, f, area.X, area.Y),
    style: `stroke:${lineColours[k % lineColours.length]}`}, area.image));
  const key = html("p", {class: "lines"}, parent);
  if (ofWhich) html("span", {}, key, ofWhich.trim() + ":");
  curve.f.forEach((_, k) => keyLine(key, lineColours[k % lineColours.length], false, `component ${k + 1}`));
}

function keyLine(parent, colour, isDashed, text) {
  const entry = html("span", {}, parent), image = svg("svg", {width: 22, height: 8, "aria-hidden": "true"}, entry);
  svg("path", {d: "M0 4h20", stroke: colour, "stroke-width": 2, "stroke-dasharray": isDashed ? "3 3" : "none"}, image);
  entry.append(" " + text);
}
