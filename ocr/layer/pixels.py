"""What is drawn against what the text layer says: a few lines are rendered, read by OCR, and compared."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from PIL import Image, ImageOps

from winnow.ocr.layer.letters import count
from winnow.ocr.layer.similarity import compare, find_lost, pick
from winnow.ocr.reader.page import Box, Page

Recognize = Callable[..., str]  # of a picture, a model, and how sure it must be at least to say anything
MODELS = {
    "Latin": ("eng", "fra", "deu", "spa", "ita", "por", "nld", "pol", "Latin", "script/Latin"),
    "Cyrillic": ("rus", "ukr", "bul", "srp", "Cyrillic", "script/Cyrillic"),
    "Greek": ("ell", "Greek", "script/Greek"),
    "Arabic": ("ara", "fas", "Arabic", "script/Arabic"),
    "Hebrew": ("heb", "Hebrew", "script/Hebrew"),
    "Kana": ("jpn", "Japanese", "script/Japanese"),
    "Han": ("chi_sim", "chi_tra", "jpn", "script/HanS"),
    "Hangul": ("kor", "Hangul", "script/Hangul"),
    "Devanagari": ("hin", "mar", "nep", "Devanagari", "script/Devanagari"),
    "Bengali": ("ben",),
    "Gurmukhi": ("pan",),
    "Gujarati": ("guj",),
    "Tamil": ("tam",),
    "Telugu": ("tel",),
    "Kannada": ("kan",),
    "Malayalam": ("mal",),
    "Thai": ("tha",),
    "Georgian": ("kat",),
    "Armenian": ("hye",),
}
LINES = 4
EM = 36  # pixels: what Tesseract reads best
MOST_PIXELS = 4000
AGREE, ENOUGH, DIFFER = 0.95, 0.8, 0.4
READABLE = 4.9  # bits a letter
LEAST_SURE = 2  # lines; of one, such as a date in a title, a model may be sure by chance
SURE = 0.8  # that a model of another script than the layer's must be; of what it cannot read it is .7 at most
LEAST_READ = 10  # letters
BEST_LENGTH = 24
CAPS = 0.3
LOST, LOST_SHARE = 4, 0.08  # signs; of letters and digits
TURNS = {
    (0, -1): Image.Transpose.ROTATE_270,
    (0, 1): Image.Transpose.ROTATE_90,
    (-1, 0): Image.Transpose.ROTATE_180,
}


class Span(NamedTuple):
    """A run of text in one font on one line, as the reader gives it."""

    text: str
    font: str
    size: float
    box: tuple[float, float, float, float]
    origin: tuple[float, float]
    direction: tuple[float, float]
    hidden: bool


class Check(NamedTuple):
    """`agrees` is None where the verifier cannot tell; `likeness` is of the median line, 0 to 1."""

    agrees: bool | None
    likeness: float


def choose_spans(spans: Sequence[Span]) -> list[Span]:
    """The spans that are read best, a few, best first: upright words of a usual size, not too long."""
    rated = [(rate, -index) for index, span in enumerate(spans) if (rate := _rate(span)) > 0]
    return [spans[-index] for _, index in sorted(rated, reverse=True)[:LINES]]


def check_spans(page: Page, spans: Sequence[Span], recognize: Recognize, models: Sequence[str]) -> Check:
    """Whether the page shows what the spans say: one line that agrees is enough, else others are read too."""
    pictures: list[Image.Image] = []
    lines: list[tuple[str, str]] = []
    likes: list[float] = []
    strange: list[Span] = []
    for span in spans:
        model = _choose_model(span.text, models)
        if model is None:
            strange.append(span)
            continue
        pictures.append(_picture(page, span))
        lines.append((span.text, recognize(pictures[-1], model)))
        likes.append(compare(*lines[-1]))
        if likes[-1] >= AGREE and len(pick(span.text)) >= LEAST_READ:
            break
    if not lines:
        return _check_strange([_picture(page, span) for span in strange], recognize, models)
    verdict = _weigh(lines, likes)
    if verdict.agrees is None and verdict.likeness < DIFFER:
        return _try_others([text for text, _ in lines], pictures, recognize, models) or verdict
    return verdict


def _check_strange(pictures: Sequence[Image.Image], recognize: Recognize, models: Sequence[str]) -> Check:
    """Of lines in a script without a model: what another script's model is sure to read is drawn there."""
    for model in dict.fromkeys(choose_known(names, models) for names in MODELS.values()):
        read = [text for picture in pictures if model and (text := recognize(picture, model, SURE))]
        if len(read) >= LEAST_SURE and 2 * len(read) > len(pictures) and is_readable(" ".join(read)):
            return Check(False, 0.0)
    return Check(None, 0.0)


