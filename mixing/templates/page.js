"use strict";
// What is set in the page, solved again and shown.
const about = JSON.parse(document.getElementById("problem").textContent);
const byId = (id) => document.getElementById(id);
const decode = (s) => (Array.isArray(s) ? s.map(decode) : new Float64Array(Uint8Array.from(atob(s), (c) => c.charCodeAt(0)).buffer));
for (const [name, values] of Object.entries(about.fit.arrays)) about.fit[name] = decode(values);
delete about.fit.arrays;
for (const name of ["trained", "errors"]) about[name] = decode(about[name]);
const percent = (v) => `${(100 * v).toFixed(1)}%`, signed = (v) => (v < 0 ? "" : "+") + v.toFixed(4);
const escapeText = (s) => s.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// As the run had it. Bounds of a source may be tightened, but not beyond what the swarm and the data give.
const asInRun = () => ({ omega: [...about.omega], limits: [...about.limits], kl: about.kl, maxRise: about.settings.max_rise,
  own: { ...(about.settings.max_rises ?? {}) }, lower: [...about.lower], upper: [...about.upper] });

function pose(set) {
  const total = sum(set.omega), limit = (e) => (about.evals[e] in set.own ? set.own[about.evals[e]] : set.maxRise);
  const columns = [...about.evals.keys()].filter((e) => set.omega[e] > 0 || about.evals[e] in set.own), pick = (row) => columns.map((e) => row[e]);
  if (!(total > 0)) throw new Error("no eval has a weight above 0");
  const upper = set.upper.map((v, i) => Math.min(v, about.hard[i]));
  set.lower.forEach((v, i) => { if (v > upper[i] + 1e-9) throw new Error(`${about.sources[i]}: at least ${v} is more than it may have, ${upper[i].toFixed(3)}`); });
  if (sum(set.lower) > 1 + 1e-9) throw new Error(`the floors sum to ${sum(set.lower).toFixed(3)}, above 1`);
  if (sum(upper) < 1 - 1e-9) throw new Error(`the caps sum to ${sum(upper).toFixed(3)}, below 1`);
  const p = { fit: about.fit, columns, natural: about.natural, candidates: about.candidates, groups: about.groups, least: about.least, most: about.most,
    reach: about.reach, kl: set.kl, lower: set.lower, upper, omega: pick(set.omega).map((v) => v / total), limits: columns.map((e) => limit(e) ?? null),
    trained: about.trained, errors: about.errors, judged: about.judged, repeats: about.repeats, share: about.share, tilts: about.tilts, rough: about.rough, distance: about.distance, unseen: about.unseen, stretch: pick(about.stretch), residual: pick(about.residual) };
  const within = about.groups.map((group) => dot(group, project(p, about.natural)));
  within.forEach((v, g) => { if (v < about.least[g] - 1e-4 || v > about.most[g] + 1e-4) throw new Error("no mix keeps the groups of the recipe beside these bounds"); });
  return p;
}

