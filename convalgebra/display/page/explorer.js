"use strict";
// A tap table for each axis, the entries of the matrix from them, and four panels that show one another.

const HUES = ["#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#f0e442"];
const MODES = ["zeros", "circular", "reflect", "symmetric", "replicate"];
const CHOICES = {
  axes: ["1", "2"], size: [], kernel: [], stride: ["1", "2", "3"], padding: ["0", "1", "2", "3"], dilation: ["1", "2", "3"],
  mode: MODES, op: ["correlation", "convolution"], inputs: ["1", "2", "3"], outputs: ["1", "2", "3"], groups: ["1", "2", "3"],
  view: ["A", "Aᵀ", "A S − S A"], cells: ["names", "numbers"], shift: ["off", "one step"],
};
const NAMES = {
  axes: "axes", size: "input", kernel: "kernel", stride: "stride", padding: "padding", dilation: "dilation", mode: "boundary",
  op: "operation", inputs: "input channels", outputs: "output channels", groups: "groups", view: "show", cells: "cells", shift: "shift test",
};
const MOST_ENTRIES = 40000;

// --- the layer -------------------------------------------------------------------------------------------------------

const mod = (a, n) => ((a % n) + n) % n;
const range = n => [...Array(n).keys()];
const product = list => list.reduce((a, b) => a * b, 1);

/** Which place of a signal of n the extended position q reads; -1 for a zero. */
function boundary(mode, q, n) {
  if (q >= 0 && q < n) return q;
  if (mode === "zeros") return -1;
  if (mode === "circular") return mod(q, n);
  if (mode === "replicate") return q < 0 ? 0 : n - 1;
  const period = mode === "symmetric" ? 2 * n : Math.max(2 * n - 2, 1), r = mod(q, period);
  return r < n ? r : (mode === "symmetric" ? 2 * n - 1 : 2 * n - 2) - r;
}

/** "2" or "2x1": a number for each axis. */
const each = (text, axes) => { const parts = text.split("x"); return range(axes).map(k => +(parts[k] ?? parts[0])); };
/** "1", "0,1" or "0,1x2": the places before and after each axis. */
const sides = (text, axes) => {
  const parts = text.split("x");
  return range(axes).map(k => { const [lo, hi] = (parts[k] ?? parts[0]).split(",").map(Number); return [lo, hi ?? lo]; });
};

function unravel(index, box) {
  const place = [];
  for (const n of [...box].reverse()) { place.unshift(index % n); index = Math.floor(index / n); }
  return place;
}
const ravel = (place, box) => place.reduce((sum, p, k) => sum * box[k] + p, 0);

/** Everything that follows from the settings: boxes, and for each entry (i, j) the taps that add up there. */
function build(state) {
  const axes = +state.axes, n = each(state.size, axes), k = each(state.kernel, axes), s = each(state.stride, axes);
  const d = each(state.dilation, axes), p = sides(state.padding, axes);
  const [I, O, G] = [+state.inputs, +state.outputs, +state.groups];
  const span = k.map((taps, a) => d[a] * (taps - 1) + 1), padded = n.map((size, a) => size + p[a][0] + p[a][1]);
  const bad = range(axes).find(a => span[a] > padded[a]);
  if (bad !== undefined) return { error: `the kernel must fit: it spans ${span[bad]}, the padded input has ${padded[bad]}` };
  if (I % G || O % G) return { error: `groups must divide the channels: ${G} and ${I}, ${O}` };
  const out = n.map((_, a) => Math.floor((padded[a] - span[a]) / s[a]) + 1);
  const layer = { axes, n, k, s, d, p, I, O, G, out, padded, inBox: [I, ...n], outBox: [O, ...out], taps: [O, I / G, ...k] };
  if (product(layer.outBox) * product(layer.inBox) > MOST_ENTRIES) return { error: "the matrix is too large to be shown; choose a smaller input" };
  return { ...layer, entries: entriesOf(layer, state) };
}

