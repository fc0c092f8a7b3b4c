"""What a sentence denies and how sure it is, beside the sentence of the parent that it is made of.
English."""

import re
from collections.abc import Iterator

from winnow.classifiers.faithfulness.opposites import OWN, are_mirrored, are_opposite
from winnow.classifiers.faithfulness.sentences import STOP, WORD, Sentence, stem

_NOT = re.compile(
    r"\b(?:not|never|no|none|neither|nor|nobody|nothing|nowhere|cannot|without|hardly|scarcely"
    r"|barely|seldom|rarely"
    r"|\w+n't|fail(?:s|ed|ing)? to|unable|lack(?:s|ed|ing)?|absen(?:t|ce)|refus(?:e|es|ed|ing)"
    r"|instead of|rather than"
    r"|no longer|far from|except|exclud\w+|prevent\w*|forbid\w*|forbade|prohibit\w*|den(?:y|ies"
    r"|ied)|avoid\w*"
    r"|stop(?:s|ped)|neglect\w*|contrary to|anything but|unless|miss(?:es|ed|ing)|free of"
    r"|drop(?:s|ped)|discontinu\w+|ceas\w+|end(?:s|ed)|withdr[ae]w\w*|abandon\w*|remov\w+|reject\w*|abolish\w*"
    r"|disallow\w*|ban(?:s|ned))\b"
)
_STRONG = re.compile(
    r"\b(?:not|never|no|none|neither|nor|nobody|nothing|nowhere|cannot|without|\w+n't|no longer"
    r"|fail(?:s|ed|ing)? to|unable)\b"
)
_IDIOM = re.compile(
    r"\b(?:not only|no doubt|not least|whether or not|no sooner|if not|not until|no more than"
    r"|nothing to do|\w+n't (?:only|just|merely)|nothing but"
    r"|no less than|no fewer than|no later than|no matter|not surprisingly"
    r"|not to mention|not (?:believe|think|say) so)\b"
)
_PREFIX = re.compile(r"^(?:un|in|im|il|ir|dis|non-?|mis)(?=\w{4})")
HEDGES = re.compile(
    r"\b(?:may|might|could|perhaps|maybe|possibl[ey]|probabl[ey]|likely|unlikely|presumabl[ey]"
    r"|apparent(?:ly)?|seem(?:s|ed|ing|ingly)?"
    r"|appear(?:s|ed)? (?:to|that)|suggest(?:s|ed|ing)?|suspect(?:s|ed)?|thought|believed?|believes"
    r"|reported(?:ly)?|reports? (?:say|said|claim)"
    r"|alleged(?:ly)?|supposed(?:ly)?|purported(?:ly)?|claim(?:s|ed)?|assum(?:e|es|ed)|estimat(?:e"
    r"|es|ed)|approximate(?:ly)?|approx|roughly|circa|about|around|some"
    r"|nearly|almost|often|usual(?:ly)?|general(?:ly)?|typical(?:ly)?|sometimes|frequent(?:ly)?"
    r"|occasional(?:ly)?|tend(?:s|ed)? to|mostly|mainly"
    r"|largely|in (?:many|some|most|numerous|several|certain) cases|many|numerous|most|partly|partially"
    r"|somewhat|rather|fairly|it is said|said to|according to|in theory|potential(?:ly)?"
    r"|uncertain|unclear|not certain|not clear|not known|unknown|doubtful|indicat(?:e|es|ed)"
    r"|hypothes\w+|consider(?:s|ed)|expected|speculat\w+|can|a few|several|not sure"
    r"|chance|disputed|conjectur\w+|tentative(?:ly)?|preliminary|theor(?:y|ies|ized|ised)|in part"
    r"|at times|think|thinks|believe|argue[sd]?|said|says|say|normally|commonly|as a rule"
    r"|on average|if you (?:like|want|wish|prefer|need)|optional(?:ly)?)\b"
)
_EPISTEMIC = re.compile(
    r"\b(?:may|might|perhaps|maybe|possibl[ey]|probabl[ey]|likely|presumabl[ey]|apparently|seem(?:s"
    r"|ed|ingly)?"
    r"|appear(?:s|ed)? (?:to|that)|suggest(?:s|ed)?|suspect(?:s|ed)?|(?:is|are|was|were|been|widely"
    r"|generally) (?:thought|believed|said|assumed|considered|reported|expected|estimated)"
    r"|reportedly"
    r"|allegedly|supposedly|purportedly|claim(?:s|ed) (?:that|to)|could (?:have|be)|it is said"
    r"|said to|potentially|estimated|approximately|roughly"
    r"|usually|often|generally|typically|sometimes|tends? to|in some cases|in many cases"
    r"|in most cases|(?:about|around)(?= (?:an?|half|\w*\d"
    r"|(?:one|two|three|four|five|six|seven|eight|nine|ten|twel"
    r"|fif|twen|thir|for|six|seven|eigh|nine)\w*)\b)|nearly|almost|occasionally|frequently|mostly|largely|partly|"
    r"unclear|uncertain|according to (?:estimates|some)|normally|(?<!most )(?<!most-)commonly"
    r"|(?:scholars|analysts"
    r"|experts|researchers|historians|critics|scientists"
    r"|observers|some|many|they|he|she) (?:think|thinks|believe|believes|argue|argues|suspect"
    r"|assume|hold|speculate))\b"
)
_BOOSTERS = re.compile(
    r"\b(?:certainly|definitely|undoubtedly|unquestionably|clearly|obviously|always|proves?|proved"
    r"|proven|demonstrat(?:es|ed)|conclusively|indisputabl[ey]|without (?:a )?doubt"
    r"|no doubt|beyond doubt|must have|established|exactly|precisely|invariably|inevitably"
    r"|guarantee[sd]?|in (?:all|every) cases?|surely|confirm(?:s|ed)|know(?:n|s) (?:that|to)"
    r"|of course|entirely|completely|is certain|are certain|every time|without exception|invariably"
    r"|absolutely|will)\b"
)


