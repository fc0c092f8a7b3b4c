// The threshold explorer. The signals of a stage's documents stand in the page; when a threshold moves,
// all documents are judged anew, so the yield is that of a rerun. `judge` and `sweep` are all that counts.
"use strict";
const TYPES = { u1: Uint8Array, u2: Uint16Array, i4: Int32Array, f4: Float32Array, f8: Float64Array };
const NONE = 65535;
const STEPS = 1000; // of a slider
const PLACE = ["source", "url", "uri", "key"];
const MOST = 6; // documents of a kind that are shown

/** Which documents break a rule; compared as the pipeline does it: float32 with float32, NaN breaks nothing. */
function judge(rule, values) {
  const broken = new Uint8Array(values.length);
  const kind = rule.setting ? rule.setting.slice(0, 4) : "drop";
  const limit = values instanceof Float32Array ? Math.fround(rule.value) : rule.value;
  for (let i = 0; i < values.length; i++) {
    if (kind === "min_") broken[i] = values[i] < limit;
    else if (kind === "max_") broken[i] = values[i] > limit;
    else broken[i] = limit !== false && values[i] > 0;
  }
  return broken;
}

/** Documents and tokens: kept by source, and, of all sources or `only` one, in all, and by rule those that break
 * it, break it first, break only it. */
function sweep(rules, source, sources, tokens, only = -1) {
  const first = new Uint16Array(source.length).fill(NONE), hits = new Uint16Array(source.length);
  const sum = () => ({ documents: 0, tokens: 0 });
  const kept = sources.map(sum), all = sum(), squares = { documents: 0, tokens: 0 };
  const counts = rules.map(() => ({ alone: sum(), order: sum(), only: sum() }));
  const add = (to, i) => { to.documents += 1; to.tokens += tokens[i]; };
  for (let r = rules.length - 1; r >= 0; r--) {
    const broken = rules[r].broken, alone = counts[r].alone;
    for (let i = 0; i < broken.length; i++) {
      if (!broken[i]) continue;
      first[i] = r;
      hits[i] += 1;
      if (only < 0 || source[i] === only) add(alone, i);
    }
  }
  for (let i = 0; i < first.length; i++) {
    const asked = only < 0 || source[i] === only;
    if (first[i] === NONE) add(kept[source[i]], i);
    if (!asked) continue;
    if (first[i] === NONE) {
      add(all, i);
      squares.documents += 1;
      squares.tokens += tokens[i] * tokens[i];
    } else {
      add(counts[first[i]].order, i);
      if (hits[i] === 1) add(counts[first[i]].only, i);
    }
  }
  return { kept, all, squares, counts, first };
}

async function unpack(about) {
  const bytes = Uint8Array.from(atob(about.data), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  return about.columns.map((column) => new TYPES[column.type](buffer, column.at, about.rows));
}

const place = (rule, value) => { // of a value on the slider, in [0, 1]
  const span = rule.log ? Math.log(rule.high / rule.low) : rule.high - rule.low;
  const at = (rule.log ? Math.log(Math.max(value, rule.low) / rule.low) : value - rule.low) / (span || 1);
  return Math.min(1, Math.max(0, at));
};
const value_at = (rule, at) => {
  const value = rule.log ? rule.low * (rule.high / rule.low) ** at : rule.low + at * (rule.high - rule.low);
  return rule.whole ? Math.round(value) : Number(value.toPrecision(3));
};

/** Two paths of bars: documents on the kept side of the threshold, and beyond it. */
function bars(rule, values, source, only) {
  const bins = new Array(50).fill(0);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]) || (only >= 0 && source[i] !== only)) continue;
    bins[Math.min(49, Math.floor(place(rule, values[i]) * 50))] += 1;
  }
  const most = Math.sqrt(Math.max(...bins)) || 1;
  return bins.map((count) => (count ? Math.max(1, (28 * Math.sqrt(count)) / most) : 0));
}
function draw(view, rule) {
  const at = place(rule, rule.value), below = rule.setting.startsWith("min_");
  const paths = { kept: "", broken: "" };
  rule.bars.forEach((height, bin) => {
    const beyond = below ? (bin + 0.5) / 50 < at : (bin + 0.5) / 50 > at;
    if (height) paths[beyond ? "broken" : "kept"] += `M${bin * 4} 28v${-height}h3.4v${height}z`;
  });
  for (const name of ["kept", "broken"]) view.querySelector(`path.${name}`).setAttribute("d", paths[name]);
}