function entriesOf(layer, state) {
  const { n, k, s, d, p, I, O, G, out } = layer, entries = new Map();
  for (let i = 0; i < product(layer.outBox); i++) {
    const [o, ...at] = unravel(i, layer.outBox);
    for (let c = 0; c < I / G; c++) {
      const channel = Math.floor(o / (O / G)) * (I / G) + c;
      for (let t = 0; t < product(k); t++) {
        const tap = unravel(t, k);
        const read = tap.map((_, a) => boundary(state.mode, s[a] * at[a] + d[a] * tap[a] - p[a][0], n[a]));
        if (read.includes(-1)) continue;
        const used = state.op === "convolution" ? tap.map((x, a) => k[a] - 1 - x) : tap;
        const j = ravel([channel, ...read], layer.inBox), key = i * product(layer.inBox) + j;
        entries.set(key, [...(entries.get(key) ?? []), ravel([o, c, ...used], layer.taps)].sort((a, b) => a - b));
      }
    }
  }
  return entries;
}

/** The entries as a list of places and their taps. */
const listed = model => { const N = product(model.inBox); return [...model.entries].map(([key, taps]) => ({ i: Math.floor(key / N), j: key % N, taps })); };

/** A S - S A for shifts by one output, which is the stride for inputs: signed taps at each entry that is not zero. */
function commutator(model) {
  const M = product(model.outBox), N = product(model.inBox), found = new Map();
  const moved = (index, box, by) => { const [c, ...at] = unravel(index, box); return ravel([c, ...at.map((x, a) => mod(x + by[a], box[a + 1]))], box); };
  const last = a => (a === model.axes - 1 ? 1 : 0), one = range(model.axes).map(last), many = model.s.map((s, a) => s * last(a));
  const add = (i, j, sign, taps) => { const key = i * N + j; found.set(key, [...(found.get(key) ?? []), ...taps.map(tap => [sign, tap])]); };
  for (const { i, j, taps } of listed(model)) {
    add(i, moved(j, model.inBox, many.map(x => -x)), 1, taps);   // (A S)[i, j] = A[i, j + s]
    add(moved(i, model.outBox, one), j, -1, taps);               // (S A)[i, j] = A[i - 1, j]
  }
  const entries = [];
  for (const [key, signed] of found) {
    const total = new Map();
    for (const [sign, tap] of signed) total.set(tap, (total.get(tap) ?? 0) + sign);
    const left = [...total].filter(([, count]) => count).sort((a, b) => a[0] - b[0]);
    if (left.length) entries.push({ i: Math.floor(key / N), j: key % N, taps: left.map(([tap]) => tap), counts: left.map(([, count]) => count) });
  }
  return entries.sort((a, b) => a.i - b.i || a.j - b.j).filter(e => e.i < M);
}

// --- names and colours -----------------------------------------------------------------------------------------------

const start = JSON.parse(document.getElementById("layer").textContent);
let state = { ...start.state }, model = build(state), chosen = null, pinned = false, clock = null;

const digits = (place, box) => place.join(Math.max(...box) > 10 ? "," : "");
const placeName = (letter, index, box) => { const [c, ...at] = unravel(index, box), single = box[0] === 1; return [letter, (single ? "" : `${c};`) + digits(at, box.slice(1))]; };
const tapName = tap => { const [o, c, ...at] = unravel(tap, model.taps), single = model.taps[0] * model.taps[1] === 1; return ["w", (single ? "" : `${o}${c};`) + digits(at, model.k)]; };
const weight = tap => (sameKernel() ? start.weights[tap] : ((tap * 5 + 3) % 7) - 3);
const input = j => ((j * 7 + 3) % 10);
const sameKernel = () => start.weights && JSON.stringify(model.taps) === JSON.stringify(start.taps);
const shown = number => String(Math.round(number * 1000) / 1000).replace("-", "−");

function mix(hex, share, other) {
  const parts = c => [1, 3, 5].map(k => parseInt(c.slice(k, k + 2), 16)), [a, b] = [parts(hex), parts(other)];
  return "#" + a.map((x, k) => Math.floor((x * share + b[k] * (100 - share) + 50) / 100).toString(16).padStart(2, "0")).join("");
}
/** Hue by kernel row, tint by kernel column; a kernel with one axis has a hue for each tap. */
function colour(tap) {
  const at = unravel(tap, model.taps).slice(2), flat = model.axes === 1;
  const long = flat && model.k[0] > 7, row = flat ? (long ? Math.floor(at[0] / 5) : at[0]) : at[0], col = flat ? (long ? at[0] % 5 : 0) : at[1];
  const cols = flat ? (long ? 5 : 1) : model.k[1], share = cols === 1 ? 50 : 25 + Math.floor(65 * col / (cols - 1)), hue = HUES[row % 7];
  return { fill: mix(hue, share, "#ffffff"), line: mix(hue, 70, "#000000") };
}

