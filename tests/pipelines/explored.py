"""The threshold explorer as a reader uses it: find the controls of a stage, move them, read the yield."""

import json
import time
from typing import Any

from browser import Page

_SHOWN = """(async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const root = ROOT, number = (view) => Number(view.innerText.replaceAll(",", ""));
  const yields = {}, order = {}, alone = {};
  for (const row of root.querySelectorAll("[data-source]")) {
    const cells = [".now.documents", ".now.tokens"].map((name) => row.querySelector(name));
    yields[row.cells[0].innerText] = cells.map((cell) => (cell ? number(cell) : 0));
  }
  for (const row of root.querySelectorAll("[data-rule]")) {
    const count = (name) => number(row.querySelector(`[data-count=${name}] b`));
    const reason = row.querySelector("code").textContent;
    [order[reason], alone[reason]] = [count("order"), count("alone")];
  }
  return { yields, order, alone, snippet: root.querySelector("textarea").value };
})()"""


def _root(stage: str) -> str:
    return f"document.querySelector('.explorer[data-signals=\"explorer-{stage}\"]')"


def wait(page: Page, stage: str, seconds: float = 60) -> str:
    """Open all folds and wait until the explorer of a stage is at work: `yes`, or `wrong` where it does not
    give the run's yield."""
    page.unfold()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if state := page.run(f"{_root(stage)}.dataset.ready || ''"):
            return str(state)
        time.sleep(0.05)
    raise TimeoutError(f"the explorer of {stage} did not start")


def thresholds(page: Page, stage: str) -> dict[tuple[str, str], Any]:
    """The movable ones by step and setting, with the values that are set now."""
    script = f"""[...{_root(stage)}.querySelectorAll("input.value")].map((input) => [
      input.dataset.step, input.dataset.setting,
      input.type === "checkbox" ? input.checked : Number(input.value)])"""
    return {(step, setting): value for step, setting, value in page.run(script)}


def move(page: Page, stage: str, step: str, setting: str, value: float | bool) -> None:
    """Type a number into a threshold's field, or set its mark."""
    control = _control(stage, step, setting)
    page.run(f"""(() => {{ const input = {control}, value = {json.dumps(value)};
      if (typeof value === "boolean") input.checked = value; else input.value = String(value);
      for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind)); }})()""")


def press(page: Page, stage: str, step: str, setting: str, key: str, times: int) -> float:
    """Move a threshold's slider by the keyboard; its new value."""
    control = _control(stage, step, setting)
    page.run(f"{control}.closest('tr').querySelector('input[type=range]').focus()")
    for _ in range(times):
        page.press(key)
    return float(page.run(f"Number({control}.value)"))


def reset(page: Page, stage: str) -> None:
    """Back to the run's thresholds."""
    page.run(f"{_root(stage)}.querySelector('button').click()")


def shown(page: Page, stage: str) -> dict[str, Any]:
    """`yields` ({source: [documents, tokens]}), `order`, `alone` ({reason: documents}) and the `snippet`."""
    found: dict[str, Any] = page.run(_SHOWN.replace("ROOT", _root(stage)))
    return found


def _control(stage: str, step: str, setting: str) -> str:
    return f'{_root(stage)}.querySelector(\'[data-step="{step}"][data-setting="{setting}"]\')'