// The mix, its gain, intervals of its weights, and each eval's change, as `mixing.optimize:solve` has them.
function solveWith(set) {
  const began = performance.now(), p = pose(set), found = optimize(p), held = !found.broken.length, same = JSON.stringify(set) === about.began;
  const told = same ? about.taken : null, taken = told ? about.sources.map((name) => told.weights[name]) : held ? null : p.natural;
  const best = taken ? { mix: taken, prices: p.columns.map(() => 0) } : found;
  const studied = { ...study(p, best, about.two_sided), ...(told ? { gain: told.gain } : {}) }, columns = [...about.evals.keys()];
  const values = allChanges({ ...p, columns, reference: p.fit.known.reference }, best.mix), still = farthest(best.mix, p.natural) < 1e-9;
  const errors = measureErrors({ ...p, columns, stretch: about.stretch, residual: about.residual }, values.slice(1), best.mix);
  const change = columns.map((e) => { const far = still ? 0 : about.two_sided * errors[e]; return { change: values[0][e], low: values[0][e] - far, high: values[0][e] + far }; });
  return { p, best, held, same, conflict: found.broken.map((e) => about.evals[p.columns[e]]), mix: Array.from(best.mix), ...studied, change, ms: performance.now() - began };
}
function say(found, ranges) {
  if (found.same) return about.verdict;
  const { gain } = found, expected = `${gain.corrected.toFixed(4)} ${about.unit}, between ${gain.low.toFixed(4)} and ${gain.high.toFixed(4)}`;
  if (!found.held) return `Keep the natural mix: the guard can not hold under these bounds, since of ${found.conflict.join(", ")}.`;
  if (gain.low <= 0) return `Keep the natural mix: by the laws no mix beats it beyond the noise; the best found is expected to gain ${expected}.`;
  const firm = isFirm(found, ranges), order = [...found.mix.keys()].filter((i) => firm[i]).sort((a, b) => found.mix[b] - found.mix[a]);
  const free = about.sources.filter((_, i) => !firm[i]);
  return `Take this mix: expect a gain of ${expected}. Firm: ${order.map((i) => `${about.sources[i]} ${percent(found.mix[i])}`).join(", ") || "no weight"}; free: ${free.join(", ") || "none"}.`;
}
const isFirm = (found, ranges) => about.sources.map((_, i) => ranges.high[i] - ranges.low[i] <= Math.min(0.1, 0.5 * Math.max(found.p.upper[i] - found.p.lower[i], 1e-9)));

// --- controls
const input = (value, about_) => { const box = document.createElement("input"); box.type = "number"; box.step = "any"; box.value = value ?? ""; box.setAttribute("aria-label", about_); return box; };
function addRow(table, name, boxes) {
  const row = table.insertRow();
  row.insertCell().textContent = name;
  for (const box of boxes) row.insertCell().append(box);
  return boxes;
}
let evalBoxes = [], sourceBoxes = [];
function fillControls(set) {
  for (const id of ["eval-knobs", "source-knobs"]) while (byId(id).rows.length > 1) byId(id).deleteRow(-1);
  byId("max-rise").value = set.maxRise ?? "";
  byId("kl").value = set.kl;
  evalBoxes = about.evals.map((name, e) => addRow(byId("eval-knobs"), name, [input(+set.omega[e].toPrecision(6), `weight of ${name}`), input(set.own[name], `guard of ${name}`)]));
  sourceBoxes = about.sources.map((name, i) => {
    const keepBox = document.createElement("input");
    keepBox.type = "checkbox";
    keepBox.checked = true;
    keepBox.setAttribute("aria-label", `keep ${name}`);
    return addRow(byId("source-knobs"), name, [keepBox, input(set.lower[i], `least of ${name}`), input(+set.upper[i].toPrecision(6), `most of ${name}`)]);
  });
}
function readControls() {
  const number = (box, other) => (box.value === "" ? other : Number(box.value)), own = {};
  evalBoxes.forEach(([, box], e) => { if (box.value !== "") own[about.evals[e]] = Number(box.value); });
  return { omega: evalBoxes.map(([box]) => Math.max(number(box, 0), 0)), own, maxRise: number(byId("max-rise"), null), kl: Math.max(number(byId("kl"), 0), 0),
    limits: about.limits, lower: sourceBoxes.map(([kept, box]) => (kept.checked ? number(box, 0) : 0)), upper: sourceBoxes.map(([kept, , box]) => (kept.checked ? number(box, 1) : 0)) };
}
function writeRecipe(set) {
  const quote = (s) => (/^[A-Za-z0-9_-]+$/.test(s) ? s : JSON.stringify(s)), line = (pairs) => `{ ${pairs.map(([k, v]) => `${quote(k)} = ${v}`).join(", ")} }`;
  const kept = about.sources.map((name, i) => [name, i]), settings = { ...about.settings }, parts = [];
  const changed = set.omega.some((v, e) => Math.abs(v - about.omega[e]) > 1e-6);
  if (changed) { settings.evals = Object.fromEntries(about.evals.map((name, e) => [name, set.omega[e]]).filter(([, v]) => v > 0)); settings.families = null; }
  settings.kl = set.kl; settings.max_rise = set.maxRise ?? Infinity; settings.max_rises = set.own; settings.decay ??= Infinity;
  settings.least = Object.fromEntries(kept.filter(([, i]) => set.lower[i] > 0).map(([name, i]) => [name, set.lower[i]]));
  settings.most = Object.fromEntries(kept.filter(([, i]) => set.upper[i] < about.hard[i] - 1e-5).map(([name, i]) => [name, set.upper[i]]));
  const write = (v) => (v === Infinity ? "inf" : Array.isArray(v) ? `[${v.map(write).join(", ")}]` : v && typeof v === "object" ? line(Object.entries(v).map(([k, one]) => [k, write(one)])) : JSON.stringify(v));
  for (const [name, value] of Object.entries(settings)) if (value !== null && !(typeof value === "object" && !Object.keys(value).length)) parts.push(`${name} = ${write(value)}`);
  byId("recipe").textContent = `# settings of mixing.optimize:solve\n${parts.join("\n")}\n`;
}

