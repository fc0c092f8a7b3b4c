"use strict";
for (const chart of JSON.parse(document.getElementById("charts").textContent)) {
  Plotly.newPlot(chart.id, chart.data, chart.layout, { displayModeBar: false, responsive: true });
}
begin();
document.body.dataset.drawn = "yes";