// --- drawing ---------------------------------------------------------------------------------------------------------

const NS = "http://www.w3.org/2000/svg", $ = id => document.getElementById(id);
function mark(parent, tag, attributes, label) {
  const node = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (label !== undefined) node.append(label);
  parent.append(node);
  return node;
}
function words(parent, [letter, index], x, y, size, fill) {
  const text = mark(parent, "text", { x, y, "font-size": size, fill, "text-anchor": "middle", "dominant-baseline": "central" });
  const head = document.createElementNS(NS, "tspan"); head.setAttribute("font-style", /^[a-z]$/.test(letter) ? "italic" : "normal"); head.append(letter); text.append(head);
  if (index !== "") { const low = document.createElementNS(NS, "tspan"); low.setAttribute("font-size", size * .7); low.setAttribute("dy", size * .22); low.append(index); text.append(low); }
}
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** One cell: a square, what is written in it, and what it stands for. */
function cell(svg, x, y, look, label, kind, index, size = 1) {
  const group = mark(svg, "g", { class: "cell", "data-kind": kind, "data-index": index });
  mark(group, "rect", { x: x + .04, y: y + .04, width: .92, height: .92, rx: .08, fill: look.fill, stroke: look.line, "stroke-width": look.width ?? .03, ...(look.dash ? { "stroke-dasharray": look.dash } : {}) });
  if (label) words(group, label, x + .5, y + .52, Math.min(.42, 1.15 / Math.max(1, (label[0] + label[1]).length)) * size, look.ink ?? "#000");
  return group;
}

/** What the selection touches: outputs, inputs and taps with their colours, and matrix entries. */
function touched() {
  const seen = { y: new Map(), x: new Map(), w: new Set(), a: new Set() };
  if (!chosen || model.error) return seen;
  const N = product(model.inBox);
  for (const { i, j, taps } of listed(model)) {
    const key = i * N + j;
    const hit = { y: i === chosen.index, x: j === chosen.index, w: taps.includes(chosen.index), a: key === chosen.index }[chosen.kind];
    if (!hit) continue;
    seen.a.add(key);
    for (const tap of chosen.kind === "w" ? [chosen.index] : taps) seen.w.add(tap);
    const tap = chosen.kind === "w" ? chosen.index : taps[0];
    if (chosen.kind !== "y") seen.y.set(i, chosen.kind === "w" ? null : tap);
    if (chosen.kind !== "x") seen.x.set(j, chosen.kind === "w" ? null : tap);
  }
  return seen;
}

function grids(seen) {
  const plain = { fill: mix("#56b4e9", 14, "#ffffff"), line: mix("#0072b2", 60, "#000000"), ink: "#00324d" };
  const lit = tap => (tap === null ? { fill: "#fff0a0", line: "#000000" } : tap === undefined ? null : { ...colour(tap), ink: "#000" });
  const numbers = state.cells === "numbers", y = numbers ? outputs() : null;
  drawGrid($("input"), model.I, model.padded, (c, at) => {
    const read = at.map((q, a) => boundary(state.mode, q - model.p[a][0], model.n[a])), inside = at.every((q, a) => q >= model.p[a][0] && q < model.p[a][0] + model.n[a]);
    if (read.includes(-1)) return { look: { fill: css("--paper"), line: css("--line"), dash: ".1 .07", ink: css("--soft") }, label: ["0", ""], kind: "", index: -1 };
    const j = ravel([c, ...read], model.inBox), picked = chosen?.kind === "x" && chosen.index === j ? { fill: "#fff0a0", line: "#000000", width: .07 } : lit(seen.x.get(j));
    const outside = inside ? {} : { dash: ".1 .07" };
    const here = chosen?.kind === "y" && !inWindow(at, chosen.index) ? null : picked;
    return { look: { ...(here ?? (inside ? plain : { fill: css("--paper"), line: css("--line"), ink: css("--soft") })), ...outside }, label: numbers ? [shown(input(j)), ""] : placeName("x", j, model.inBox), kind: "x", index: j };
  });
  drawGrid($("output"), model.O, model.out, (c, at) => {
    const i = ravel([c, ...at], model.outBox), picked = chosen?.kind === "y" && chosen.index === i ? { fill: "#fff0a0", line: "#000000", width: .07 } : lit(seen.y.get(i));
    return { look: picked ?? { fill: "#f3f3f3", line: "#777777" }, label: numbers ? [shown(y[i]), ""] : placeName("y", i, model.outBox), kind: "y", index: i };
  });
  drawGrid($("kernel"), model.taps[0] * model.taps[1], model.k, (c, at) => {
    const tap = c * product(model.k) + ravel(at, model.k);
    return { look: { ...colour(tap), width: seen.w.has(tap) ? .09 : .03, ...(seen.w.has(tap) ? { line: css("--ink") } : {}) }, label: numbers ? [shown(weight(tap)), ""] : tapName(tap), kind: "w", index: tap };
  });
}

