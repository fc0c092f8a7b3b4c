"""Records of evals as their publishers and harnesses write them, told apart by the names of their fields.

`read_item` reads one record: a sample of lm-evaluation-harness (`doc`, `arguments`, `target`), a request of
OLMES (`doc`, `request`), a line of MosaicML's gauntlet (`context`, `continuation`, `query`, `choices`,
`gold`, `context_options`, `answer`, `aliases`), or a row of a data set under its own names (`question`,
`answerKey`, `endings`, `sol1`, `passage`, ...).
"""

import re
from typing import Any

from winnow.ingest.harness import olmes
from winnow.ingest.harness.olmes import Row, make_choice, make_generation

_QUESTION_NAMES = "question query problem goal question_stem ctx input instruction prompt"
_ANSWER_NAMES = """
answer answers best_answer answer_number answers_spans solution continuation target output completion
"""
_QUESTIONS, _ANSWERS = _QUESTION_NAMES.split(), _ANSWER_NAMES.split()
_PASSAGES = ("passage", "context", "article", "story", "support", "protocol", "source", "background")
_EXPLAINED = ("exp", "explanation", "rationale", "solution")  # beside an answer
_PLACES = ("gold", "label", "answerKey", "answer_idx", "answer_index", "cop")  # they name one of the choices
_GOLDS = (*_PLACES, "answer", "target")
_LISTS = ("choices", "endings", "options")
_SERIES = (
    ("sol1", "sol2"),
    ("answerA", "answerB", "answerC"),
    ("opa", "opb", "opc", "opd"),
    ("ending0", "ending1", "ending2", "ending3"),
    ("distractor1", "distractor2", "distractor3", "correct_answer"),
    ("A", "B", "C", "D"),
)
_FROM_ONE = {"answerA"}  # whose labels count from 1
# Of an answer that is an object.
_WITHIN = ("value", "text", "input_text", "spans", "number", "date", "aliases")
_IDS = ("id", "task_id", "native_id", "unique_id", "qid", "ind", "idx", "index", "question_id")
# A passage and what is asked of it in one string, as request files and the gauntlet have them.
_ASKED = re.compile(r"^[ \t]*(?:Question|Goal|Q):", re.MULTILINE)
_TITLE = re.compile(r"(?:Passage|Context|Story|Article):")
_BEFORE, _AFTER = re.compile(r"(?:Question|Goal|Q):"), re.compile(r"\n(?:Answer|A):?\Z")


def read_item(record: Row) -> Row:
    """The item of a record, without `eval`; `item` is None where the record has no id of its own.

    ValueError where the record holds nothing that is known as a question, or an answer that is none of its
    choices. Fields of another form than their names promise raise whatever reading them raises.
    """
    row = _read_record(record)
    if not isinstance(row["question"], str) or not row["question"].strip():
        raise ValueError("no question")
    return row


def _read_record(record: Row) -> Row:
    doc = record.get("doc")
    if not isinstance(doc, dict):
        return {**_read_fields(record), "item": _find_id(record)}
    identity = record.get("native_id")
    identity = _find_id(doc) if identity is None else str(identity)
    if identity is None and "doc_id" in record:
        identity = str(record["doc_id"])
    if "request" in record and _is_olmes(doc):
        return {**olmes.read_item(doc, record["request"]), "item": identity}
    return {**_read_fields(doc, _find_continuations(record), record.get("target")), "item": identity}


def find_gold(choices: list[str], labels: list[str] | None, answer: Any) -> int:
    """Which choice `answer` is: its text, its label, its letter, or its number from 0."""
    if labels and str(answer) in (known := [str(label) for label in labels]):
        return known.index(str(answer))
    if answer in choices:
        return choices.index(answer)
    text = str(answer)
    letter = text.upper() if len(text) == 1 and text.isascii() else ""
    place = int(text) if text.isdecimal() else ord(letter) - ord("A") if letter else -1
    if not 0 <= place < len(choices):
        raise ValueError(f"answer {answer!r} is none of the {len(choices)} choices")
    return place


def _is_olmes(doc: Row) -> bool:
    listed = isinstance(doc.get("choices"), list) and any(
        doc.get(name) for name in ("query", "problem", "question")
    )
    return listed or "canonical_solution" in doc or {"option1", "sentence"} <= doc.keys()


def _find_id(doc: Row) -> str | None:
    return next((str(doc[name]) for name in _IDS if doc.get(name) not in (None, "")), None)


def _find_continuations(record: Row) -> list[str]:
    """What a harness scores after one and the same prompt: the choices, where the document has none."""
    given = record.get("arguments") or []
    pairs = [list(a.values()) for a in given.values()] if isinstance(given, dict) else given
    texts = [pair[1] for pair in pairs if len(pair) > 1 and isinstance(pair[1], str)]
    same = len({pair[0] for pair in pairs if pair}) == 1
    return [text.strip() for text in texts] if same and len(texts) > 1 else []


def _read_known_form(doc: Row) -> Row | None:
    """Code with tests, a sentence with a blank, a schema: told by the fields that only they have."""
    if "canonical_solution" in doc:
        return olmes.read_code(doc)
    if "code" in doc and "test_list" in doc:
        return olmes.read_code({**doc, "text": doc.get("text") or doc["prompt"]})
    if {"option1", "option2", "sentence"} <= doc.keys():
        return olmes.read_blank(doc)
    return _read_schema(doc) if "context_options" in doc else None


