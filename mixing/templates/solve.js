"use strict";
// The steps of mixing/solver (quadratic, descent, doubt), for the page and offline; what it solves is in laws.js.
const SOFT = 1e-4, BREACH = 100, ROUNDS = 40, LINES = 6, LEAST = 0.1, PRICED = 1e-6, NEAR = 1e-11;
const ROUGH = 1e-4, OWN = 1e-6, FINE = 1e-10, STILL = 1e-4, STARTS = 2, HALVINGS = 8;
const sum = (a) => a.reduce((t, v) => t + v, 0);
const most = (a) => a.reduce((t, v) => Math.max(t, v), 0);
const farthest = (a, b) => a.reduce((t, v, i) => Math.max(t, Math.abs(v - b[i])), 0);

// --- a quadratic programme (Mehrotra 1992)
function factor(matrix) {
  const n = matrix.length, low = square(n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) {
    let t = matrix[i][j];
    for (let k = 0; k < j; k++) t -= low[i][k] * low[j][k];
    if (i === j) { if (!(t > 0)) return null; low[i][i] = Math.sqrt(t); } else low[i][j] = t / low[j][j];
  }
  return low;
}
function back(low, right) {
  const n = low.length, x = Float64Array.from(right);
  for (let i = 0; i < n; i++) { for (let k = 0; k < i; k++) x[i] -= low[i][k] * x[k]; x[i] /= low[i][i]; }
  for (let i = n - 1; i >= 0; i--) { for (let k = i + 1; k < n; k++) x[i] -= low[k][i] * x[k]; x[i] /= low[i][i]; }
  return x;
}
function minimize(hessian, slope, rows, bounds, total) {
  const n = slope.length, m = rows.length, vector = (size) => new Float64Array(size);
  // Most rows are bounds of one variable: only what is not 0 is gone through.
  const places = rows.map((row) => { const at = []; for (let i = 0; i < n; i++) if (row[i]) at.push(i); return at; });
  const times = (x) => { const out = vector(m); for (let r = 0; r < m; r++) for (const i of places[r]) out[r] += rows[r][i] * x[i]; return out; };
  const add = (out, y) => { for (let r = 0; r < m; r++) for (const i of places[r]) out[i] += rows[r][i] * y[r]; return out; };
  let scale = 1e-2, level = 0;
  for (let i = 0; i < n; i++) scale = Math.max(scale, Math.abs(slope[i]));
  const x = vector(n), slack = Float64Array.from(bounds, (b) => Math.max(b, 1e-2)), price = vector(m).fill(scale);
  const short = vector(m), tilt = vector(n), push = vector(m), give = vector(m), change = vector(m), matrix = square(n);
  for (let round = 0; round < 50; round++) {
    const gap = dot(slack, price) / m, along = times(x);
    let missed = 0, leaning = 0;
    for (let r = 0; r < m; r++) { short[r] = along[r] + slack[r] - bounds[r]; missed = Math.max(missed, Math.abs(short[r])); }
    for (let i = 0; i < n; i++) tilt[i] = slope[i] + dot(hessian[i], x) + level * total[i];
    for (const v of add(tilt, price)) leaning = Math.max(leaning, Math.abs(v));
    if (gap < NEAR * scale && missed < NEAR && leaning < 1e3 * NEAR * scale) break;
    for (let i = 0; i < n; i++) matrix[i].set(hessian[i]);
    for (let r = 0; r < m; r++) for (const i of places[r]) for (const j of places[r]) matrix[i][j] += (price[r] / slack[r]) * rows[r][i] * rows[r][j];
    const low = factor(matrix);
    if (!low) break;
    const even = back(low, total), aim = vector(m);
    let step, move, rise;
    for (let part = 0; part < 2; part++) {
      for (let r = 0; r < m; r++) push[r] = price[r] - (aim[r] + price[r] * short[r]) / slack[r];
      move = back(low, add(tilt.map((v) => -v), push));
      rise = (dot(total, move) + dot(total, x)) / dot(total, even);
      for (let i = 0; i < n; i++) move[i] -= rise * even[i];
      const there = times(move);
      let worst = 0.1, left = 0;
      for (let r = 0; r < m; r++) {
        give[r] = -short[r] - there[r];
        change[r] = (price[r] / slack[r]) * there[r] - push[r];
        worst = Math.max(worst, -give[r] / slack[r], -change[r] / price[r]);
      }
      step = Math.min(1, 0.995 / worst);
      for (let r = 0; r < m; r++) left += ((slack[r] + step * give[r]) * (price[r] + step * change[r])) / m;
      if (part === 0) for (let r = 0; r < m; r++) aim[r] = (left / gap) ** 3 * gap - give[r] * change[r];
    }
    for (let i = 0; i < n; i++) x[i] += step * move[i];
    for (let r = 0; r < m; r++) { slack[r] += step * give[r]; price[r] += step * change[r]; }
    level += step * rise;
  }
  return { x, price: Array.from(price) };
}