/** Does the padded place lie in the window of this output? */
function inWindow(place, i) {
  const at = unravel(i, model.outBox).slice(1);
  return place.every((q, a) => { const t = (q - model.s[a] * at[a]) / model.d[a]; return Number.isInteger(t) && t >= 0 && t < model.k[a]; });
}

function outputs() {
  const y = Array(product(model.outBox)).fill(0);
  for (const { i, j, taps } of listed(model)) for (const tap of taps) y[i] += weight(tap) * input(j);
  return y;
}

function drawGrid(svg, channels, box, look) {
  const [rows, cols] = box.length === 1 ? [1, box[0]] : box, high = channels * (rows + .5) - .5;
  svg.replaceChildren();
  const side = Math.max(cols, 6);
  svg.setAttribute("viewBox", `-.1 -.1 ${side + .2} ${high + .2}`);
  for (const c of range(channels)) for (const r of range(rows)) for (const q of range(cols)) {
    const { look: paint, label, kind, index } = look(c, box.length === 1 ? [q] : [r, q]);
    cell(svg, q, c * (rows + .5) + r, paint, label, kind, index);
  }
}

/** The cells of the matrix view as data: place, taps, look and label. */
function matrixCells(seen) {
  const N = product(model.inBox), turned = state.view === "Aᵀ", difference = state.view === "A S − S A";
  const list = difference ? commutator(model) : listed(model);
  return list.map(entry => {
    const key = entry.i * N + entry.j, [row, col] = turned ? [entry.j, entry.i] : [entry.i, entry.j];
    const value = entry.taps.reduce((sum, tap, q) => sum + (entry.counts?.[q] ?? 1) * weight(tap), 0);
    const names = entry.taps.map((tap, q) => { const [w, index] = tapName(tap), count = entry.counts?.[q] ?? 1; return [(count < 0 ? "−" : "") + (Math.abs(count) > 1 ? Math.abs(count) : "") + w, index]; });
    const label = state.cells === "numbers" ? [shown(value), ""] : names.length === 1 ? names[0] : ["Σ", ""];
    return { key, row, col, taps: entry.taps, look: colour(entry.taps[0]), label, hit: !difference && seen.a.has(key), wrong: difference };
  });
}

function drawMatrix(svg, seen) {
  const [M, N] = [product(model.outBox), product(model.inBox)], turned = state.view === "Aᵀ", [rows, cols] = turned ? [N, M] : [M, N];
  svg.replaceChildren();
  svg.setAttribute("viewBox", `-.6 -.4 ${cols + 1.2} ${rows + .8}`);
  const ink = css("--ink"), band = chosen && { y: turned ? "col" : "row", x: turned ? "row" : "col" }[chosen.kind];
  if (band === "row") mark(svg, "rect", { x: -.1, y: chosen.index - .02, width: cols + .2, height: 1.04, fill: css("--mark"), stroke: ink, "stroke-width": .05 });
  if (band === "col") mark(svg, "rect", { x: chosen.index - .02, y: -.1, width: 1.04, height: rows + .2, fill: css("--mark"), stroke: ink, "stroke-width": .05 });
  const inner = model.axes === 2 ? [model.out[1], model.n[1]] : [model.out[0], model.n[0]], [down, across] = turned ? [inner[1], inner[0]] : inner;
  for (let y = down; y < rows; y += down) mark(svg, "line", { x1: 0, x2: cols, y1: y, y2: y, stroke: css("--line"), "stroke-width": .04 });
  for (let x = across; x < cols; x += across) mark(svg, "line", { y1: 0, y2: rows, x1: x, x2: x, stroke: css("--line"), "stroke-width": .04 });
  const labelled = Math.max(rows, cols) <= 40;
  for (const c of matrixCells(seen)) {
    const look = c.wrong ? { ...c.look, line: "#d55e00", width: .1 } : c.hit ? { ...c.look, line: ink, width: .1 } : c.look;
    cell(svg, c.col, c.row, look, labelled ? c.label : null, "a", c.key);
  }
  for (const [x, sign] of [[-.35, 1], [cols + .35, -1]]) mark(svg, "path", { d: `M${x + sign * .25} -.25H${x}V${rows + .25}h${sign * .25}`, fill: "none", stroke: ink, "stroke-width": .06 });
}

