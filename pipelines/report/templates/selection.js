// A selection solved anew: how many copies of a document its place in a score brings, from the counts of the
// run. `replay` and `solve` do what the step does that wrote the selection.
"use strict";
{
const HALVINGS = 60, MOST_LAMBDA = 2;

/** The integral of t^p e^(lambda t) from 0 to `past`: Kummer's series, whose terms all have one sign. */
function integrate(curve, past) {
  if (past <= 0) return 0;
  const z = curve.lambda * past, first = curve.p + 1;
  let sum = 0;
  for (let k = 0, power = 1; k < 60; k++, power *= z / k) sum += first / (first + k) * power;
  return Math.pow(past, first) / first * sum;
}

const walk = (step, start, power) => // from flat (0) over p = power (1) to the greatest lambda (2)
  ({ a: start, p: power * Math.min(step, 1), lambda: MOST_LAMBDA * Math.max(step - 1, 0), C: 1 });

/** The steepest curve whose integral is `times` with no bucket's mean above `max_mean`; throws what is wrong. */
function solve(times, { start, power, max_mean, buckets }) {
  const kept = 1 - start;
  if (!(Number.isInteger(buckets))) throw "buckets is a whole number";
  if (!(start >= 0 && start < 1 && power >= 0 && power <= 50 && max_mean > 0 && buckets >= 1)) throw "start is in [0, 1), power from 0 to 50, max_mean above 0, buckets at least 1";
  if (1 / buckets > kept * (1 + 1e-9)) throw "the last bucket begins below start: make more buckets";
  if (!(times <= max_mean * kept * (1 + 1e-9))) throw `at most ${+(max_mean * kept).toPrecision(4)} times its tokens can be had with this max_mean and start`;
  const top = (curve) => times * (1 - integrate(curve, Math.max(kept - 1 / buckets, 0)) / integrate(curve, kept)) * buckets;
  let low = 0, high = 2;
  if (top(walk(high, start, power)) <= max_mean) low = high;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (top(walk(middle, start, power)) <= max_mean) low = middle; else high = middle;
  }
  const curve = walk(low, start, power);
  return { ...curve, C: times / integrate(curve, kept) };
}

function average(curve, low, high) {
  const from = Math.max(low, curve.a), to = Math.max(high, curve.a);
  if (high <= low) {
    const past = Math.max(low - curve.a, 0);
    return low < curve.a ? 0 : curve.C * Math.pow(past, curve.p) * Math.exp(curve.lambda * past);
  }
  if (curve.p === 0 && curve.lambda === 0) return curve.C * (to - from) / (high - low);
  return curve.C * (integrate(curve, to - curve.a) - integrate(curve, from - curve.a)) / (high - low);
}

/** The best first, each once, until there are `times` the tokens; where all are fewer, all as often. */
function fill(times, max_mean) {
  if (times > max_mean * (1 + 1e-9)) throw `all of it would be read ${+times.toPrecision(4)} times, above max_mean`;
  return { a: Math.max(1 - times, 0), p: 0, lambda: 0, C: Math.max(times, 1) };
}

/** Rates by knot, and what they give. */
function replay(group, way, value, shape) {
  const { scores, tokens, documents } = group.knots, edges = [0];
  for (const number of tokens) edges.push(edges[edges.length - 1] + number);
  const all = edges[edges.length - 1], place = edges.map((edge) => edge / all);
  if (way === "keep_rate" && !(value > 0 && value <= 1)) throw "a share of the tokens is above 0 and at most 1";
  if (!Number.isFinite(value) || (way !== "cut" && value <= 0)) throw "name a number above 0";
  const curve = way === "cut" ? null : way === "keep_rate" ? { a: 1 - value, p: 0, lambda: 0, C: 1 }
    : way === "budget" ? fill(value / all, shape.max_mean) : solve(way === "times" ? value : value / all, shape);
  let most = 0;
  const rates = scores.map((score, i) => {
    if (!curve) return score >= Math.fround(value) ? 1 : 0;
    return most = Math.max(most, average(curve, place[i], place[i + 1]));
  });
  const sum = (numbers, how) => rates.reduce((total, rate, i) => total + how(rate) * numbers[i], 0);
  const once = (rate) => Math.min(rate, 1), least = rates.findIndex((rate) => rate > 0);
  const low = 1 - 1 / shape.buckets;
  const top = shape.buckets * rates.reduce((total, rate, i) => total + rate * Math.max(0, place[i + 1] - Math.max(low, place[i])), 0);
  return { place, rates, top, cut: least < 0 ? null : scores[least],
    documents: sum(documents, once), unique_tokens: sum(tokens, once), tokens: sum(tokens, (rate) => rate) };
}