// --- what is shown
const cell = (row, name) => row.querySelector(`[data-cell="${name}"]`);
function show(found) {
  const ranges = measureRanges(found.p, found.best, found.epsilon), firm = isFirm(found, ranges), places = new Map(about.sources.map((name, i) => [name, i]));
  const text = say(found, ranges), between = (low, high) => `${percent(low)} to ${percent(high)}`;
  byId("verdict").textContent = text;
  byId("verdict").className = `verdict ${text.startsWith("Take") ? "good" : "bad"}`;
  byId("cost").hidden = !found.same;
  byId("gain").textContent = found.gain.corrected.toFixed(4);
  byId("gain-naive").textContent = found.gain.naive.toFixed(4);
  byId("gain-ends").textContent = `${found.gain.low.toFixed(4)} to ${found.gain.high.toFixed(4)}`;
  const order = [];
  for (const row of document.querySelectorAll("[data-source]")) {
    const i = places.get(row.dataset.source);
    order.push(i);
    cell(row, "chosen").textContent = percent(found.mix[i]);
    cell(row, "refits").textContent = between(found.low[i], found.high[i]);
    cell(row, "range").textContent = between(ranges.low[i], ranges.high[i]);
    cell(row, "firm").textContent = firm[i] ? "firm" : "free";
    cell(row, "epochs").textContent = (found.mix[i] * about.fit.epochs_at_one[i]).toFixed(2);
  }
  order.reverse();
  restyleError("weights", 0, order.map((i) => [found.mix[i], found.low[i], found.high[i]]));
  showChanges(found);
}
const errors = (rows) => ({ "error_x.array": [rows.map(([v, , high]) => Math.max(high - v, 0))], "error_x.arrayminus": [rows.map(([v, low]) => Math.max(v - low, 0))] });
const restyleError = (id, trace, rows) => Plotly.restyle(id, { x: [rows.map(([v]) => v)], ...errors(rows) }, [trace]);
function showChanges(found) {
  const rows = [...document.querySelectorAll("[data-eval]")], at = rows.map((row) => about.evals.indexOf(row.dataset.eval));
  rows.forEach((row, r) => {
    const e = at[r], one = found.change[e], c = found.p.columns.indexOf(e), weight = c < 0 ? 0 : found.p.omega[c];
    row.className = weight > 0 ? "" : "aside";
    cell(row, "weight").textContent = weight > 0 ? weight.toPrecision(3) : "-";
    cell(row, "value").textContent = (about.fit.known.reference[0][e] + one.change).toFixed(4);
    cell(row, "change").textContent = signed(one.change);
    cell(row, "ends").textContent = `${signed(one.low)} to ${signed(one.high)}`;
  });
  const edge = byId("changes").layout.xaxis.range[1] / 1.05, lines = at.map((e) => found.change[e]).reverse();
  const shown = lines.map((one) => Math.min(Math.max(one.change, -edge), edge));
  Plotly.restyle("changes", { text: [lines.map((one) => (Math.abs(one.change) <= edge ? "" : signed(one.change)))] }, [0]);
  restyleError("changes", 0, lines.map((one, k) => [shown[k], one.low, one.high]));
}

