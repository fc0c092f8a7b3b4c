"""Token files of a run: what a trainer reads, its mix as aimed at and as met, and what was proven."""

import json
from typing import Any
from urllib.parse import quote

from winnow.pipelines.engine.ledger.run_summary import RunSummary


def of_run(account: RunSummary) -> list[dict[str, Any]]:
    """For each stage that wrote token files: `stage`, `window`, `how`, `tokenizer`, `dtype`, `forms`,
    `splits` (samples, tokens, padding, documents), `mixes` (a row a source: `name`, `tokens` (of training),
    `met`, `aimed_at` or None; of each phase where there are several), `worst` (points in 1,000 samples, or
    None), `empty`, `failed`, `checked`, and `links`: name and address of card and manifest."""
    found = []
    for stage in account.stages.values():
        if not (path := stage.find_told("tokens")):
            continue
        said = json.loads(path.read_text(encoding="utf-8"))
        forms = {file["path"].partition("/")[0] for file in said["files"] if "/" in file["path"]}
        links = {"card": path.with_name("README.md"), "manifest": path}
        found.append(
            {
                "stage": stage.name,
                "window": said["window"],
                "how": said["how"],
                "tokenizer": said["tokenizer"]["tokenizer"],
                "dtype": said["tokenizer"]["dtype"],
                "forms": sorted(forms - {"trace"}),
                "splits": {
                    name: {key: split[key] for key in ("samples", "tokens", "padding", "documents")}
                    for name, split in said["splits"].items()
                },
                "mixes": _list_mixes(said),
                "worst": said["mix"].get("worst_in_1000"),
                "empty": said["empty_documents"],
                "failed": said["failed_documents"],
                "unread": said["unread_documents"],
                "checked": said["checked"],
                "links": {
                    name: quote(each.relative_to(account.out).as_posix()) for name, each in links.items()
                },
            }
        )
    return found


def _list_mixes(said: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The whole run under "all", then its phases."""
    found = {}
    for name, mix in {"all": said["mix"], **said["mix"].get("phases", {})}.items():
        aims = mix.get("aimed_at") or {}
        total = said["splits"]["train"]["tokens"] if name == "all" else mix["tokens"]
        found[name] = [
            {"name": source, "tokens": round(share * total), "met": share, "aimed_at": aims.get(source)}
            for source, share in sorted(mix.get("met", {}).items(), key=lambda item: -item[1])
        ]
    return found
