"""How often the words and the forms of a line stand in its document."""

import numpy as np

from winnow.classifiers.line.signals import BODY, FORM, FORMS, KNOWN, NEW, REPEATS, SAID, START, STARTS
from winnow.kernels import F32, I32, I64, U64, kernel
from winnow.words.hashes import GOLDEN, find_or_add, mask_for, mix
from winnow.words.lines import Lines
from winnow.words.split import Words


@kernel
def count_words(
    lines: Lines, words: Words, docs: I64, first: I64, place: I64, seen: U64, counts: I32, out: F32
) -> None:
    """Fill in `known_words` and `new_words`. `seen` has room for the words of the longest document, `counts`
    for all words."""
    for r in range(len(docs)):
        begin, last = words.doc[docs[r]], words.doc[docs[r] + 1]
        mask = mask_for(last - begin)
        counts[begin:last] = 0
        for w in range(begin, last):
            if words.kind[w]:
                counts[find_or_add(seen, r + 1, mask, words.hash[w], w)] += 1
        w = begin
        for k in range(first[r], first[r + 1]):
            known, new, many = 0.0, 0, 0
            while w < last and words.start[w] < lines.right[place[k]]:
                if words.kind[w]:
                    count = counts[find_or_add(seen, r + 1, mask, words.hash[w], w)]
                    known, new, many = known + np.log2(count), new + (count == 1), many + 1
                w += 1
            out[k, KNOWN], out[k, NEW] = known / max(many, 1), new / max(many, 1)


@kernel
def count_lines(first: I64, keys: U64, seen: U64, counts: I32, out: F32) -> None:
    """Fill in `repeats`, `forms` and `starts`. `seen` has room for the lines of the longest document."""
    turn = 0
    for key, name in ((BODY, REPEATS), (FORM, FORMS), (START, STARTS)):
        for r in range(len(first) - 1):
            turn += 1
            mask = mask_for(first[r + 1] - first[r])
            for k in range(first[r], first[r + 1]):
                counts[k] = 0
                at = find_or_add(seen, turn, mask, keys[k, key], k)
                counts[at] += keys[k, key] != 0
            for k in range(first[r], first[r + 1]):
                at = find_or_add(seen, turn, mask, keys[k, key], k)
                out[k, name] = np.log2(max(counts[at], 1))


@kernel
def count_runs(lines: Lines, words: Words, docs: I64, first: I64, place: I64, seen: U64, out: F32) -> None:
    """Fill in `said`. `seen` has room for the words of the longest document."""
    for r in range(len(docs)):
        w, last = words.doc[docs[r]], words.doc[docs[r] + 1]
        mask = mask_for(last - w)
        for k in range(first[r], first[r + 1]):
            one, two, runs, known = np.uint64(0), np.uint64(0), 0, 0
            while w < last and words.start[w] < lines.right[place[k]]:
                if words.kind[w]:
                    value = words.hash[w]
                    if one and two:
                        run = mix((one * GOLDEN + two) * GOLDEN + value)
                        known += find_or_add(seen, r + 1, mask, run, w) != w
                        runs += 1
                    one, two = two, value
                w += 1
            out[k, SAID] = known / max(runs, 1)
