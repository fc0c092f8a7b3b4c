"use strict";
const CHARTS = new Map(JSON.parse(document.getElementById("charts").textContent).map((chart) => [chart.id, chart]));
const SETTINGS = { displayModeBar: false, responsive: true };

/** Charts are drawn when they come near to what is seen, and all before the page is printed. */
function draw_chart(view) {
  const chart = CHARTS.get(view.id);
  if (!CHARTS.delete(view.id)) return;
  Plotly.newPlot(view, chart.data, chart.layout, SETTINGS);
}
const near = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) if (isIntersecting) draw_chart(target);
}, { rootMargin: "600px" });
for (const [id, chart] of CHARTS) {
  const view = document.getElementById(id);
  view.style.minHeight = `${chart.layout.height}px`;
  near.observe(view);
}
addEventListener("beforeprint", () => {
  for (const id of [...CHARTS.keys()]) {
    const view = document.getElementById(id);
    if (view.offsetParent) draw_chart(view);
  }
  for (const view of document.querySelectorAll(".js-plotly-plot")) { // they shrink with the paper
    const [width, height] = [view.clientWidth, view.clientHeight];
    view.style.minHeight = 0;
    view.style.aspectRatio = `${width} / ${height}`;
    for (const svg of view.querySelectorAll(".main-svg")) svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }
});

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
function reach_scrolling() {
  for (const view of document.querySelectorAll(".wide, pre, blockquote")) {
    if (view.scrollWidth > view.clientWidth || view.scrollHeight > view.clientHeight) view.tabIndex = 0;
    else view.removeAttribute("tabindex");
  }
}
addEventListener("resize", reach_scrolling);
document.addEventListener("toggle", reach_scrolling, true);
document.addEventListener("change", reach_scrolling);
reach_scrolling();
document.body.dataset.drawn = "yes";