// --- descent
const ones = (n) => new Array(n).fill(1);
const unit = (n, i, v) => { const row = new Array(n).fill(0); row[i] = v; return row; };
function listRows(p, mix) {
  const n = mix.length, within = p.groups.map((g) => dot(g, mix)), index = [...mix.keys()];
  return {
    rows: [...index.map((i) => unit(n, i, -1)), ...index.map((i) => unit(n, i, 1)), ...p.groups.map((g) => g.map((v) => -v)), ...p.groups],
    bounds: [...index.map((i) => mix[i] - p.lower[i]), ...index.map((i) => p.upper[i] - mix[i]),
      ...within.map((v, g) => v - p.least[g]), ...within.map((v, g) => p.most[g] - v)],
  };
}
function keep(p, mix) {
  const inside = Array.from(mix, (v, i) => Math.min(Math.max(v, p.lower[i]), p.upper[i])), total = sum(inside);
  return inside.map((v) => v / total);
}
function project(p, mix) {
  const total = sum(mix), inside = Array.from(mix, (v) => v / total), { rows, bounds } = listRows(p, inside);
  if (bounds.every((b) => b >= 0)) return inside;
  const one = inside.map((_, i) => unit(inside.length, i, 1));
  const { x } = minimize(one, inside.map(() => 0), rows, bounds, ones(inside.length));
  return keep(p, inside.map((v, i) => v + x[i]));
}
function bendUpward(curve) {
  const n = curve.length, shift = 1e-4 * (sum(curve.map((row, i) => Math.abs(row[i]))) / n) + 1e-6;
  const raised = curve.map((row, i) => { const line = Float64Array.from(row); line[i] += shift; return line; });
  if (factor(raised)) return raised;
  const left = raised.map((row) => row.slice()), least = 1e-6 * Math.max(...raised.map((row) => row.reduce((t, v) => Math.max(t, Math.abs(v)), 0))) + 1e-9;
  for (let k = 0; k < n; k++) {
    const pivot = left[k][k];
    let apart = 0, lack = 0;
    for (let i = k + 1; i < n; i++) apart = Math.max(apart, left[i][k] ** 2 / Math.max(Math.abs(left[i][i]), least));
    if (!(pivot > least)) lack = Math.max(Math.abs(pivot), least, apart) - pivot;
    raised[k][k] += lack;
    for (let i = k + 1; i < n; i++) for (let j = k + 1; j < n; j++) left[i][j] -= (left[i][k] * left[k][j]) / (pivot + lack);
  }
  return raised;
}
function findStep(p, mix, at) {
  const n = mix.length, curve = bendUpward(at.curve), { rows, bounds } = listRows(p, mix);
  if (!at.breach.length) return { move: minimize(curve, Array.from(at.slope), rows, bounds, ones(n)).x, prices: [], left: 0 };
  const wide = [...curve.map((row) => [...row, 0]), unit(n + 1, n, 1e-3)], missing = unit(n + 1, n, -1);
  const all = [...rows.map((row) => [...row, 0]), ...at.steep.map((row) => [...row, -1]), missing];
  const { x, price } = minimize(wide, [...at.slope, BREACH], all, [...bounds, ...at.breach.map((b) => -b), 0], [...ones(n), 0]);
  return { move: x.subarray(0, n), prices: price.slice(-1 - at.breach.length, -1), left: x[n] };
}
function descend(p, goal, start, fine) {
  let mix = start, prices = null, at = goal(mix, prices);
  for (let round = 0; round < ROUNDS; round++) {
    const found = findStep(p, mix, at);
    prices = found.prices;
    const rate = Math.min(BREACH, 2 * sum(prices) + LEAST), judge = (point) => point.value + rate * most(point.breach);
    const drop = dot(at.slope, found.move) + rate * (found.left - most(at.breach));
    if (drop > -fine) break;
    let length = 1, there, then;
    for (; length > 1e-4; length *= 0.5) {
      there = keep(p, mix.map((v, i) => v + length * found.move[i]));
      then = goal(there, prices);
      if (judge(then) <= judge(at) + 1e-4 * length * drop) break;
    }
    if (length <= 1e-4) break;
    mix = there;
    at = then;
  }
  return { mix, prices, merit: at.value + BREACH * most(at.breach), slope: at.slope };
}
function pullToNatural(p, mix, slope, curve) {
  let value = 0;
  mix.forEach((w, i) => {
    const log = Math.log((w + SOFT) / (p.natural[i] + SOFT));
    value += p.kl * (w + SOFT) * log;
    slope[i] += p.kl * (log + 1);
    if (curve) curve[i][i] += p.kl / (w + SOFT);
  });
  return value;
}
const weigh = (weights, rows, n) => { const t = new Array(n).fill(0); rows.forEach((row, e) => { for (let i = 0; i < n; i++) t[i] += weights[e] * row[i]; }); return t; };
function follow(p, weights, member, fixed) {
  return (mix) => {
    const found = evaluate(p.fit, p.columns, look(p.fit, p.columns, mix), member, true, fixed ? null : weights);
    const slope = weigh(weights, found.jac, mix.length);
    const value = dot(weights, found.values) + pullToNatural(p, mix, slope, found.curve);
    return { value, slope, breach: [], steep: [], curve: fixed ?? found.curve };
  };
}
function linearize(p, center) {
  const n = center.length, at = look(p.fit, p.columns, center), M = p.fit.members - 1, changes = [], tilts = [];
  for (let m = 1; m <= M; m++) {
    const { values, jac } = evaluate(p.fit, p.columns, at, m, true);
    changes.push(values.map((v, e) => v - p.reference[m][e]));
    tilts.push(jac);
  }
  p.columns.forEach((_, e) => {
    const mean = sum(changes.map((row) => row[e])) / M, slope = weigh(ones(M), tilts.map((t) => t[e]), n).map((v) => v / M);
    for (let m = 0; m < M; m++) { changes[m][e] -= mean; for (let i = 0; i < n; i++) tilts[m][e][i] -= slope[i]; }
  });
  return { center, changes, tilts };
}
function guard(p, { center, changes, tilts }) {
  const M = changes.length, guarded = p.columns.map((_, e) => e).filter((e) => p.limits[e] !== null);
  return (mix, prices) => {
    const n = mix.length, weights = p.omega.slice();
    if (prices) guarded.forEach((e, g) => (weights[e] += prices[g]));
    const { values, jac, curve } = evaluate(p.fit, p.columns, look(p.fit, p.columns, mix), 0, true, weights);
    const slope = weigh(p.omega, jac, n), change = values.map((v, e) => v - p.reference[0][e]);
    const value = dot(p.omega, change) + pullToNatural(p, mix, slope, curve), breach = [], steep = [];
    const apart = mix.map((w, i) => w - center[i]), away = mix.map((w, i) => w - p.natural[i]), far = dot(away, away);
    for (const e of guarded) {
      const off = changes.map((row, m) => row[e] + dot(tilts[m][e], apart));
      const wrong = p.residual[e] ** 2, error = p.stretch[e] * Math.sqrt(dot(off, off) / M + wrong * far + 1e-12), share = p.stretch[e] ** 2 / error;
      const lean = weigh(off, tilts.map((t) => t[e]), n).map((v, i) => share * (v / M + wrong * away[i])), price = weights[e] - p.omega[e];
      breach.push(change[e] + p.reach * error - p.limits[e]);
      steep.push(Array.from(jac[e], (v, i) => v + p.reach * lean[i]));
      if (price > PRICED) for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
        let bent = i === j ? M * wrong : 0;
        for (const tilt of tilts) bent += tilt[e][i] * tilt[e][j];
        curve[i][j] += p.reach * price * ((share * bent) / M - (lean[i] * lean[j]) / error);
      }
    }
    return { value, slope, breach, steep, curve };
  };
}
const allChanges = (p, mix) => {
  const at = look(p.fit, p.columns, mix), rows = [];
  for (let m = 0; m < p.fit.members; m++) rows.push(evaluate(p.fit, p.columns, at, m).values.map((v, e) => v - p.reference[m][e]));
  return rows;
};
const spread = (values) => { const mean = sum(values) / values.length; return sum(values.map((v) => (v - mean) ** 2)) / values.length; };
const measureFar = (p, mix) => sum(mix.map((w, i) => (w - p.natural[i]) ** 2));
const measureErrors = (p, changes, mix) => p.columns.map((_, e) => p.stretch[e] * Math.sqrt(spread(changes.map((row) => row[e])) + p.residual[e] ** 2 * measureFar(p, mix)));
// What no setting changes, of all evals: the members at natural and around it, and the candidates' values.
function prepare(p) {
  const columns = Array.from({ length: p.fit.evals }, (_, e) => e), zero = new Array(p.fit.members).fill(columns.map(() => 0));
  const all = { ...p, columns, reference: zero }, reference = allChanges(all, p.natural);
  const values = p.candidates.map((mix) => evaluate(p.fit, columns, look(p.fit, columns, mix), 0).values);
  return { reference, values, around: linearize({ ...all, reference }, p.natural) };
}
function optimize(p) {
  const known = (p.fit.known ??= prepare(p)), pick = (row) => p.columns.map((e) => row[e]);
  p.reference = known.reference.map(pick);
  const around = { center: p.natural, changes: known.around.changes.map(pick), tilts: known.around.tilts.map(pick) };
  const value = new Map(known.values.map((row, c) => [p.candidates[c], dot(p.omega, pick(row))]));
  const far = p.candidates.filter((mix) => farthest(mix, p.natural) >= 1e-9).sort((a, b) => value.get(a) - value.get(b));
  let best = null;
  for (const start of [p.natural, ...far.slice(0, STARTS)]) {
    const found = descend(p, guard(p, around), project(p, start), ROUGH);
    if (!best || found.merit < best.merit - ROUGH) best = found;
  }
  const guarded = p.limits.some((limit) => limit !== null);
  for (let line = 0; line < (guarded ? LINES : 1); line++) {
    const before = best.mix;
    best = descend(p, guard(p, linearize(p, before)), before, FINE);
    if (farthest(best.mix, before) < STILL) break;
  }
  const prices = p.columns.map(() => 0), changes = allChanges(p, best.mix), errors = measureErrors(p, changes.slice(1), best.mix);
  p.columns.map((_, e) => e).filter((e) => p.limits[e] !== null).forEach((e, g) => (prices[e] = best.prices[g]));
  const rises = p.columns.map((_, e) => changes[0][e] + p.reach * errors[e]);
  return { mix: best.mix, prices, rises, broken: p.columns.map((_, e) => e).filter((e) => p.limits[e] !== null && rises[e] > p.limits[e] + 1e-4) };
}
const quantile = (values, q) => { const s = [...values].sort((a, b) => a - b), at = q * (s.length - 1), k = Math.floor(at); return s[k] + (at - k) * ((s[k + 1] ?? s[k]) - s[k]); };
// The variance of runs of one mix.
function measureNoise(repeats, errors) {
  const groups = repeats.map((rows) => rows.map((r) => errors[r]).filter(Number.isFinite)).filter((row) => row.length > 1);
  const free = sum(groups.map((row) => row.length - 1));
  return free ? sum(groups.map((row) => row.length * spread(row))) / free : 0;
}
// As mixing.regression.gain:measure_error, on the same cross-fitted errors.
function measureGainError(p, gains, mix) {
  const R = p.candidates.length, E = p.fit.evals, all = [...p.candidates.keys()];
  const errors = all.map((r) => sum(p.columns.map((e, c) => (p.omega[c] ? p.omega[c] * p.errors[e * R + r] : 0))));
  const changes = gains.map((_, m) => all.map((r) => sum(p.columns.map((e, c) => p.omega[c] * p.trained[(m * E + e) * R + r]))));
  const known = p.judged.filter((r) => Number.isFinite(errors[r])), { share } = p;
  const noise = measureNoise(p.repeats, errors), takeOff = (variance, noise) => Math.max(variance - noise, share.blamed * variance);
  const residual = (share.residual / p.distance) * Math.sqrt(takeOff(sum(known.map((r) => errors[r] ** 2)) / known.length, noise)), guess = all.map((r) => sum(changes.map((row) => row[r])));
  const rows = [...known].sort((a, b) => guess[a] - guess[b]).slice(0, Math.max(Math.floor(share.best * known.length), share.least));
  const spreads = rows.map((r) => {
    const column = changes.map((row) => row[r]), unseen = column.filter((_, m) => p.unseen[m][r]);
    return spread(unseen.length > 2 ? unseen : column) + residual ** 2 * measureFar(p, p.candidates[r]);
  });
  const ratio = sum(rows.map((r, k) => errors[r] ** 2 / spreads[k])) / rows.length, even = sum(spreads.map((one) => 1 / one)) / rows.length;
  const stretch = Math.sqrt(takeOff(ratio, noise * even));
  const told = rows.map((r) => errors[r]), lost = Math.max(Math.sqrt(spread(told) / told.length) - sum(told) / told.length, 0);
  return { error: stretch * Math.sqrt(spread(gains) + residual ** 2 * measureFar(p, mix)), wrong: stretch * residual, lost };
}
// The gain with its interval, and how each weight varies among what may be the best mix.
function study(p, best, reach) {
  const weights = p.omega.map((v, e) => v + best.prices[e]), moved = [], changes = allChanges(p, best.mix);
  const { error, wrong, lost } = measureGainError(p, changes.slice(1).map((row) => -dot(p.omega, row)), best.mix);
  let luck = 0;
  for (let m = 1; m < p.fit.members; m++) {
    const { curve } = follow(p, weights, m)(best.mix); // it does not go far
    const { mix, slope } = descend(p, follow(p, weights, m, curve), best.mix, OWN), at = look(p.fit, p.columns, mix);
    const { rows, bounds } = listRows(p, mix), tilt = p.tilts[m - 1].map((v, i) => slope[i] + p.rough * wrong * v);
    const { x } = minimize(bendUpward(curve), tilt, rows, bounds, ones(mix.length));
    const [fit, self] = [0, m].map((k) => dot(p.omega, evaluate(p.fit, p.columns, at, k).values) - dot(p.omega, p.reference[k]));
    luck += (fit - self) / (p.fit.members - 1);
    moved.push(keep(p, mix.map((w, i) => w + x[i])));
  }
  const still = farthest(best.mix, p.natural) < 1e-9, naive = -dot(p.omega, changes[0]);
  const ends = (q, pick) => Array.from(best.mix, (w, i) => pick(w, quantile(moved.map((mix) => mix[i]), q)));
  const corrected = naive - Math.max(Math.min(luck, lost), 0), gain = { naive, corrected, error, low: corrected - reach * error, high: corrected + reach * error };
  if (still) for (const key of Object.keys(gain)) gain[key] = 0;
  return { gain, epsilon: error, low: ends(0.05, Math.min), high: ends(0.95, Math.max) };
}
// The weights of mixes within epsilon bits of the best: the least and the most of each.
function measureRanges(p, best, epsilon) {
  const weights = p.omega.map((v, e) => v + best.prices[e]), mix = best.mix, n = mix.length, at = follow(p, weights, 0)(mix);
  const curve = bendUpward(at.curve), goal = follow(p, weights, 0, curve), { rows, bounds } = listRows(p, mix), low = factor(curve);
  const flat = mix.map((_, i) => back(low, unit(n, i, 1))), even = flat.map(sum), total = sum(even), ends = [Array.from(mix), Array.from(mix)];
  for (let i = 0; i < n; i++) [-1, 1].forEach((sign, side) => {
    const free = Math.max(flat[i][i] - even[i] ** 2 / total, 1e-12), slope = Array.from(at.slope);
    slope[i] -= sign * Math.sqrt((2 * Math.max(epsilon, FINE)) / free);
    const move = minimize(curve, slope, rows, bounds, ones(n)).x;
    const inside = (share) => goal(mix.map((w, k) => Math.max(w + share * move[k], 0))).value <= at.value + epsilon;
    let least = 0, most_ = 1;
    if (inside(1)) least = 1;
    else for (let k = 0; k < HALVINGS; k++) { const middle = (least + most_) / 2; if (inside(middle)) least = middle; else most_ = middle; }
    ends[side][i] = (side ? Math.max : Math.min)(mix[i], mix[i] + least * move[i]);
  });
  return { low: ends[0], high: ends[1] };
}