function formula(seen) {
  const box = $("formula"), put = (tag, text, style) => { const node = document.createElement(tag); node.textContent = text; if (style) { node.className = "w"; node.style.background = style; } box.append(node); };
  const named = ([letter, index], style) => { const span = document.createElement("span"); if (style) { span.className = "w"; span.style.background = style; } const i = document.createElement("i"); i.textContent = letter; const sub = document.createElement("sub"); sub.textContent = index; span.append(i, sub); box.append(span); };
  box.replaceChildren();
  if (!chosen) return put("span", "y = A x: each row of A is one position of the window.");
  const N = product(model.inBox), of = key => [Math.floor(key / N), key % N];
  if (chosen.kind === "w") { named(tapName(chosen.index), colour(chosen.index).fill); return put("span", ` stands at ${seen.a.size} places of A: one weight, shared.`); }
  if (chosen.kind === "a") { const [i, j] = of(chosen.index); named(placeName("y", i, model.outBox)); put("span", " reads "); named(placeName("x", j, model.inBox)); put("span", seen.w.size ? " by " : " by nothing");
    [...seen.w].forEach((tap, count) => { if (count) put("span", " + "); named(tapName(tap), colour(tap).fill); });
    return put("span", `: row ${i}, column ${j}.`);
  }
  const forward = chosen.kind === "y";
  named(placeName(forward ? "y" : "x", chosen.index, forward ? model.outBox : model.inBox));
  put("span", forward ? " = " : ` feeds ${seen.y.size} outputs, column ${chosen.index} of A, row ${chosen.index} of Aᵀ: `);
  const terms = listed(model).filter(e => (forward ? e.i : e.j) === chosen.index);
  terms.flatMap(e => e.taps.map(tap => [tap, e])).forEach(([tap, e], count) => {
    if (count) put("span", forward ? " + " : ", ");
    if (state.cells === "numbers") put("span", shown(weight(tap)), colour(tap).fill); else named(tapName(tap), colour(tap).fill);
    put("span", forward ? " " : " to ");
    if (forward && state.cells === "numbers") put("span", `· ${shown(input(e.j))}`); else named(forward ? placeName("x", e.j, model.inBox) : placeName("y", e.i, model.outBox));
  });
  if (forward && state.cells === "numbers") put("span", ` = ${shown(outputs()[chosen.index])}`);
  if (forward && !terms.length) put("span", "0");
}

function draw() {
  const panels = ["input", "output", "kernel", "matrix"];
  if (model.error) { panels.forEach(id => { $(id).replaceChildren(); $(`${id}-name`).textContent = id; }); $("sizes").textContent = model.error; $("formula").textContent = $("verdict").textContent = ""; return; }
  const seen = touched(), by = list => list.join("×"), entries = [...model.entries.values()];
  $("input-name").textContent = `input x, ${by(model.inBox)}`;
  $("output-name").textContent = `output y, ${by(model.outBox)}`;
  $("kernel-name").textContent = `kernel w, ${by(model.taps)}`;
  const [M, N] = [product(model.outBox), product(model.inBox)];
  $("matrix-name").textContent = `${state.view}: ${state.view === "Aᵀ" ? `${N} × ${M}` : `${M} × ${N}`}, ${entries.length} entries of A, ${product(model.taps)} weights`;
  $("sizes").textContent = "size: " + range(model.axes).map(a => `⌊(${model.n[a]} + ${model.p[a][0]} + ${model.p[a][1]} − ${model.d[a]}·(${model.k[a]} − 1) − 1)/${model.s[a]}⌋ + 1 = ${model.out[a]}`).join(", ");
  grids(seen); drawMatrix($("matrix"), seen); formula(seen); verdict();
}