const whole = (number) => Math.round(number).toLocaleString("en-US");
const short = (number) => number.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });
const percent = (part, of) => (of ? `${((100 * part) / of).toFixed(1)}%` : "–");

class Explorer {
  constructor(root, about, columns) {
    Object.assign(this, { root, about, columns });
    this.factor = about.of / about.rows;
    this.only = -1; // or the source that is looked at
    this.rules = about.rules.map((rule) => ({ ...rule, set: rule.value, view: null }));
    for (const rule of this.rules) this.judge(rule);
    for (const view of root.querySelectorAll("[data-rule]")) this.bind(view, this.rules[view.dataset.rule]);
    root.querySelector("button").addEventListener("click", () => this.rules.forEach((rule) => this.move(rule, rule.set)));
    bind_copy(root.querySelector(".copying"), root.querySelector("textarea"));
    const of = root.querySelector("select.of");
    if (of) of.addEventListener("change", () => this.look_at(Number(of.value)));
    this.before = this.count();
    const wrong = this.factor === 1 && this.before.all.documents !== about.kept;
    root.querySelector(".wrong").hidden = !wrong;
    this.show();
    root.dataset.ready = wrong ? "wrong" : "yes";
  }
  judge(rule) { rule.broken = judge(rule, this.columns[rule.column]); }
  count() { return sweep(this.rules, this.columns[0], this.about.sources, this.columns[1], this.only); }

  /** Counts, curves and documents of one source, or of all. */
  look_at(only) {
    this.only = only;
    const now = this.rules.map((rule) => rule.broken);
    for (const rule of this.rules) if (rule.view) this.judge(Object.assign(rule, { now: rule.value, value: rule.set }));
    this.before = this.count();
    this.rules.forEach((rule, r) => {
      rule.broken = now[r];
      if (!rule.view) return;
      rule.value = rule.now;
      if (rule.bars) Object.assign(rule, { bars: bars(rule, this.columns[rule.column], this.columns[0], only) });
      if (rule.bars) draw(rule.view, rule);
    });
    this.show();
  }

  bind(view, rule) {
    if (!rule.setting) return;
    rule.view = view;
    const number = view.querySelector("input.value"), slider = view.querySelector("input[type=range]");
    const read = () => (number.type === "checkbox" ? number.checked : number.value === "" ? NaN : Number(number.value));
    number.addEventListener("input", () => { if (!Number.isNaN(read())) this.move(rule, read(), number); });
    number.addEventListener("change", () => this.move(rule, rule.value));
    if (!slider) return;
    rule.bars = bars(rule, this.columns[rule.column], this.columns[0], this.only);
    slider.addEventListener("input", () => this.move(rule, value_at(rule, slider.value / STEPS), slider));
    slider.value = place(rule, rule.value) * STEPS;
    draw(view, rule);
  }