const short = (number) => {
  for (const [unit, word] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]]) if (number >= unit) return +(number / unit).toPrecision(3) + word;
  return String(Math.round(number));
};
const SHOWN = { cut: (x) => x === null ? "–" : x.toFixed(4), documents: (x) => Math.round(x).toLocaleString("en-US"),
  unique_tokens: short, tokens: short, top: (x) => x.toFixed(2) };
const SUMMED = ["documents", "unique_tokens", "tokens"];

for (const box of document.querySelectorAll("[data-selection]")) when_open(box, () => {
  const about = JSON.parse(document.getElementById(box.dataset.selection).textContent);
  const select = box.querySelector("select.way"), back = box.querySelector("button");
  bind_copy(box.querySelector(".copying"), box.querySelector("textarea"));
  const shapes = [...box.querySelectorAll("input.shape")], givens = [...box.querySelectorAll("input.given")];
  const quote = (name) => /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name).replace(/\u007f/g, "\\u007f");
  const asked = () => ({ way: select.value, values: givens.map((input) => input.valueAsNumber),
    shape: Object.fromEntries(shapes.map((input) => [input.dataset.setting, input.valueAsNumber])) });

  function recipe({ way, values, shape }) {
    const same = values.every((value) => value === values[0]);
    const table = about.groups.map((group, i) => `${quote(group.name)} = ${values[i]}`).join(", ");
    const curve = way === "times" || way === "tokens" ? Object.entries(shape).filter(([name, value]) => value !== about.shape[name]) : [];
    return [[way, same ? values[0] : `{ ${table} }`], ...curve].map(([name, value]) => `${name} = ${value}`).join(", ");
  }
  function draw(found) {
    const line = (i, points) => ({ name: about.groups[i].name, color: about.colours[i % about.colours.length], points });
    draw_lines(box.querySelector(".copies"), found.map((one, i) => line(i, one.rates.flatMap((rate, k) =>
      [[one.place[k], rate], [one.place[k + 1], rate]]))), "x", { x: 1 });
    draw_lines(box.querySelector(".kept"), found.map((one, i) => line(i, about.groups[i].knots.scores.map((score, k) =>
      [score, 1 - one.place[k]]))), "y", { y: 1 });
  }
  function go() {
    const now = asked(), refused = box.querySelector(".refused");
    const changed = now.way !== about.way || givens.some((input, i) => input.valueAsNumber !== about.groups[i].given)
      || shapes.some((input) => input.valueAsNumber !== about.shape[input.dataset.setting]);
    back.disabled = !changed;
    let found;
    try {
      found = about.groups.map((group, i) => {
        try { return replay(group, now.way, now.values[i], now.shape); } catch (why) { throw `${group.name}: ${why}`; }
      });
    } catch (why) {
      refused.textContent = why;
      box.querySelector("textarea").value = "";
      for (const cell of box.querySelectorAll("[data-found]")) cell.textContent = "–";
      return null;
    }
    refused.textContent = "";
    found.forEach((one, i) => {
      for (const [name, show] of Object.entries(SHOWN)) box.querySelector(`[data-group="${i}"] [data-found=${name}]`).textContent = show(one[name]);
    });
    for (const name of SUMMED) box.querySelector(`[data-group=all] [data-found=${name}]`).textContent = SHOWN[name](found.reduce((sum, one) => sum + one[name], 0));
    box.querySelector("th.way").textContent = now.way;
    box.querySelector("textarea").value = changed ? recipe(now) : "";
    draw(found);
    box.found = found;
    return found;
  }
  /** Another way to ask for what is selected now. */
  function translate(found) {
    about.groups.forEach((group, i) => {
      const one = found[i], way = select.value;
      const none = group.knots.scores[group.knots.scores.length - 1] + 1; // a cut that nothing reaches
      const value = way === "cut" ? one.cut ?? none : way === "tokens" ? one.tokens : way === "times" ? one.tokens / group.tokens : one.unique_tokens / group.tokens;
      givens[i].value = way === "cut" ? value : way === "tokens" ? Math.round(value) : +value.toPrecision(4);
    });
  }
  function restore() {
    select.value = about.way;
    shapes.forEach((input) => { input.value = about.shape[input.dataset.setting]; });
    givens.forEach((input, i) => { input.value = about.groups[i].given; });
    last = go();
  }
  let last = null;
  restore();
  const near = (a, b) => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b));
  box.querySelector(".wrong").hidden = last !== null && about.groups.every((group, i) =>
    near(last[i].tokens, group.expected.tokens) && near(last[i].documents, group.expected.documents) && near(last[i].top, group.top));
  for (const input of [...shapes, ...givens]) input.addEventListener("input", () => { last = go() ?? last; });
  select.addEventListener("input", () => { if (last) translate(last); last = go() ?? last; });
  back.addEventListener("click", restore);
  box.dataset.ready = "yes";
});
}
