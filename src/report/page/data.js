// The data of the page: see report_data.c.
const D = JSON.parse(document.getElementById("data").textContent);
const N_PHASES = 5, FAILED = 5, MISSING = 6, MIXED = 7, INFINITE = 8, NOT_A_NUMBER = 9, ABSENT = 10;

function unpack(packed) {
  const text = atob(packed.d), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const types = {u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array};
  return new types[packed.t](bytes.buffer);
}

// Numbers that JSON does not know stand as strings.
function number(x) {
  return x === "inf" ? Infinity : x === "-inf" ? -Infinity : typeof x === "string" ? NaN : x;
}

const state = unpack(D.state), replicate = unpack(D.replicate), pointHalves = unpack(D.point);
const params = new Map(D.params.map(p => [p.name, {
  name: p.name, meaning: p.meaning, labels: p.labels, isNumeric: p.numeric, isLog: p.log,
  numbers: p.numeric ? p.labels.map(Number) : null, digits: unpack(p.digits)}]));
const columns = new Map(D.columns.map(c => {
  const x = unpack(c.x), v = c.v ? c.v.map(number) : null;
  return [c.name, {name: c.name, meaning: c.meaning, kind: c.kind, get: v ? i => v[x[i]] : i => x[i]}];
}));
columns.set("phase", {name: "phase", kind: "phase", meaning: "pca, distorted, partial, none or diverged",
  get: i => state[i]});
const reasons = new Map(D.reasons);

function pointName(i) {
  const hex = x => x.toString(16).padStart(8, "0");
  return hex(pointHalves[2 * i + 1]) + hex(pointHalves[2 * i]);
}

// ---- learning curves ----

const curves = D.curves.n > 0 ? readCurves(D.curves) : null;

function readCurves(packed) {
  const c = {row: unpack(packed.row), list: unpack(packed.list), components: unpack(packed.components),
    codes: unpack(packed.codes), f: packed.f ? unpack(packed.f) : null, times: []};
  const lengths = unpack(packed.lengths), times = unpack(packed.times);
  for (let i = 0, at = 0; i < lengths.length; at += lengths[i++])
    c.times.push(times.subarray(at, at + lengths[i]));
  c.at = new Uint32Array(packed.n);
  c.fAt = new Uint32Array(packed.n);
  for (let i = 0, at = 0, fAt = 0; i < packed.n; i++) {
    const n = c.times[c.list[i]].length;
    c.at[i] = at;
    c.fAt[i] = fAt;
    at += n;
    fAt += n * c.components[i];
  }
  return c;
}

// {t, excess, f: one array for each component} of a row, or null.
function curveOf(row) {
  const id = curves ? curves.row[row] : 0xffffffff;
  if (id === 0xffffffff) return null;
  const t = curves.times[curves.list[id]], m = curves.components[id], excess = [], f = [];
  for (let j = 0; j < t.length; j++) {
    const code = curves.codes[curves.at[id] + j];
    excess.push(code === 0 ? NaN : code === 65535 ? Infinity : code === 1 ? 0 : 10 ** ((code - 2) / 2000 - 16));
  }
  for (let k = 0; curves.f && k < m; k++)
    f.push(Array.from(t, (_, j) => {
      const code = curves.f[curves.fAt[id] + j * m + k];
      return code === 255 ? NaN : code / 200;
    }));
  return {t, excess, f};
}

// ---- numbers as text ----

function short(x) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (Number.isInteger(x) && Math.abs(x) < 1e7) return String(x);
  const size = Math.abs(x), text = size >= 1e5 || size < 1e-3 ? x.toExponential(2) : String(Number(x.toPrecision(4)));
  return text.replace(/\.?0+e/, "e").replace("e+", "e");
}

// All digits that are known.
function full(x) {
  return Number.isFinite(x) ? String(D.exact ? x : Number(x.toPrecision(7))) : Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
}

function valueText(column, x) {
  return column.kind === "phase" ? D.marks[x].word : column.kind === "flag" ? (x > 0 ? "true" : "false") : short(x);
}

// ---- one number of several replicates ----

const reductions = {
  median: x => quantile(x, 0.5),
  mean: x => x.reduce((a, b) => a + b, 0) / x.length,
  min: x => x[0],
  max: x => x[x.length - 1],
  std: x => {
    const mean = reductions.mean(x);
    return x.length > 1 ? Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / (x.length - 1)) : NaN;
  },
  iqr: x => quantile(x, 0.75) - quantile(x, 0.25),
};

function quantile(x, q) {
  const rank = q * (x.length - 1), k = Math.floor(rank), part = rank - k;
  return part === 0 || x[k] === x[k + 1] ? x[k] : (1 - part) * x[k] + part * x[k + 1];
}

// nan is left out, inf sorts last.
function reduce(how, values) {
  const x = values.filter(v => !Number.isNaN(v)).sort((a, b) => a - b);
  if (how === "count") return x.length;
  return x.length > 0 ? reductions[how](x) : NaN;
}

const hasReplicates = replicate.some(k => k > 1);
