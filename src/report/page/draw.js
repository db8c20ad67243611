// Panels as SVG. Cells of one colour are one path, so that many cells are few elements.

const SVG = "http://www.w3.org/2000/svg";

function svg(name, attributes, parent, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

function html(name, attributes, parent, text) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

// Hundredths of a pixel are enough.
const px = x => String(Math.round(100 * x) / 100);

// ---- axes ----

// Ticks [{at, text, power}] of places; `room`: how many labels fit.
function ticksOf(places, room) {
  const decades = places.isLog ? Math.floor(places.to) - Math.ceil(places.from) : 0;
  const whole = places.labels.every(label => /^\d{1,4}$/.test(label));
  if (decades >= 1 && !whole) return decadeTicks(places.from, places.to, room);
  if (places.isNumber && !places.isLog && places.at.length > room) return stepTicks(places.from, places.to, room, places.labels.every(l => /^-?\d+$/.test(l)));
  const stride = Math.ceil(places.at.length / Math.max(1, room));
  return places.at.map((at, i) => ({at, text: i % stride === 0 ? places.labels[i] : ""}));
}

function decadeTicks(from, to, room) {
  const ticks = [], first = Math.ceil(from - 1e-9), last = Math.floor(to + 1e-9), stride = Math.ceil((last - first + 1) / Math.max(1, room));
  for (let k = first; k <= last; k++) ticks.push({at: k, text: (k - first) % stride === 0 ? "10" : "", power: k});
  return ticks;
}

function stepTicks(from, to, room, isWhole) {
  const raw = (to - from) / Math.max(1, room), power = 10 ** Math.floor(Math.log10(raw)), digit = raw / power;
  let step = power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
  if (isWhole) step = Math.max(1, step);
  const ticks = [];
  for (let k = Math.ceil(from / step); k * step <= to; k++) ticks.push({at: k * step, text: short(k * step)});
  return ticks;
}

function tickLabel(tick, attributes, parent) {
  const text = svg("text", attributes, parent, tick.text);
  if (tick.power !== undefined && tick.text)
    svg("tspan", {dy: "-0.45em", "font-size": "75%"}, text, String(tick.power).replace("-", "−"));
}

function widest(places) {
  const decades = places.isLog && Math.floor(places.to) - Math.ceil(places.from) >= 1 && !places.labels.every(l => /^\d{1,4}$/.test(l));
  return decades ? 4 : Math.max(...places.labels.map(label => Math.min(label.length, 16)));
}

const CHAR = 6.4, LINE = 15;

// Where the frame of a panel stands in an image of that width.
function frameOf(layout, width) {
  const {x, y} = layout, yRoom = CHAR * widest(y) + 10 + (y.name ? LINE + 2 : 0);
  const left = Math.min(yRoom, width / 3), w = width - left - 12;
  const isUpright = !x.isNumber && x.at.length * (CHAR * widest(x) + 8) > w + 8;
  const xRoom = (isUpright ? CHAR * widest(x) + 4 : LINE) + (x.name ? LINE : 4) + 2;
  const isSingle = y.at.length === 1;
  const h = isSingle ? 48 : Math.max(80, Math.min(250, 5 * y.at.length), Math.min(0.72 * w, 400, y.isNumber ? 400 : 44 * y.at.length));
  return {left, top: 4, w, h, width, height: h + xRoom + 8, isUpright, xRoom};
}

function drawAxes(layout, frame, parent) {
  const {x, y} = layout, bottom = frame.top + frame.h, group = svg("g", {class: "axis", "aria-hidden": "true"}, parent);
  const X = at => frame.left + (at - x.from) / (x.to - x.from) * frame.w;
  const Y = yPlace(y, frame);
  for (const tick of x.name ? ticksOf(x, Math.floor(frame.w / (CHAR * widest(x) + 10))) : []) {
    const at = X(tick.at);
    if (at < frame.left - 1 || at > frame.left + frame.w + 1) continue;
    svg("path", {d: `M${px(at)} ${px(bottom)}v${tick.text ? 4 : 2.5}`}, group);
    if (tick.text && frame.isUpright) svg("text", {x: 0, y: 0, transform: `translate(${px(at + 4)} ${px(bottom + 7)}) rotate(-90)`, "text-anchor": "end"}, group, cut(tick.text));
    else if (tick.text) tickLabel({...tick, text: cut(tick.text)}, {x: px(at), y: px(bottom + 15), "text-anchor": "middle"}, group);
  }
  for (const tick of y.name ? ticksOf(y, Math.floor(frame.h / LINE)) : []) {
    const at = Y(tick.at);
    svg("path", {d: `M${px(frame.left)} ${px(at)}h${tick.text ? -4 : -2.5}`}, group);
    if (tick.text) tickLabel({...tick, text: cut(tick.text)}, {x: px(frame.left - 6), y: px(at + 4), "text-anchor": "end"}, group);
  }
  if (x.name) svg("text", {class: "name", x: px(frame.left + frame.w / 2), y: px(bottom + frame.xRoom), "text-anchor": "middle"}, group, x.name);
  if (y.name) svg("text", {class: "name", transform: `translate(11 ${px(frame.top + frame.h / 2)}) rotate(-90)`, "text-anchor": "middle"}, group, y.name);
  svg("rect", {class: "frame", x: px(frame.left), y: px(frame.top), width: px(frame.w), height: px(frame.h)}, group);
}

const cut = text => text.length > 16 ? text.slice(0, 15) + "…" : text;

// Numbers rise upwards, words are read downwards.
function yPlace(y, frame) {
  const u = at => (at - y.from) / (y.to - y.from);
  return at => frame.top + frame.h * (y.isNumber ? 1 - u(at) : u(at));
}

// ---- cells ----

// [x, y, width, height] of cell k.
function rectOf(layout, frame, panel, k) {
  const [xLo, xHi, yLo, yHi] = extentOf(layout, panel, k), {x, y} = layout;
  const X = at => frame.left + (at - x.from) / (x.to - x.from) * frame.w, Y = yPlace(y, frame);
  const top = Math.min(Y(yLo), Y(yHi)), bottom = Math.max(Y(yLo), Y(yHi));
  return [X(xLo), top, X(xHi) - X(xLo), bottom - top];
}

function drawCells(layout, panel, frame, scale, parent) {
  const paths = new Map(), splits = [], glyphs = [];
  panel.cells.forEach((cell, k) => {
    const [x, y, w, h] = rectOf(layout, frame, panel, k), mark = cell.mark === null ? null : D.marks[cell.mark];
    const colour = mark ? mark.colour : scale.colourOf(cell.x);
    const d = `M${px(x)} ${px(y)}h${px(w)}v${px(h)}h${px(-w)}z`;
    if (!paths.has(colour)) paths.set(colour, []);
    paths.get(colour).push(d);
    const size = Math.min(w, h);
    if (mark && mark.glyph.trim() && size >= 11) glyphs.push([x + w / 2, y + h / 2, mark, Math.min(13, 0.7 * size)]);
    if (cell.isSplit && cell.mark !== MIXED && size >= 6) splits.push(`M${px(x + w)} ${px(y)}v${px(size / 3)}l${px(-size / 3)} ${px(-size / 3)}z`);
  });
  const group = svg("g", {class: "cells", "shape-rendering": "crispEdges", "aria-hidden": "true"}, parent);
  for (const [colour, parts] of paths) svg("path", {d: parts.join(""), fill: colour}, group);
  if (splits.length) svg("path", {class: "split", d: splits.join("")}, parent);
  const letters = svg("g", {class: "letters", "aria-hidden": "true"}, parent);
  for (const [x, y, mark, size] of glyphs) svg("text", {x: px(x), y: px(y + 0.36 * size), "font-size": px(size), fill: mark.ink, "text-anchor": "middle"}, letters, mark.glyph);
}

// Cells that touch and whose phases differ: calls line(isUpright, at, from, to) in places of the axes.
function eachBorder(layout, panel, line) {
  const differ = (a, b) => a.phase !== ABSENT && b.phase !== ABSENT && a.phase !== b.phase;
  for (const [axis, isUpright] of [[0, true], [2, false]]) {
    const beginning = new Map(), other = 2 - axis;
    panel.cells.forEach((cell, k) => {
      const extent = extentOf(layout, panel, k), at = extent[axis];
      if (!beginning.has(at)) beginning.set(at, []);
      beginning.get(at).push([cell, extent]);
    });
    for (const list of beginning.values()) list.sort((a, b) => a[1][other] - b[1][other]);
    panel.cells.forEach((cell, k) => {
      const extent = extentOf(layout, panel, k), list = beginning.get(extent[axis + 1]) || [];
      let i = firstThat(list, item => item[1][other + 1] > extent[other]);
      for (; i < list.length && list[i][1][other] < extent[other + 1]; i++)
        if (differ(cell, list[i][0]))
          line(isUpright, extent[axis + 1], Math.max(extent[other], list[i][1][other]), Math.min(extent[other + 1], list[i][1][other + 1]));
    });
  }
}

// The first of a list for which `is` holds; it holds for all that follow.
function firstThat(list, is) {
  let lo = 0, hi = list.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (is(list[mid])) hi = mid;
    else lo = mid + 1;
  }
  return lo;
}

