"use strict";
// The fitted laws on the arrays of mixing/solver/members: values, slopes and Hessian at a mix.
const FLOOR = 1e-4, MOST = 30;
const dot = (a, b) => { let t = 0; for (let i = 0; i < a.length; i++) t += a[i] * b[i]; return t; };
const square = (n) => Array.from({ length: n }, () => new Float64Array(n));

function takeFeatures(fit, mix) {
  const n = mix.length, phi = [], steep = [], bend = [];
  for (let slot = 0; slot < 4; slot++) for (const list of [phi, steep, bend]) list.push(new Float64Array(n));
  for (let i = 0; i < n; i++) {
    const e = fit.epochs[i], repeated = e * mix[i] > 1, worth = Math.exp(-Math.max(e * mix[i] - 1, 0) / fit.decay);
    const seen = repeated ? (1 + fit.decay * (1 - worth)) / e : mix[i], bent = repeated ? (-e / fit.decay) * worth : 0;
    const root = Math.sqrt(seen + FLOOR), cube = Math.cbrt(seen + FLOOR);
    const values = [seen, root, cube, Math.log(seen + 0.01)];
    const slopes = [1, 0.5 / root, 1 / (3 * cube * cube), 1 / (seen + 0.01)];
    const bends = [0, -2 * slopes[1] ** 3, (-2 * slopes[2] ** 2) / cube, -(slopes[3] ** 2)];
    for (let slot = 0; slot < 4; slot++) {
      phi[slot][i] = values[slot];
      steep[slot][i] = slopes[slot] * worth;
      bend[slot][i] = bends[slot] * worth ** 2 + slopes[slot] * bent;
    }
  }
  return { phi, steep, bend };
}
function measureNearness(fit, columns, root) {
  const n = root.length, all = fit.rows, rows = all.length / n, inverse = fit.inverse, scaled = new Float64Array(n);
  fit.norms ??= Float64Array.from({ length: fit.evals * rows }, (_, k) => { // each row's own length, by eval
    let t = 0;
    for (let i = 0, e = Math.floor(k / rows) * n, r = (k % rows) * n; i < n; i++) t += inverse[e + i] * all[r + i] ** 2;
    return t;
  });
  return columns.map((e) => {
    const one = new Float64Array(rows);
    let own = 0;
    for (let i = 0; i < n; i++) { scaled[i] = inverse[e * n + i] * root[i]; own += scaled[i] * root[i]; }
    for (let r = 0, from = 0; r < rows; r++, from += n) {
      let along = 0;
      for (let i = 0; i < n; i++) along += scaled[i] * all[from + i];
      one[r] = Math.exp(-0.5 * Math.max(own + fit.norms[e * rows + r] - 2 * along, 0));
    }
    return one;
  });
}
// At a mix: what all members share. `bent`: also the Hessian of the evals' sum, each times its weight.
function look(fit, columns, mix) {
  if (fit.looked?.mix === mix && fit.looked.columns === columns) return fit.looked; // members share a start
  const at = takeFeatures(fit, mix);
  return (fit.looked = { ...at, mix, columns, near: measureNearness(fit, columns, at.phi[2]) });
}
function evaluate(fit, columns, at, member, slopes, weights) {
  const n = at.mix.length, E = fit.evals, rows = fit.rows.length / n, values = new Float64Array(columns.length);
  const jac = slopes ? columns.map(() => new Float64Array(n)) : null, curve = weights ? square(n) : null;
  const tilt = new Float64Array(n);
  for (let c = 0; c < columns.length; c++) {
    const e = columns[c], cell = member * E + e;
    values[c] = fit.base[cell];
    for (let k = 0; k < fit.laws.length; k++) {
      const law = fit.laws[k], low = fit.low[k][e], high = fit.high[k][e];
      if (high === low) continue; // of no weight in the stack
      const slots = law.slots, table = fit.slopes[k], from = cell * slots.length * n;
      const dual = law.form === "kernel" ? fit.dual.subarray(cell * rows, (cell + 1) * rows) : null;
      let value = 0, rise = 1;
      for (let s = 0, at_ = from; s < slots.length; s++) { const phi = at.phi[slots[s]]; for (let i = 0; i < n; i++) value += table[at_++] * phi[i]; }
      if (law.form === "exponential") value = rise = Math.exp(Math.min(value + fit.shift[k][cell], MOST));
      if (dual) value += dot(at.near[c], dual);
      value += fit.constant[k][cell];
      values[c] += Math.min(Math.max(value, low), high);
      if (!slopes || value <= low || value >= high) continue;
      const weight = weights ? weights[c] * rise : 0;
      tilt.fill(0);
      for (let s = 0, at_ = from; s < slots.length; s++) {
        const steep = at.steep[slots[s]], bend = at.bend[slots[s]];
        for (let i = 0; i < n; i++, at_++) {
          tilt[i] += table[at_] * steep[i];
          if (weights) curve[i][i] += weight * table[at_] * bend[i];
        }
      }
      if (weights && law.form === "exponential")
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) curve[i][j] += weight * tilt[i] * tilt[j];
      if (dual) addKernel(fit, e, at, at.near[c], dual, tilt, weight, curve);
      for (let i = 0; i < n; i++) jac[c][i] += rise * tilt[i];
    }
  }
  return { values, jac, curve };
}

function addKernel(fit, e, at, near, dual, tilt, weight, curve) {
  const n = tilt.length, root = at.phi[2], all = fit.rows, pull = new Float64Array(n), apart = new Float64Array(n);
  const inner = curve ? new Float64Array(n * n) : null;
  let total = 0;
  for (let r = 0; r < near.length; r++) {
    const g = near[r] * dual[r];
    if (g === 0) continue;
    total += g;
    for (let i = 0; i < n; i++) { apart[i] = all[r * n + i] - root[i]; pull[i] += g * apart[i]; }
    if (curve) for (let i = 0; i < n; i++) {
      const scaled = g * apart[i], from = i * n;
      for (let j = 0; j <= i; j++) inner[from + j] += scaled * apart[j];
    }
  }
  for (let i = 0; i < n; i++) {
    const own = fit.inverse[e * n + i], scale = own * at.steep[2][i];
    tilt[i] += pull[i] * scale;
    if (!curve) continue;
    for (let j = 0; j <= i; j++) {
      const bent = weight * inner[i * n + j] * scale * fit.inverse[e * n + j] * at.steep[2][j];
      curve[i][j] += bent;
      if (j < i) curve[j][i] += bent;
    }
    curve[i][i] += weight * own * (pull[i] * at.bend[2][i] - total * at.steep[2][i] ** 2);
  }
}
