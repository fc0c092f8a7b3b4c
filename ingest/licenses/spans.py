"""Where a page's bytes may speak of a license: words and addresses, and the elements that these stand in."""

# ruff: noqa: RUF001, E501 - words of many languages

import functools

import numpy as np

from winnow.ingest.page import columns as col
from winnow.ingest.page import tags
from winnow.ingest.page.patterns import close
from winnow.ingest.page.tags import KIND_OF, Array
from winnow.ingest.page.tokens import SKIP, find_code, read_name, skip_comment, skip_tag
from winnow.kernels import I16, I32, I64, U8, kernel
from winnow.words import byte
from winnow.words.phrases import contains

FIRST, LAST = 16, 32  # of a page's places, so many from its beginning and from its end
DEPTH = 48  # elements around a place that are looked at, the inner ones
_APART = 160  # bytes of a block in which one place stands for all
_VOID, _BLOCK, _MAX_DEPTH = tags.VOID, tags.BLOCK, 4_096

# Parts of words, as a page in UTF-8 has them; letters of the alphabet in either case, "-" is what is no
# letter.
_WORDS = """
licen lizenz lisens lisans réserv reservad reservat riservat vorbehalten voorbehouden zastrze
reserved reserverade reservert reserveret creative-commons creativecommons cc-by cc--by -by-nc- -by-sa- -by-nd-
cc-zero cc0 reproduced public-domain gemeinfrei domaine-public dominio-p domínio-p pubblico-dominio
-gpl gfdl -gnu- etalab odbl wtfpl nlod dl-de -ogl- -pddl -mpl- 0bsd
attribution- namensnennung attribuzione atribución- atribuição- reconocimiento- naamsvermelding
uznanie-autorstwa
защищ захищ права-сохран права-принадл права-застереж запазени задржана лиценз Лиценз ліценз Ліценз
коммонс комонс достояни
转载 轉載 転載 無断 版权 版權 保留 翻印 不許 不许 许可 許可 許諾 ライセンス コモンズ 知识共享 知識共享 創用 授權 授权
署名 姓名標示 表示-継承 著作権所有 公有领域
권리 전재 라이선스 커먼 저작자표시
förbehåll forbehold forbeholdt pidätet vyhrazen vyhradené fenntartva rezervat rezervuara saklıd
pridržan pridrzan pridržane áskilin kaitstud saugomos aizsargātas hüquqlar
επιφύλαξη δικαιώματα- άδεια Άδεια reservats
שמורות רישיון רשיון קומונס محفوظ ترخيص رخصة المشاع مجوز پروانه کامنز
mọi-quyền bảo-lưu giấy-phép bản-quyền dilindungi terpelihara hak-cipta karapatan
สงวน สัญญาอนุญาต คอมมอน सुरक्षित आरक्षित लाइसेंस कॉमन्स সংরক্ষিত სამართ დაცულია
riproduzione reproduction
lgpl agpl -subject-to-copyright protected-by-copyright cc-0- -ccby cc‑by cc‐by as-perl eupl cdla reservata erreserbatu voorbehou
판권 իրավունք zimehifadhiwa të-drejtat himoyalangan хамгаалагдсан қорғалған hakcipta cedwir ar-cosaint
лиценц Лиценц ლიცენზი թույլատրագր permesil rajtoj பாதுகாக்க ඇවිරිණි រក្សាសិទ្ធិ ສະຫງວນ హక్కు ಹಕ್ಕು അവകാശ राखीव હક્ક ਰਾਖਵੇਂ zadržan задржани mahfuz
ΕΠΙΦΥΛΑΞΗ ΔΙΚΑΙΩΜΑΤ
nachdruck vervielfältigung verwertung- prohibida-la prohibida-su reproducción- reprodução- riproduzione overgenomen przedruk kopiowani
перепечатк копирован передрук копіюван eftertryck eftertryk ettertrykk kopiering kopioi přetisk kopírov šíření kopyala izinsiz utánközl ensamrätt
転用 请勿 請勿 谢绝 謝絕 republi
"""
_COMMONS, _LICENSE, _NAMED, _CALLED, _BADGE = (
    np.frombuffer(word, np.uint8)
    for word in (b"creativecommons.org/", b"licens", b"icen", b"ommons", b'="CC')
)


@functools.cache
def _build() -> tuple[Array, Array, Array]:
    """Symbols of bytes, and the automaton of the words: its steps, and whether a word ends there."""
    symbols = np.zeros(256, np.int16)
    for place in range(26):
        symbols[ord("a") + place] = symbols[ord("A") + place] = place + 1
    symbols[0x80:] = np.arange(27, 27 + 128)
    symbols[ord("0")] = 27 + 128
    goto: list[list[int]] = [[0] * (28 + 128)]
    ends = [0]
    words = _WORDS.split()
    turned = (each for word in words for each in (word.upper(), word.capitalize()) if not word.isascii())
    for word in dict.fromkeys([*words, *turned]):  # letters of the alphabet have one symbol for both
        state = 0
        for each in word.encode():
            symbol = int(symbols[each])
            if not goto[state][symbol]:
                goto.append([0] * (28 + 128))
                ends.append(0)
                goto[state][symbol] = len(goto) - 1
            state = goto[state][symbol]
        ends[state] = 1
    return symbols, *close(goto, ends)