function hasBorder(layout, panel) {
  let n = 0;
  eachBorder(layout, panel, () => { n++; });
  return n > 0;
}

// Lines between neighbours whose phases differ.
function drawBoundary(layout, panel, frame, parent) {
  const n = layout.x.at.length, m = layout.y.at.length, parts = [], {x, y} = layout;
  const X = at => px(frame.left + (at - x.from) / (x.to - x.from) * frame.w), place = yPlace(y, frame), Y = at => px(place(at));
  eachBorder(layout, panel, (isUpright, at, from, to) =>
    parts.push(isUpright ? `M${X(at)} ${Y(from)}V${Y(to)}` : `M${X(from)} ${Y(at)}H${X(to)}`));
  if (parts.length === 0) return;
  const isThin = frame.w < 4 * n || frame.h < 4 * m;
  if (view.value !== "phase" && !isThin) svg("path", {class: "boundary halo", d: parts.join("")}, parent);
  svg("path", {class: isThin ? "boundary thin" : "boundary", d: parts.join("")}, parent);
}

// ---- the key ----

function drawLegend(layout, scale, parent) {
  parent.replaceChildren();
  const column = layout.column;
  const how = hasReplicates && column.kind !== "phase" ? `, ${view.reduce} of the replicates` : "";
  html("p", {class: "what"}, parent, `${column.name}${how}: ${column.meaning}`);
  const list = html("div", {class: "key"}, parent);
  if (scale.n > 0) drawBar(scale, html("span", {class: "entry"}, list));
  const seen = new Set();
  let split = false, few = 0;
  for (const panel of layout.panels)
    for (const cell of panel.cells) {
      if (!cell) continue;
      seen.add(cell.mark);
      split ||= cell.isSplit && cell.mark !== MIXED;
      few += cell.isShort;
    }
  if (hasGaps(layout)) seen.add(ABSENT);
  for (const mark of [1, 2, 3, 4, 0, MIXED, INFINITE, NOT_A_NUMBER, FAILED, MISSING, ABSENT]) {
    if (!seen.has(mark)) continue;
    const {colour, ink, glyph, meaning} = D.marks[mark], entry = html("span", {class: "entry"}, list);
    const box = html("span", {class: "box" + (mark === ABSENT ? " absent" : "")}, entry, glyph.trim() || "\u00a0");
    if (mark !== ABSENT) box.style.cssText = `background:${colour};color:${ink}`;
    entry.append(meaning);
  }
  if (split) html("span", {class: "entry"}, list).append(html("span", {class: "box corner"}), "replicates disagree");
  if (layout.panels.some(panel => hasBorder(layout, panel))) html("span", {class: "entry"}, list).append(html("span", {class: "box line"}), "phase boundary");
  if (few > 0) html("p", {class: "what"}, parent, `Cells that lack some of their replicates: ${few}`);
}