_CLAUSE = re.compile(r"[;:.]\s|,\s|\s(?:but|although|though|while|whereas)\s")


def _cut_idioms(sentence: Sentence) -> str:
    clauses = " but ".join(re.split(r"[;:]\s", sentence.plain)).lower().replace("\u2019", "'")
    return _IDIOM.sub(" ", " ".join(WORD.findall(clauses))).replace("with no ", "without ")


def _scope(text: str, found: re.Match[str]) -> list[str]:
    """Stems of the words that a negation speaks of: the next three that carry something."""
    said = text[found.end() :].partition(" but ")[0]
    words = [word for word in said.split()[:8] if word not in STOP and len(word) > 1]
    return [stem(word) for word in words[:3]]


def find_negation(said: Sentence, given: Sentence, around: list[Sentence]) -> str | None:
    """What a sentence denies that the other one asserts, or the other way round; None where nothing."""
    mine, theirs = _cut_idioms(said), _cut_idioms(given)
    near = theirs + " " + " ".join(_cut_idioms(each) for each in around)
    if flipped := _find_opposite(said, given, near):
        return flipped
    their_count, my_count = len(_NOT.findall(theirs)), len(_NOT.findall(mine))
    for one, other, deny, allow in (
        (mine, theirs, my_count, their_count),
        (theirs, mine, their_count, my_count),
    ):
        loose = _NOT.search(near if other is theirs else mine)
        for found in _STRONG.finditer(one):
            scope = _scope(one, found)
            words = [stem(word) for word in other.split()]
            hits = [word for word in scope[:2] if word in words]
            if "first" in other.split() and "before" in one.split():  # nobody before: the first
                continue
            if len(hits) < len(scope[:2]) or deny <= allow or not _is_said_once(one, hits):
                continue
            if not _NOT.search(other) and not _has_opposite(scope, words):
                who = "the rewrite" if one is mine else "the parent"
                if one is mine and loose and set(scope) & set(_near_scopes(near)):
                    continue
                return f"{who} alone says {one[found.start() : found.end() + 30].strip()!r}"
            if deny > allow and len(hits) == len(scope[:2]) and not _has_opposite(scope, words):
                if set(scope[:2]) & set(_near_scopes(other)):
                    continue
                who = "the rewrite" if one is mine else "the parent"
                return f"{who} alone says {one[found.start() : found.end() + 30].strip()!r}"
    return None


