// From rows to cells: which rows share a place on the page, and what is shown there.

// What is looked at. `fixed`: parameters held at one of their values; the others are panels.
const view = {value: D.view.value, reduce: D.view.reduce, rows: D.view.rows, cols: D.view.cols,
  xScale: "auto", yScale: "auto", colours: "auto", fixed: new Map()};
const axisNames = [...D.view.panels, D.view.rows, D.view.cols].filter(name => name && params.has(name));
const MAX_PANELS = 60;

function panelAxes() {
  return axisNames.filter(name => name !== view.rows && name !== view.cols && !view.fixed.has(name));
}

// More panels than can be read: the first axes are held at their first value.
function limitPanels() {
  const count = () => panelAxes().reduce((n, name) => n * params.get(name).labels.length, 1);
  for (const name of panelAxes())
    if (count() > MAX_PANELS) view.fixed.set(name, 0);
}

// ---- places on an axis ----

function isLogSpaced(x) {
  if (!(x[0] > 0) || x.length < 2) return false;
  if (x.length === 2) return x[1] >= 10 * x[0];
  const steps = x.slice(1).map((b, i) => b - x[i]), logs = x.slice(1).map((b, i) => Math.log(b / x[i]));
  return Math.max(...logs) * Math.min(...steps) < Math.max(...steps) * Math.min(...logs);
}

// Values `digits` (rising) of a parameter as places `at` on an axis from `from` to `to`; cells meet
// halfway. Numbers lie where they are, words side by side. `base`: those of the grid, without what
// refine has added.
function placesOf(name, digits, base, scale) {
  const p = name ? params.get(name) : null;
  const isNumber = p !== null && p.isNumeric && scale !== "even" && digits.length > 1;
  const own = isNumber ? base.map(d => p.numbers[d]) : [], first = isNumber ? p.numbers[digits[0]] : 0;
  const isLog = first > 0 && (scale === "log" || (scale === "auto" && (p.isLog || isLogSpaced(own))));
  const at = digits.map((d, i) => isNumber ? (isLog ? Math.log10(p.numbers[d]) : p.numbers[d]) : i);
  const isBase = digits.map(d => base.includes(d)), edges = edgesOf(at.filter((_, i) => isBase[i]));
  return {name, digits, at, isBase, isLog, isNumber, labels: digits.map(d => p ? p.labels[d] : ""), ...edgesOf(at), from: edges.from, to: edges.to};
}

function edgesOf(at) {
  const n = at.length, middle = at.slice(1).map((b, i) => (at[i] + b) / 2);
  if (n === 1) return {lo: [at[0] - 0.5], hi: [at[0] + 0.5], from: at[0] - 0.5, to: at[0] + 0.5};
  const lo = [2 * at[0] - middle[0], ...middle], hi = [...middle, 2 * at[n - 1] - middle[n - 2]];
  return {lo, hi, from: lo[0], to: hi[n - 1]};
}

// ---- cells ----

function majority(rows) {
  const votes = new Array(N_PHASES).fill(0);
  for (const i of rows) if (state[i] < N_PHASES) votes[state[i]]++;
  const most = Math.max(...votes), phases = votes.map((n, k) => n === most ? k : -1).filter(k => k >= 0);
  return {votes, phase: most === 0 ? ABSENT : phases.length > 1 ? MIXED : phases[0],
    isSplit: votes.filter(n => n > 0).length > 1};
}

// mark: how the cell is drawn; null: by its number x.
function judge(rows, column) {
  const done = rows.filter(i => state[i] < N_PHASES), m = majority(rows);
  const cell = {rows, phase: m.phase, votes: m.votes, isSplit: m.isSplit, x: NaN, mark: null, isShort: done.length > 0 && done.length < rows.length};
  if (done.length === 0) {
    cell.mark = rows.some(i => state[i] === MISSING) ? MISSING : FAILED;
    cell.phase = ABSENT;
  } else if (column.kind === "phase") {
    cell.mark = m.phase;
  } else {
    cell.x = reduce(view.reduce, done.map(i => column.get(i)));
    cell.mark = m.phase === 0 ? 0 : Number.isNaN(cell.x) ? NOT_A_NUMBER : Number.isFinite(cell.x) ? null : INFINITE;
  }
  return cell;
}

// Values of the parameter that occur in these rows, rising.
function occurring(name, rows) {
  if (!name) return [0];
  const p = params.get(name), seen = new Uint8Array(p.labels.length);
  for (const i of rows) seen[p.digits[i]] = 1;
  return p.labels.map((_, d) => d).filter(d => seen[d]);
}

function shownRows() {
  const rows = [];
  const fixed = [...view.fixed].map(([name, digit]) => [params.get(name).digits, digit]);
  for (let i = 0; i < D.rows; i++)
    if (fixed.every(([digits, digit]) => digits[i] === digit)) rows.push(i);
  return rows;
}