def find_places(data: Array, blocks: Array, *, linked: bool) -> tuple[Array, Array]:
    """Rows of (place, whether a tag stands there, depth), and for each the begins of the tags around it.

    `data`: a page that was scanned, with its padding; `blocks`: of its text. `linked`: whether tags are
    asked for addresses and rels.
    """
    automaton = _build()
    if not linked and not _has_word(data, blocks, *automaton):
        return np.zeros((0, 3), np.int64), np.zeros((0, DEPTH), np.int64)
    rows, around = np.zeros((FIRST + LAST, 3), np.int64), np.zeros((FIRST + LAST, DEPTH), np.int64)
    stack = np.zeros(_MAX_DEPTH + 1, np.int64)
    count = _find_places(data, len(data) - 16, *automaton, linked, stack, rows, around)
    if count <= FIRST + LAST:
        return rows[:count], around[:count]
    order = np.r_[:FIRST, FIRST + (np.arange(LAST) + (count - FIRST)) % LAST]
    return rows[order], around[order]


@kernel
def _has_word(d: U8, blocks: I32, symbols: I16, steps: I16, ends: I64) -> bool:
    """Whether a word stands in a block of text: most bytes of a page are tags between them."""
    for k in range(len(blocks)):
        i, end, state = int(blocks[k, col.START]), int(blocks[k, col.END]), steps[0, 0]
        while i < end:
            c = d[i]
            if c == byte.LT:
                i = skip_tag(d, i + 1, end)
                state = steps[state, 0]
            elif c == SKIP:
                size = (
                    d[i + 1] | np.int64(d[i + 2]) << 8 | np.int64(d[i + 3]) << 16 | np.int64(d[i + 4]) << 24
                )
                i += max(int(size), 5)
                state = steps[0, 0]
            else:
                state = steps[state, symbols[c]]
                if ends[state]:
                    return True
                i += 1
    return False


@kernel
def _find_places(
    d: U8, n: int, symbols: I16, steps: I16, ends: I64, linked: bool, stack: I64, rows: I64, around: I64
) -> int:
    """Fill in `rows` and `around`; returns how many there were. Those between the first and the last are
    lost."""
    i, top, state, count, last = 0, 0, 0, 0, -_APART
    while i < n:
        c = d[i]
        if c == byte.LT:
            begun, state = i, steps[state, 0]
            if d[i + 1] == byte.BANG:
                i = skip_comment(d, i, n)
            elif d[i + 1] == byte.SLASH:
                i = skip_tag(d, i + 1, n)
                top = max(top - 1, 0)
            else:
                value, after = read_name(d, i + 1, n)
                i = skip_tag(d, after, n)
                if linked and _speaks(d, begun, i):
                    _keep(count, begun, 1, top, stack, rows, around)
                    count += 1
                kind = KIND_OF[find_code(value)]
                if kind & _BLOCK:
                    last = -_APART  # other words
                if not kind & _VOID:
                    top = min(top + 1, _MAX_DEPTH)
                    stack[top] = begun
        elif c == SKIP:
            size = d[i + 1] | np.int64(d[i + 2]) << 8 | np.int64(d[i + 3]) << 16 | np.int64(d[i + 4]) << 24
            i += max(int(size), 5)
            state = 0
        else:
            state = steps[state, symbols[c]]
            if ends[state] and i - last > _APART:
                last = i
                _keep(count, i, 0, top, stack, rows, around)
                count += 1
            i += 1
    return count


@kernel
def _speaks(d: U8, begun: int, end: int) -> bool:
    """Whether a tag has an address or a mark of a license."""
    return (
        contains(d, begun, end, _COMMONS)
        or contains(d, begun, end, _LICENSE)
        or (
            d[begun + 1] == byte.i
            and d[begun + 2] == byte.m
            and (contains(d, begun, end, _NAMED) or contains(d, begun, end, _CALLED))
        )
        or contains(d, begun, end, _BADGE)
    )


@kernel
def _keep(count: int, place: int, kind: int, top: int, stack: I64, rows: I64, around: I64) -> None:
    k = count if count < FIRST else FIRST + (count - FIRST) % LAST
    rows[k, 0], rows[k, 1], rows[k, 2] = place, kind, min(top, DEPTH)
    outer = max(top - DEPTH, 0)
    for level in range(top - outer):
        around[k, level] = stack[outer + level + 1]