def find_new_opposite(said: Sentence, given: Sentence, stems: frozenset[str]) -> str | None:
    """A word that the parent nowhere has, in a paraphrase of a sentence that has its opposite, where both
    deny as often."""
    mine, theirs = _cut_idioms(said).split(), _cut_idioms(given).split()
    for word in mine:
        if len(word) < 3 or stem(word) in stems or word in STOP:
            continue
        for other in theirs:
            is_pair = len(other) > 2 and other not in STOP and are_opposite(word, other)
            is_turned = is_pair and stem(other) not in said.bag and not _is_turned(mine, theirs, word, other)
            if is_turned and not are_mirrored(mine, mine.index(word), theirs, theirs.index(other)):
                return f"{word} for {other}"
    return None


def _is_said_once(text: str, hits: list[str]) -> bool:
    """Whether a text has a denied word only there: one that it also has without a denial may stay."""
    return bool(hits) and [stem(word) for word in text.split()].count(hits[0]) == 1


def _near_scopes(text: str) -> list[str]:
    return [word for found in _NOT.finditer(text) for word in _scope(text, found)]


def _has_opposite(scope: list[str], words: list[str]) -> bool:
    """Whether a denied word stands in the other sentence as its own opposite: not possible, impossible."""
    cut = {_PREFIX.sub("", word) for word in words if _PREFIX.match(word)}
    return any(word[:5] in {one[:5] for one in cut} for word in scope if len(word) > 3)


def _find_opposite(said: Sentence, given: Sentence, near: str) -> str | None:
    mine, theirs = _cut_idioms(said).split(), _cut_idioms(given).split()
    for word in mine:
        is_more = mine.count(word) > theirs.count(word) and word in theirs
        if (word in theirs and not is_more) or (word not in theirs and word in near.split()):
            continue
        if both := OWN.get(word, frozenset()) & set(theirs) - set(mine):
            other = sorted(both)[0]
            is_mirrored = are_mirrored(mine, mine.index(word), theirs, theirs.index(other))
            is_same = is_mirrored or _is_turned(mine, theirs, word, other)
            if _shares_neighbour(mine, word, theirs, other) and not is_same:
                return f"{word} for {other}"
        bare = _PREFIX.sub("", word)
        if bare != word and bare in theirs and bare not in mine and not _is_turned(mine, theirs, word, bare):
            return f"{word} for {bare}"
    return next((f"{bare} for {word}" for bare, word in _list_bared(mine, theirs)), None)


def _list_bared(mine: list[str], theirs: list[str]) -> Iterator[tuple[str, str]]:
    """Words that the rewrite has without the prefix that turns them round."""
    for word in theirs:
        bare = _PREFIX.sub("", word)
        is_bared = bare != word and bare in mine and bare not in theirs and word not in mine
        if is_bared and not _is_turned(mine, theirs, bare, word):
            yield bare, word


def _is_turned(mine: list[str], theirs: list[str], word: str, other: str) -> bool:
    """Whether one of the two has one more negation beside a pair of opposites, so that it says the same."""
    rest = ([one for one in mine if one != word], [one for one in theirs if one != other])
    count = [len(_NOT.findall(" ".join(words))) for words in rest]
    return count[0] % 2 != count[1] % 2