def _read_fields(doc: Row, continuations: list[str] | None = None, target: Any = None) -> Row:
    if known := _read_known_form(doc):
        return known
    question, context = _find_question(doc)
    choices, labels = _find_choices(doc)
    if not choices and continuations:
        choices, labels = continuations, None
    if choices:
        row = make_choice(choices, _find_first_gold(choices, labels, _list_golds(doc, target)))
    else:
        _refuse_unlisted(doc)
        row = make_generation(_find_answer(doc, target))
    prompt = f"{context}\n" if context else ""
    explained = (doc[name] for name in _EXPLAINED if doc.get(name))
    return row | {
        "question": question,
        "context": context,
        "solution": next(
            (text for text in explained if isinstance(text, str) and text != row["answer"]), None
        ),
        "prompt": f"{prompt}Question: {question}\nAnswer: ",
    }


def _list_golds(doc: Row, target: Any) -> list[Any]:
    """What says which of the choices is right, best first."""
    answers = [_unwrap(doc[name]) for name in _GOLDS if doc.get(name) is not None]
    if doc.get("correct_answer") is not None:
        answers.insert(0, doc["correct_answer"])
    if target is not None:
        answers.append(target)
    if not answers:
        raise ValueError("choices, but none is said to be right")
    return answers


def _refuse_unlisted(doc: Row) -> None:
    """ValueError where a place among choices is given, and the choices are one text."""
    if any(doc.get(name) is not None for name in _PLACES):
        for name in _LISTS:
            if isinstance(doc.get(name), str) and doc[name].strip():
                raise ValueError(f"the {name} are no list but a text: {doc[name]!r:.80}")


def _unwrap(answer: Any) -> Any:
    """An answer that is the only one of a list."""
    return answer[0] if isinstance(answer, list) and len(answer) == 1 else answer


def _find_first_gold(choices: list[str], labels: list[str] | None, answers: list[Any]) -> int:
    for answer in answers[:-1]:
        try:
            return find_gold(choices, labels, answer)
        except ValueError:
            continue
    return find_gold(choices, labels, answers[-1])


def _read_schema(doc: Row) -> Row:
    """A sentence with one of several beginnings, as the gauntlet writes Winograd's schemas."""
    options = [text.strip() for text in doc["context_options"]]
    right = find_gold(options, None, doc["gold"])
    answer, prompt = doc["continuation"].strip(), options[right] + " "
    about = {"answer": answer, "question": prompt + answer, "context": None, "prompt": prompt}
    return make_choice(options, right) | about


def _find_question(doc: Row) -> tuple[str, str | None]:
    """The question, and the passage that it is about."""
    names = (*_QUESTIONS, "context", "text")  # a context without a question is what is asked
    name = next((n for n in names if isinstance(doc.get(n), str) and doc[n].strip()), None)
    if name is None:
        raise ValueError(f"no question among the fields {', '.join(sorted(doc))}")
    question = doc[name].strip()
    passages = (doc[n] for n in _PASSAGES if n != name and isinstance(doc.get(n), str))
    context = next((text.strip() for text in passages if text.strip()), None)
    question = _AFTER.sub("", _strip_label(_BEFORE, question)).rstrip()
    if (found := _ASKED.search(question)) and found.start():
        passage, question = question[: found.start()], question[found.end() :].strip()
        context = context or _strip_label(_TITLE, passage).strip() or None
    return question, context


def _strip_label(head: re.Pattern[str], text: str) -> str:
    found = head.match(text)
    return text[found.end() :].lstrip() if found else text


def _find_choices(doc: Row) -> tuple[list[str], list[str] | None]:
    """Texts of the choices and their labels; none where the answer is free."""
    for name in _LISTS:
        given = doc.get(name)
        if isinstance(given, dict) and "text" in given:
            return list(given["text"]), list(given["label"]) if "label" in given else None
        if isinstance(given, dict) and given:
            return [str(text) for text in given.values()], list(given)
        if isinstance(given, list) and len(given) > 1:
            return _read_list(given)
    if isinstance(targets := doc.get("mc1_targets"), dict):
        return list(targets["choices"]), None
    for names in _SERIES:
        if all(doc.get(name) is not None for name in names):
            labels = [str(k) for k in range(1, len(names) + 1)] if names[0] in _FROM_ONE else None
            return [str(doc[name]) for name in names], labels
    return [], None


def _read_list(given: list[Any]) -> tuple[list[str], list[str] | None]:
    if all(isinstance(entry, dict) and "text" in entry for entry in given):
        labels = [entry["label"] for entry in given] if all("label" in entry for entry in given) else None
        return [entry["text"] for entry in given], labels
    return [str(entry) for entry in given], None


def _find_answer(doc: Row, target: Any) -> str:
    """The free answer; of several that are right, the first."""
    declared = given = next((doc[name] for name in _ANSWERS if doc.get(name) not in (None, "", [])), target)
    while isinstance(given, dict | list):
        if isinstance(given, dict) and {"day", "month", "year"} <= given.keys():
            given = " ".join(str(given[name]) for name in ("day", "month", "year") if given[name])
        elif isinstance(given, dict):
            named = [given[name] for name in _WITHIN if given.get(name) not in (None, "", [])]
            # A question without an answer in its passage has one of these fields, and nothing in it.
            if not named and not any(name in given for name in _WITHIN):
                raise ValueError(f"an answer of no known form: {declared!r:.80}")
            given = named[0] if named else None
        else:
            given = given[0] if given else None
    if isinstance(given, bool):
        return "yes" if given else "no"
    return "" if given is None else str(given)