function verdict() {
  const box = $("verdict");
  box.replaceChildren();
  if (state.shift === "off" && state.view !== "A S − S A") return;
  const wrong = commutator(model), bold = document.createElement("b"), step = model.s[model.axes - 1];
  bold.textContent = wrong.length ? `A S ≠ S A at ${wrong.length} entries` : "A S = S A at every entry";
  box.append(bold, ` where S shifts circularly, inputs by ${step}, outputs by 1: ` + (wrong.length ? "the layer is not equivariant at its border." : "the layer is equivariant for every kernel."));
}

// --- controls --------------------------------------------------------------------------------------------------------

function options(key) {
  const flat = state.axes === "1", square = list => list.map(k => (flat ? `${k}` : `${k}x${k}`));
  const list = key === "size" ? (flat ? range(20).map(k => `${k + 1}`) : square(range(8).map(k => k + 1))) : key === "kernel" ? square(range(flat ? 9 : 5).map(k => k + 1)) : CHOICES[key];
  return list.includes(state[key]) ? list : [state[key], ...list];
}
function fillControls() {
  const form = $("controls");
  form.replaceChildren();
  for (const key of Object.keys(CHOICES)) {
    const label = document.createElement("label"), select = document.createElement("select");
    label.append(NAMES[key], select); select.id = `set-${key}`;
    for (const value of options(key)) { const option = document.createElement("option"); option.value = value; option.textContent = value.replace("x", " × "); select.append(option); }
    select.value = state[key];
    select.addEventListener("change", () => change({ [key]: select.value }));
    form.append(label);
  }
}
function change(update) {
  if (update.axes && update.axes !== state.axes) {
    const one = text => text.split("x")[0], both = text => (update.axes === "1" ? one(text) : `${one(text)}x${one(text)}`);
    update = { ...update, size: update.axes === "1" ? one(state.size) : both(String(Math.min(8, +one(state.size)))), kernel: both(one(state.kernel)), stride: one(state.stride), padding: one(state.padding), dilation: one(state.dilation) };
  }
  state = { ...state, ...update }; chosen = null; pinned = false;
  settle(); fillControls();
}
function settle() { model = build(state); if (chosen && !model.error && !valid(chosen)) chosen = null; remember(); draw(); }
const valid = ({ kind, index }) => index >= 0 && index < { x: product(model.inBox), y: product(model.outBox), w: product(model.taps), a: product(model.inBox) * product(model.outBox) }[kind];
function remember() {
  const parts = Object.entries(state).filter(([key, value]) => value !== start.state[key]);
  if (chosen && pinned) parts.push(["at", `${chosen.kind}${chosen.index}`]);
  const hash = "#" + new URLSearchParams(parts).toString();
  if (location.hash !== hash && (location.hash || parts.length)) history.replaceState(null, "", hash);
}
function recall() {
  const said = new URLSearchParams(location.hash.slice(1)), update = {};
  for (const [key, value] of said) if (key in state && known(key, value)) update[key] = value;
  state = { ...start.state, ...update }; model = build(state);
  const at = /^([xywa])(\d{1,6})$/.exec(said.get("at") ?? "");
  chosen = null; pinned = false;
  if (at && !model.error && valid({ kind: at[1], index: +at[2] })) { chosen = { kind: at[1], index: +at[2] }; pinned = true; }
  fillControls(); draw();
}
const known = (key, value) => (CHOICES[key].length ? CHOICES[key].includes(value) : false) || /^[1-9]\d?(x[1-9]\d?)?$/.test(value) && ["size", "kernel", "stride", "dilation"].includes(key) || /^\d{1,2}(,\d{1,2})?(x\d{1,2}(,\d{1,2})?)?$/.test(value) && key === "padding";