// --- one goal against another: families, or evals where the recipe has none
const families = Object.entries(about.settings.families ?? {}).map(([name, members]) => [name, members.map((one) => about.evals.indexOf(one))]);
const goals = families.length > 1 ? families : about.evals.map((name, e) => [name, [e]]).filter(([, [e]]) => about.omega[e] > 0);
function drawPareto() {
  const [first, second] = ["first-goal", "second-goal"].map((id) => goals[byId(id).selectedIndex]), set = readControls(), points = [];
  if (!first || !second || first === second) return void Plotly.purge("pareto");
  for (let k = 0; k <= 8; k++) {
    const omega = about.evals.map(() => 0);
    [[first, 1 - k / 8], [second, k / 8]].forEach(([[, members], share]) => members.forEach((e) => (omega[e] += share / members.length)));
    // All evals of both goals stay guarded at either end.
    const own = Object.fromEntries([...first[1], ...second[1]].map((e) => [about.evals[e], about.evals[e] in set.own ? set.own[about.evals[e]] : set.maxRise]));
    const found = optimize(pose({ ...set, omega, own })), p = pose({ ...set, omega, own });
    const mix = found.broken.length ? p.natural : found.mix, columns = [...about.evals.keys()];
    const values = evaluate(about.fit, columns, look(about.fit, columns, mix), 0).values, change = (members) => sum(members.map((e) => values[e] - about.fit.known.reference[0][e])) / members.length;
    points.push({ x: change(first[1]), y: change(second[1]), text: about.sources.map((name, i) => `${escapeText(name)} ${percent(mix[i])}`).join("<br>") });
  }
  const axis = ([name]) => ({ title: { text: `change of ${escapeText(name)}` }, gridcolor: "#eceae4", zerolinecolor: "#8b9096" });
  const line = { type: "scatter", mode: "lines+markers", x: points.map((q) => q.x), y: points.map((q) => q.y), text: points.map((q) => q.text), hovertemplate: "%{text}<extra></extra>", name: "best mixes", marker: { color: "#2f7f86" } };
  const natural = { type: "scatter", mode: "markers", x: [0], y: [0], name: "natural", marker: { color: "#9aa0a6", size: 10 } };
  Plotly.react("pareto", [line, natural], { height: 320, margin: { l: 64, r: 16, t: 8, b: 44 }, xaxis: axis(first), yaxis: axis(second), paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" }, { displayModeBar: false, responsive: true });
}
function renew() {
  try {
    const set = readControls(), found = solveWith(set);
    show(found);
    writeRecipe(set);
    byId("took").textContent = `solved in ${found.ms.toFixed(0)} ms`;
    drawPareto();
  } catch (error) {
    byId("took").textContent = error.message;
  }
}
function begin() {
  fillControls(asInRun());
  about.began = JSON.stringify(readControls());
  writeRecipe(readControls());
  for (const [id, chosen] of [["first-goal", 0], ["second-goal", 1]]) {
    for (const [name] of goals) byId(id).add(new Option(name));
    byId(id).selectedIndex = Math.min(chosen, goals.length - 1);
    byId(id).addEventListener("change", drawPareto);
  }
  byId("controls").addEventListener("change", renew);
  byId("reset").addEventListener("click", () => { fillControls(asInRun()); renew(); });
  byId("copy").addEventListener("click", () => {
    getSelection().selectAllChildren(byId("recipe"));
    document.execCommand("copy");
  });
  setTimeout(() => { optimize(pose(asInRun())); drawPareto(); }, 0);
}
