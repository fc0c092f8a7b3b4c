"use strict";
/** Run something when what a view stands in is open, at once or when it is opened. */
function when_open(view, act) {
  const shut = view.closest("details:not([open])");
  if (!shut) act();
  else shut.addEventListener("toggle", () => when_open(view, act), { once: true });
}
/** An address within the page opens what it leads to. */
function open_to(hash) {
  const view = hash && document.getElementById(decodeURIComponent(hash.slice(1)));
  if (!view) return;
  for (let fold = view.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  view.scrollIntoView();
}
addEventListener("hashchange", () => open_to(location.hash));
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (link && link.hash === location.hash) open_to(link.hash); // once more
});
open_to(location.hash);

const every = document.querySelector(".every");
every.hidden = false;
for (const [name, open] of [["open", true], ["shut", false]])
  every.querySelector(`.${name}`).addEventListener("click", () => {
    for (const fold of document.querySelectorAll("details.fold")) fold.open = open;
  });

/** What the bins of a histogram hold, as titles, from when the pointer first comes to it. */
document.addEventListener("pointerover", (event) => {
  const chart = event.target.closest?.("svg.histogram:not(.told)");
  if (!chart) return;
  chart.classList.add("told");
  const edges = chart.dataset.edges.split(","), groups = chart.dataset.bins.split("|").map((group) => group.split(":"));
  const counts = groups.map(([, numbers]) => numbers.split(",").map(Number));
  const sums = counts.map((numbers) => numbers.reduce((a, b) => a + b, 0));
  const width = 288 / (edges.length - 1); // bins stand evenly on both scales
  for (let bin = 0; bin + 1 < edges.length; bin++) {
    const box = document.createElementNS(chart.namespaceURI, "rect"), title = document.createElementNS(chart.namespaceURI, "title");
    for (const [name, value] of [["x", 42 + bin * width], ["y", 10], ["width", width], ["height", 132], ["fill", "transparent"]]) box.setAttribute(name, value);
    title.textContent = [`${edges[bin]} to ${edges[bin + 1]}`, ...groups.map(([group], g) =>
      `${group}: ${counts[g][bin].toLocaleString("en-US")} (${((100 * counts[g][bin]) / (sums[g] || 1)).toFixed(1)}%)`)].join("\n");
    box.append(title);
    chart.append(box);
  }
});

/** Lines through points, with round numbers at both axes. `lines`: [{ name, color, points: [[x, y], ...] }]; `percent` names the
 * axes in shares; from zero up on both, `most` is where they end at least. */
function draw_lines(view, lines, percent, most = {}) {
  const all = lines.flatMap((line) => line.points), low = Math.min(0, ...all.map(([x]) => x));
  const end = { x: Math.max(most.x ?? 0, ...all.map(([x]) => x)) || 1, y: Math.max(most.y ?? 0, ...all.map(([, y]) => y)) || 1 };
  const x = (value) => 46 + 430 * (value - low) / (end.x - low), y = (value) => 208 - 194 * value / end.y;
  const show = (axis, value) => (percent.includes(axis) ? `${+(100 * value).toPrecision(6)}%` : +value.toPrecision(6));
  const ticks = (from, to) => {
    const size = 10 ** Math.floor(Math.log10((to - from) / 5)), step = [1, 2, 5, 10].map((n) => n * size).find((one) => (to - from) / one <= 5);
    const found = [];
    for (let n = Math.ceil(from / step - 1e-9); n * step <= to + 1e-9; n++) found.push(n * step);
    return found;
  };
  const escape = (name) => name.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  view.innerHTML = `<svg viewBox="0 0 490 ${lines.length > 1 ? 250 : 232}" role="img" aria-label="${escape(view.dataset.label ?? "")}">` +
    ticks(0, end.y).map((at) => `<path class="grid" d="M46 ${y(at)}H476"/><text x="41" y="${y(at) + 4}" text-anchor="end">${show("y", at)}</text>`).join("") +
    ticks(low, end.x).map((at) => `<text x="${x(at)}" y="224" text-anchor="middle">${show("x", at)}</text>`).join("") +
    lines.map(({ color, points }) => (points.length > 1
      ? `<path class="line" stroke="${color}" d="M${points.map(([a, b]) => `${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("L")}"/>`
      : points.map(([a, b]) => `<circle r="4" fill="${color}" cx="${x(a)}" cy="${y(b)}"/>`).join(""))).join("") +
    (lines.length > 1 ? `<text x="40" y="244">${lines.map(({ name, color }) => `<tspan dx="8" fill="${color}">● ${escape(name)}</tspan>`).join("")}</text>` : "") + "</svg>";
}

/** A button that copies a text; where the browser does not let it, the text is selected, to be copied by hand. */
function bind_copy(bar, area) {
  const told = bar.querySelector(".copied");
  bar.querySelector(".copy").addEventListener("click", async () => {
    area.focus();
    area.select();
    let done = document.execCommand("copy"); // also where a page from a disk has no clipboard
    if (!done && navigator.clipboard) done = await navigator.clipboard.writeText(area.value).then(() => true, () => false);
    told.textContent = done ? "copied" : "selected: copy it with Ctrl+C";
  });
  area.addEventListener("input", () => { told.textContent = ""; });
}
/** What scrolls can be reached by keyboard. */
function reach_scrolling(within) {
  for (const view of within.querySelectorAll(".wide, pre, blockquote")) {
    if (view.scrollWidth > view.clientWidth || view.scrollHeight > view.clientHeight) view.tabIndex = 0;
    else view.removeAttribute("tabindex");
  }
}
addEventListener("resize", () => reach_scrolling(document));
document.addEventListener("toggle", (event) => { if (event.target.open) reach_scrolling(event.target); }, true);
document.addEventListener("change", () => reach_scrolling(document));
reach_scrolling(document);
document.body.dataset.drawn = "yes";