function choose(next, pin = false) { chosen = next; pinned = pin; remember(); draw(); }
function pointed(event) {
  const group = event.target.closest?.(".cell"), kind = group?.dataset.kind;
  return kind ? { kind, index: +group.dataset.index } : null;
}
/** The cell of a panel under a finger, whose events go on to where it first came down. */
function under(event, panel) {
  const target = document.elementFromPoint(event.clientX, event.clientY);
  return panel.contains(target) ? pointed({ target }) : null;
}
/** The arrow keys: along the rows and columns of the panel that has the focus. */
function step(panel, key) {
  const kind = { input: "x", output: "y", kernel: "w", matrix: "a" }[panel], N = product(model.inBox), turned = state.view === "Aᵀ";
  const box = { x: model.inBox, y: model.outBox, w: model.taps, a: [product(model.outBox), N] }[kind], wide = box[box.length - 1];
  const moves = kind === "a" && turned ? { ArrowLeft: -wide, ArrowRight: wide, ArrowUp: -1, ArrowDown: 1 } : { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide };
  const from = chosen?.kind === kind ? chosen.index : -1, to = from < 0 ? 0 : mod(from + moves[key], product(box));
  choose({ kind, index: to }, true);
}
function play() {
  if (clock) { clearInterval(clock); clock = null; $("play").textContent = "play"; return; }
  $("play").textContent = "pause";
  clock = setInterval(next, 700); next();
}
function next() { if (!model.error) choose({ kind: "y", index: chosen?.kind === "y" ? mod(chosen.index + 1, product(model.outBox)) : 0 }, true); }

// --- export ----------------------------------------------------------------------------------------------------------

function asSvg() {
  const copy = $("matrix").cloneNode(true);
  for (const name of ["tabindex", "role", "aria-labelledby", "id"]) copy.removeAttribute(name);
  copy.setAttribute("xmlns", NS); copy.setAttribute("width", "600"); copy.setAttribute("font-family", "Latin Modern Math, Cambria, Georgia, serif");
  copy.prepend(Object.assign(document.createElementNS(NS, "title"), { textContent: $("matrix-name").textContent }));
  return new XMLSerializer().serializeToString(copy);
}
function asTikz() {
  const cells = matrixCells(touched()), groups = new Map(), colours = [];
  for (const c of cells) { const key = JSON.stringify([c.look, c.label]); groups.set(key, [...(groups.get(key) ?? []), `${c.col}/${c.row}`]); }
  const [M, N] = [product(model.outBox), product(model.inBox)], [rows, cols] = state.view === "Aᵀ" ? [N, M] : [M, N];
  const lines = [...groups].map(([key, places], k) => {
    const [look, [letter, index]] = JSON.parse(key);
    colours.push(`\\definecolor{f${k}}{HTML}{${look.fill.slice(1).toUpperCase()}}\\definecolor{l${k}}{HTML}{${look.line.slice(1).toUpperCase()}}`);
    const tex = letter.replace("−", "-").replace("Σ", "\\Sigma ") + (index === "" ? "" : `_{${index}}`);
    return `\\foreach \\c/\\r in {${places.join(",")}} \\node[cell, fill=f${k}, draw=l${k}] at (\\c,\\r) {$${tex}$};`;
  });
  return [`% ${$("matrix-name").textContent.replace("ᵀ", "^T").replaceAll("×", "x").replaceAll("−", "-")}`, "% pdflatex; needs \\usepackage{tikz}", ...colours,
    "\\begin{tikzpicture}[x=7mm, y=-7mm, cell/.style={minimum size=6.4mm, inner sep=0pt, rounded corners=.5mm, font=\\small}]", ...lines,
    `\\draw[line width=.7pt] (-.6,-.7) -- (-.8,-.7) -- (-.8,${rows - .3}) -- (-.6,${rows - .3}) (${cols - .4},-.7) -- (${cols - .2},-.7) -- (${cols - .2},${rows - .3}) -- (${cols - .4},${rows - .3});`, "\\end{tikzpicture}", ""].join("\n");
}
function download(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type })); link.download = name; link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

for (const id of ["input", "output", "kernel", "matrix"]) {
  const panel = $(id);
  panel.addEventListener("pointermove", event => {
    const finger = event.pointerType === "touch", next = finger ? under(event, panel) : pointed(event);
    if ((finger ? next : !pinned) && JSON.stringify(next) !== JSON.stringify(chosen)) choose(next, finger);
  });
  panel.addEventListener("pointerleave", () => { if (!pinned) choose(null); });
  panel.addEventListener("click", event => { const next = pointed(event); choose(next, next !== null); });
  panel.addEventListener("keydown", event => { if (event.key.startsWith("Arrow") && !model.error) { event.preventDefault(); step(id, event.key); } });
}
document.addEventListener("keydown", event => { if (event.key === "Escape") choose(null); });
$("play").addEventListener("click", play);
$("save-svg").addEventListener("click", () => download("matrix.svg", "image/svg+xml", asSvg()));
$("save-tikz").addEventListener("click", () => download("matrix.tex", "text/plain", asTikz()));
addEventListener("hashchange", recall);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
recall();