def _weigh(lines: Sequence[tuple[str, str]], likes: Sequence[float]) -> Check:
    like = median(likes)
    layer, reading = (" ".join(side) for side in zip(*lines, strict=True))
    if like >= DIFFER:
        lost, share = find_lost(lines)
        # Small capitals are drawn where the layer has small letters; the other way round is a broken map.
        turned = _share_capitals(layer) - _share_capitals(reading) > CAPS
        if (lost >= LOST and share >= LOST_SHARE and is_readable(reading)) or (turned and like >= ENOUGH):
            return Check(False, min(like, 0.5))
        return Check(True if like >= ENOUGH or max(likes) >= AGREE else None, like)
    # A page of a word or two says little, but it is all there is.
    least = min(LEAST_READ, max(4, len("".join(layer.split())) - 1))
    if is_readable(reading, least):
        return Check(False, like)
    return Check(None, like)


def _share_capitals(text: str) -> float:
    return sum(map(str.isupper, text)) / max(sum(map(str.isalpha, text)), 1)


def _try_others(
    texts: Sequence[str], pictures: Sequence[Image.Image], recognize: Recognize, models: Sequence[str]
) -> Check | None:
    """A scrambled layer's script misleads: what another script's model reads well is what stands there."""
    for model in dict.fromkeys(choose_known(names, models) for names in MODELS.values()):
        if model is None:
            continue
        lines = [(text, recognize(picture, model)) for text, picture in zip(texts, pictures, strict=True)]
        verdict = _weigh(lines, [compare(*line) for line in lines])
        if verdict.agrees is not None:
            return verdict
    return None


def is_readable(text: str, least: int = LEAST_READ) -> bool:
    """Whether a reading is language rather than what a model makes of signs that it does not know."""
    figures = count(text)
    if figures.letters < least or figures.letters + figures.digits < 0.7 * figures.characters:
        return False
    if figures.script in ("Kana", "Han"):
        return sum("\u3041" <= letter <= "\u30ff" for letter in text) >= 0.2 * figures.letters
    return figures.pairs >= least and 0 < figures.bits < READABLE


def _choose_model(text: str, models: Sequence[str]) -> str | None:
    script = count(text).script
    kana = any("\u3041" <= letter <= "\u30ff" for letter in text)
    return choose_known(MODELS.get("Kana" if kana else script, MODELS["Latin"]), models)


def choose_known(names: Sequence[str], models: Sequence[str]) -> str | None:
    """The first of the names that there is a model of."""
    return next((name for name in names if name in models), None)


def _rate(span: Span) -> float:
    """Letters up to a good length, their share, and nothing that a reader of lines cannot take."""
    solid = "".join(span.text.split())
    x0, y0, x1, y1 = span.box
    if not 4.5 <= span.size <= 100 or len(solid) < 3 or min(x1 - x0, y1 - y0) <= 0:
        return 0.0
    if max(abs(span.direction[0]), abs(span.direction[1])) < 0.999:
        return 0.0
    good = sum(letter.isalnum() for letter in solid)
    plain = sum(letter.isascii() for letter in solid)
    # A model of one script reads words of another badly.
    pure = max(plain, len(solid) - plain) / len(solid)
    length = min(len(solid), BEST_LENGTH) / max(1.0, len(solid) / (2 * BEST_LENGTH))
    # Capitals and digits may be mapped wrongly where small letters are right.
    other = min(sum(letter.isupper() or letter.isdigit() for letter in solid), 6)
    return length * (0.2 + good / len(solid)) * pure * (1 + other / 12)


def read_boxes(
    page: Page,
    boxes: Sequence[tuple[float, float, float, float]],
    recognize: Recognize,
    models: Sequence[str],
) -> bool:
    """Whether some model reads language within the boxes (lines upright on the page)."""
    pictures = [_render(page, box, EM / max(box[3] - box[1], 1)) for box in boxes]
    for model in dict.fromkeys(choose_known(names, models) for names in MODELS.values()):
        if model is not None and is_readable(" ".join(recognize(picture, model) for picture in pictures)):
            return True
    return False


def _picture(page: Page, span: Span) -> Image.Image:
    x0, y0, x1, y1 = span.box
    direction = (round(span.direction[0]), round(span.direction[1]))
    if direction in ((1, 0), (-1, 0)):
        # Boxes of fonts with tall ascenders reach into the lines beside.
        up, down = (0.95, 0.35) if direction == (1, 0) else (0.35, 0.95)
        y0, y1 = max(y0, span.origin[1] - up * span.size), min(y1, span.origin[1] + down * span.size)
    picture = _render(page, (x0 - 1.5, y0, x1 + 1.5, y1), EM / span.size)
    return picture.transpose(TURNS[direction]) if direction in TURNS else picture


def _render(page: Page, clip: Box, scale: float) -> Image.Image:
    """Dark on light, with a margin."""
    scale = min(max(scale, 0.5), MOST_PIXELS / max(clip[2] - clip[0], clip[3] - clip[1], 1))
    picture = page.draw(scale, clip)
    if not all(picture.size):
        return Image.new("L", (24, 24), 255)
    histogram = picture.histogram()
    if sum(histogram[:128]) > sum(histogram[128:]):
        picture = ImageOps.invert(picture)
    return ImageOps.expand(ImageOps.autocontrast(picture), 12, 255)