// {x, y: places; column: what is shown; sizes of the panel axes; panels: [{key, parts, cells}]}. Cell
// r * x.at.length + c stands in row r, column c; some are not there.
function layOut() {
  const rows = shownRows(), column = columns.get(view.value);
  const grid = D.added > 0 ? rows.filter(i => i < D.rows - D.added) : rows;
  const xDigits = occurring(view.cols, rows), yDigits = occurring(view.rows, rows);
  const x = placesOf(view.cols, xDigits, occurring(view.cols, grid), view.xScale);
  const y = placesOf(view.rows, yDigits, occurring(view.rows, grid), view.yScale);
  const isRefined = x.isBase.includes(false) || y.isBase.includes(false);
  const placeOf = digits => {
    const place = new Map(digits.map((d, k) => [d, k]));
    return d => place.get(d);
  };
  const col = placeOf(xDigits), row = placeOf(yDigits), names = panelAxes(), panels = new Map();
  const cDigits = view.cols ? params.get(view.cols).digits : null, rDigits = view.rows ? params.get(view.rows).digits : null;
  // A panel's key counts places on the panel axes, the last one fastest.
  const panelPlaces = names.map(name => ({digits: params.get(name).digits, place: placeOf(occurring(name, rows)), n: occurring(name, rows).length}));
  for (const i of rows) {
    let key = 0;
    for (const axis of panelPlaces) key = key * axis.n + axis.place(axis.digits[i]);
    if (!panels.has(key)) panels.set(key, {key, first: i, groups: []});
    const groups = panels.get(key).groups;
    const at = (rDigits ? row(rDigits[i]) : 0) * xDigits.length + (cDigits ? col(cDigits[i]) : 0);
    (groups[at] ||= []).push(i);
  }
  const sorted = [...panels.values()].sort((a, b) => a.key - b.key), varied = names.filter((_, i) => panelPlaces[i].n > 1);
  return {x, y, column, sizes: panelPlaces.map(axis => axis.n), isRefined, panels: sorted.map(panel => ({
    key: panel.key,
    parts: varied.map(name => `${name}=${labelOf(name, panel.first)}`),
    extents: isRefined ? extentsOf(x, y, panel.groups) : null,
    cells: panel.groups.map(group => judge(group, column))}))};
}

// Where refine has added points cells meet halfway to those that are there: of cell k the edges
// [x lo, x hi, y lo, y hi]. Places of the grid count as there.
function extentsOf(x, y, groups) {
  const n = x.at.length, extents = [];
  const divide = (places, isThere, put) => {
    const kept = places.at.map((_, i) => i).filter(i => places.isBase[i] || isThere(i)), edges = edgesOf(kept.map(i => places.at[i]));
    kept.forEach((i, j) => put(i, j === 0 ? places.from : edges.lo[j], j === kept.length - 1 ? places.to : edges.hi[j]));
  };
  groups.forEach((_, k) => { extents[k] = [0, 0, 0, 0]; });
  for (let r = 0; r < y.at.length; r++)
    divide(x, c => groups[r * n + c], (c, lo, hi) => { if (groups[r * n + c]) extents[r * n + c].splice(0, 2, lo, hi); });
  for (let c = 0; c < n; c++)
    divide(y, r => groups[r * n + c], (r, lo, hi) => { if (groups[r * n + c]) extents[r * n + c].splice(2, 2, lo, hi); });
  return extents;
}

// Edges of cell k on both axes.
function extentOf(layout, panel, k) {
  const {x, y} = layout, n = x.at.length, r = Math.floor(k / n), c = k % n;
  return panel.extents ? panel.extents[k] : [x.lo[c], x.hi[c], y.lo[r], y.hi[r]];
}

// Does the grid have a place there without a point?
function hasGaps(layout) {
  const {x, y} = layout, n = x.at.length;
  return layout.panels.some(panel => y.isBase.some((is, r) => is && x.isBase.some((also, c) => also && !panel.cells[r * n + c])));
}

function labelOf(name, row) {
  const p = params.get(name);
  return p.labels[p.digits[row]];
}

// `K=2, lr=0.1`: where a row stands on the axes.
function nameOf(row) {
  return axisNames.map(name => `${name}=${labelOf(name, row)}`).join(", ");
}

// ---- colours ----

const viridis = ["440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725"];
const N_COLOURS = 128, LOG_FLOOR = 1e-5;

// u from 0 to 1.
function colourAt(u) {
  const at = Math.max(0, Math.min(1, u)) * (viridis.length - 1), k = Math.min(viridis.length - 2, Math.floor(at));
  const part = (hex, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  const mix = [0, 1, 2].map(i => Math.round((1 - at + k) * part(viridis[k], i) + (at - k) * part(viridis[k + 1], i)));
  return "#" + mix.map(c => c.toString(16).padStart(2, "0")).join("");
}

// The scale of colours of all panels: log if the numbers span two decades; what is as good as zero
// then shares the lowest colour.
function colourScale(layout) {
  let lo = Infinity, hi = -Infinity, least = Infinity, n = 0;
  for (const panel of layout.panels)
    for (const cell of panel.cells) {
      if (!cell || cell.mark !== null) continue;
      n++;
      lo = Math.min(lo, cell.x);
      hi = Math.max(hi, cell.x);
      if (cell.x > 0) least = Math.min(least, cell.x);
    }
  const floor = LOG_FLOOR * hi, spans = hi > 0 && lo >= -floor && hi >= 100 * Math.max(least, floor);
  const isLog = view.colours === "log" ? hi > 0 : view.colours === "auto" && spans;
  const bottom = isLog ? Math.max(least, floor) : lo, f = isLog ? Math.log10 : x => x;
  const span = f(hi) - f(bottom);
  const unit = x => span > 0 ? (f(Math.max(x, isLog ? bottom : x)) - f(bottom)) / span : 0.5;
  const colours = Array.from({length: N_COLOURS}, (_, k) => colourAt(k / (N_COLOURS - 1)));
  return {n, lo: bottom, hi, isLog, isCut: isLog && lo < bottom, unit,
    colourOf: x => colours[Math.round(unit(x) * (N_COLOURS - 1))]};
}