function drawBar(scale, parent) {
  const w = 220, h = 14, image = svg("svg", {width: w + 50, height: h + 20, viewBox: `-30 0 ${w + 50} ${h + 20}`, role: "img",
    "aria-label": `colours from ${short(scale.lo)} to ${short(scale.hi)}${scale.isLog ? ", logarithmic" : ""}`}, parent);
  const gradient = svg("linearGradient", {id: "viridis"}, svg("defs", {}, image));
  viridis.forEach((colour, i) => svg("stop", {offset: i / (viridis.length - 1), "stop-color": "#" + colour}, gradient));
  svg("rect", {x: 0, y: 0, width: w, height: h, fill: "url(#viridis)"}, image);
  const group = svg("g", {class: "axis"}, image);
  const put = (u, tick) => {
    svg("path", {d: `M${px(u * w)} ${h}v${tick.text ? 4 : 2.5}`}, group);
    if (tick.text) tickLabel(tick, {x: px(u * w), y: h + 16, "text-anchor": "middle"}, group);
  };
  if (!(scale.hi > scale.lo)) return put(0.5, {text: short(scale.lo)});
  const from = scale.isLog ? Math.log10(scale.lo) : scale.lo, to = scale.isLog ? Math.log10(scale.hi) : scale.hi;
  let ticks = scale.isLog && to - from >= 1 ? decadeTicks(from, to, 6) : [];
  if (ticks.length < 2) ticks = scale.isLog ? [from, (from + to) / 2, to].map(at => ({at, text: short(10 ** at)})) : stepTicks(from, to, 4, false);
  for (const tick of ticks) {
    const u = (tick.at - from) / (to - from);
    if (!(scale.isCut && u < 0.22)) put(u, tick);
  }
  if (scale.isCut) put(0, {text: "≤ " + short(scale.lo)});
}