  /** A threshold gets a new value; `by` is the control that a hand is on. */
  move(rule, value, by) {
    if (!rule.view) return;
    const changed = rule.value !== value;
    rule.value = value;
    const number = rule.view.querySelector("input.value"), slider = rule.view.querySelector("input[type=range]");
    if (number.type === "checkbox") number.checked = value;
    else if (number !== by) number.value = value;
    if (slider && slider !== by) slider.value = place(rule, value) * STEPS;
    if (slider) draw(rule.view, rule);
    const beyond = rule.view.querySelector(".beyond");
    if (beyond) beyond.hidden = value >= rule.low && value <= rule.high;
    rule.view.classList.toggle("moved", value !== rule.set);
    if (changed) { this.judge(rule); this.queue(); }
  }
  queue() { // several movements between two pictures are one
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => { this.queued = false; this.show(); });
  }

  show() {
    const now = this.count();
    for (const unit of ["documents", "tokens"]) this.show_total(unit, now);
    this.about.sources.forEach((_, s) => {
      const row = this.root.querySelector(`[data-source="${s}"]`);
      for (const unit of ["documents", "tokens"]) this.show_pair(row, unit, this.before.kept[s][unit], now.kept[s][unit]);
    });
    for (const view of this.root.querySelectorAll("[data-rule]")) {
      const counts = now.counts[view.dataset.rule]; // in whole documents; tokens are rounded here
      for (const cell of view.querySelectorAll("[data-count]")) {
        const { documents, tokens } = counts[cell.dataset.count];
        cell.querySelector("b").textContent = whole(documents * this.factor);
        cell.querySelector("small").textContent = this.about.tokens ? `${short(tokens * this.factor)} tokens` : "";
      }
    }
    this.root.querySelector("textarea").value = this.snippet();
    const moved = this.rules.some((rule) => rule.value !== rule.set);
    for (const button of this.root.querySelectorAll("button")) button.disabled = !moved;
    this.show_moves(now, moved);
  }

  /** Documents that are kept now and were not, and the other way; with the rule that dropped, or drops, them. */
  show_moves(now, moved) {
    const view = this.root.querySelector(".moves");
    if (!view) return;
    view.hidden = !moved;
    const there = this.about.examples.filter(({ row }) => this.only < 0 || this.columns[0][row] === this.only);
    const list = (name, head, was, is) => {
      const found = there.filter(({ row }) => was.first[row] !== NONE && is.first[row] === NONE);
      view.querySelector(`.${name}`).replaceChildren(...found.slice(0, MOST).map((doc) => this.show_doc(doc, was.first[doc.row])));
      return `${head}: ${found.length}${found.length > MOST ? `, of which ${MOST} are shown` : ""}`;
    };
    view.querySelector("b.inside").textContent = list("back", "brought back", this.before, now);
    view.querySelector("b.outside").textContent = list("lost", "lost", now, this.before);
  }
  show_doc(doc, r) {
    const rule = this.rules[r], make = (name, kind, text) => Object.assign(document.createElement(name), { className: kind, textContent: text });
    const value = rule.setting ? `${rule.signal} ${Number(this.columns[rule.column][doc.row].toPrecision(5))}` : rule.reason;
    const chips = make("div", "chips", "");
    chips.append(make("span", "broke", value));
    const told = PLACE.filter((name) => doc.place[name]).map((name) => `${name} ${doc.place[name]}`).join(" · ");
    const view = make("div", "doc", "");
    view.append(chips, make("span", "place", told));
    view.append(doc.text === null ? make("small", "", " · no text of it is kept") : make("blockquote", "", doc.text));
    return view;
  }
  show_total(unit, now) {
    const view = this.root.querySelector(`.total.${unit}`);
    if (!view) return;
    this.show_pair(view, unit, this.before.all[unit], now.all[unit]);
    if (this.factor === 1) return;
    const n = this.about.rows, mean = now.all[unit] / n;
    const spread = Math.sqrt(Math.max(0, now.squares[unit] / n - mean * mean) * (1 - 1 / this.factor) / n);
    view.querySelector(".margin").textContent = ` ± ${whole(1.96 * spread * this.about.of)}`;
  }
  show_pair(view, unit, was, is) {
    const cell = view.querySelector(`.now.${unit}`), change = view.querySelector(`.change.${unit}`);
    if (!cell) return; // no tokens were counted
    cell.textContent = whole(is * this.factor);
    change.textContent = is === was ? "as in the run" : `${is > was ? "+" : "−"}${percent(Math.abs(is - was), was)}`;
    change.classList.toggle("up", is > was);
    change.classList.toggle("down", is < was);
  }

  /** What to write into the recipe. */
  snippet() {
    const lines = this.about.steps.map((use, step) => {
      const moved = this.rules.filter((rule) => rule.step === step && rule.setting && rule.value !== rule.set);
      return moved.length ? `  { use = "${use}", ${moved.map((rule) => `${rule.setting} = ${rule.value}`).join(", ")} },` : "";
    });
    const changed = lines.filter(Boolean);
    return changed.length ? [`# in the steps of the stage "${this.about.stage}":`, ...changed].join("\n") : "";
  }
}

if (typeof document !== "undefined") {
  for (const root of document.querySelectorAll(".explorer")) {
    when_open(root, async () => {
      const about = JSON.parse(document.getElementById(root.dataset.signals).textContent);
      new Explorer(root, about, await unpack(about));
    });
  }
}
