// Show only the hits of an eval, of a class, from a score on.
const form = document.querySelector("form.filter");
if (form) {
  const [evals, kinds, score, count] = ["eval", "class", "score", "count"].map((id) => document.getElementById(id));
  const apply = () => {
    let shown = 0;
    for (const section of document.querySelectorAll("section[data-eval]")) {
      let some = 0;
      for (const row of section.querySelectorAll("tr[data-class]")) {
        row.hidden = (evals.value && section.dataset.eval !== evals.value)
          || (kinds.value && row.dataset.class !== kinds.value) || +row.dataset.score < +score.value;
        some += !row.hidden;
      }
      section.hidden = !some;
      shown += some;
    }
    count.textContent = `${shown} shown`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
}