def _shares_neighbour(mine: list[str], word: str, theirs: list[str], other: str) -> bool:
    """Whether two words stand beside the same ones."""
    a = {stem(one) for one in _near(mine, word, 3)} - {""}
    b = {stem(one) for one in _near(theirs, other, 3)} - {""}
    return bool(a & b)


def _near(words: list[str], word: str, reach: int) -> list[str]:
    at = words.index(word)
    return [one for one in words[max(0, at - reach) : at + reach + 1] if one not in STOP and one != word]


_NEW = re.compile(
    r"\b(?:may|might|perhaps|maybe|possibly|probably|presumably|allegedly|reportedly|supposedly|purportedly"
    r"|is said to|are said to|seems? to|appears? to|some (?:believe|think|say|claim))\b"
)


_ROUND = ("about", "around", "nearly", "almost", "approximately", "roughly")
_MODAL = re.compile(r"\b(?:may|might|could)\b")
_MODAL_OR_CAN = re.compile(r"\b(?:may|might|could|can)\b")
_DOUBT = re.compile(
    r"\b(?:may|might|could|perhaps|possibly|probably|likely|allegedly|reportedly|apparently"
    r"|seems?|suggests?)\b"
)
_WEAK = {"some", "many", "most", "can", "about", "around", "general"} | {
    "several",
    "considered",
    "rather",
    "estimated",
    "or",
}  # which leave a claim as sure as it was


def find_hedge(said: Sentence, given: Sentence, around: list[Sentence], is_close: bool = False) -> str | None:
    """What the parent is careful about and the rewrite is not; None where both are, or neither is."""
    mine, theirs = said.flat, given.flat
    near = theirs + " " + " ".join(each.flat for each in around)
    if is_close and not HEDGES.search(near) and (new := _NEW.search(_cut_months(said, mine))):
        return f"{new[0]!r} is new"
    careful = [found[0] for found in _EPISTEMIC.finditer(_cut_months(given, theirs))]
    if careful and not HEDGES.search(mine):
        scopes = [one for one in careful if _is_in_scope(given, one, said)]
        if scopes:
            return f"without {scopes[0]!r}"
    boosted = [found[0] for found in _BOOSTERS.finditer(mine) if found[0] not in near]
    strong = [one for one in boosted if one != "will"]
    firm = [one for one in careful if one not in _ROUND]
    firm += ["can"] if "can" in given.lower else []
    if strong and firm and not {stem(word) for word in near.split()} & set(map(stem, strong)):
        return f"{strong[0]!r} for {firm[0]!r}"
    if "will" in boosted and careful and _MODAL.search(theirs) and not _MODAL_OR_CAN.search(mine):
        return f"'will' for {careful[0]!r}"
    lost = _DOUBT.search(theirs)
    left = {found[0] for found in HEDGES.finditer(mine)}
    if lost and left and left <= _WEAK & set(theirs.split()) and _is_in_scope(given, lost[0], said):
        return f"without {lost[0]!r}"
    return None


def _cut_months(given: Sentence, lower: str) -> str:
    return (
        re.sub(r"\bmay\b(?= \d)|(?<=\d )\bmay\b|\b(?:in|of|since) may\b", " ", lower)
        if "May" in given.words
        else lower
    )


def _is_in_scope(given: Sentence, hedge: str, said: Sentence) -> bool:
    """Whether the rewrite says what stands behind a hedge, within its clause: two of its next four words
    that carry something, or the only one."""
    plain = given.plain.lower().replace("\u2019", "'")
    bag = {*said.bag, *(word for word in said.lower if word[0].isdigit())}
    for found in re.finditer(rf"\b{re.escape(hedge)}\b", plain):
        clause = _CLAUSE.split(plain[found.end() :].lstrip(" ,"), maxsplit=1)[0]
        words = [word for word in WORD.findall(clause) if word not in STOP][:4]
        hits = sum((word if word[0].isdigit() else stem(word)) in bag for word in words)
        if words and hits >= min(2, len(words)):
            return True
    return False
