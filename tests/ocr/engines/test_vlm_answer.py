"""Answers of models judged: fences and headers off, loops and other pages' words found, in any script."""

import random
import time
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.ocr.engines.vlm_answer import clean, compare, fold, judge, measure_repetition

# Each twice: two passages of one kind in one language.
PASSAGES = {
    "English": (
        "The keeper of the archive wrote down every parcel that came in on the morning train and "
        "gave it a number, a shelf and a day, so that whoever asked for it later could be told at "
        "once where it lay.",
        "When the river rose over the meadows the people of the village carried their chairs up to "
        "the church and waited there for three nights, until the water had gone and the road could "
        "be seen again.",
    ),
    "German": (
        "Der Verwalter des Archivs schrieb jedes Paket auf, das mit dem Morgenzug eintraf, und gab "
        "ihm eine Nummer, ein Regal und einen Tag, damit jeder, der später danach fragte, sofort "
        "erfahren konnte, wo es lag.",
        "Als der Fluss über die Wiesen stieg, trugen die Leute des Dorfes ihre Stühle in die Kirche "
        "hinauf und warteten dort drei Nächte, bis das Wasser fort war und die Straße wieder zu "
        "sehen war.",
    ),
    "Russian": (
        "Хранитель архива записывал каждую посылку, которая приходила утренним поездом, и давал ей "
        "номер, полку и день, чтобы всякому, кто позже про неё спросит, можно было сразу сказать, где "
        "она лежит.",
        "Когда река поднялась над лугами, жители деревни отнесли свои стулья в церковь и ждали там "
        "три ночи, пока вода не ушла и дорога не стала снова видна всем, кто возвращался домой.",
    ),
    "Arabic": (
        "كان أمين الأرشيف يسجل كل طرد يصل في قطار الصباح ويعطيه رقما ورفا ويوما حتى يعرف كل من يسأل "
        "عنه لاحقا أين وضع ومن الذي طلبه قبل ذلك وكم من الوقت بقي عنده",
        "عندما ارتفع النهر فوق المروج حمل أهل القرية كراسيهم إلى المسجد وانتظروا هناك ثلاث ليال حتى "
        "ذهبت المياه وصار الطريق ظاهرا مرة أخرى لكل العائدين إلى بيوتهم",
    ),
    "Chinese": (
        "档案馆的管理员把早班火车运来的每一个包裹都登记下来、给它编上号码、写明书架和日期、这样以后"
        "有人来查问的时候、就能马上知道它放在哪里、以前有谁借过。",
        "河水漫过草地的时候、村里的人把椅子搬到山上的教堂里、在那里等了三个晚上、直到大水退去、道路"
        "重新露出来、大家才慢慢走回自己的家。",
    ),
    "Japanese": (
        "文書館の管理人は、朝の汽車で届いた荷物をすべて書き留め、番号と棚と日付をつけた。あとで誰か"
        "が尋ねたとき、どこにあるか、前に誰が求めたかをすぐに答えられるようにするためである。",
        "川の水が牧場にあふれたとき、村の人々は椅子を丘の上の教会まで運び、三晩のあいだそこで待った"
        "。やがて水が引いて道がまた見えるようになると、みな家に帰っていった。",
    ),
    "Thai": (
        "ผู้ดูแลหอจดหมายเหตุจดพัสดุทุกชิ้นที่มากับรถไฟเที่ยวเช้า และกำหนดหมายเลข ชั้นวาง และวันที่ "
        "เพื่อให้ผู้ที่มาถามภายหลังทราบได้ทันทีว่าอยู่ที่ใด",
        "เมื่อแม่น้ำเอ่อล้นทุ่งหญ้า ชาวบ้านขนเก้าอี้ขึ้นไปที่วัดบนเนินเขา และรออยู่ที่นั่นสามคืน จนกระทั่งน้ำลดลงและมองเห็นถนนอีกครั้ง",
    ),
    "Hindi": (
        "अभिलेखागार का रखवाला सुबह की रेलगाड़ी से आने वाले हर पार्सल को लिख लेता था और उसे एक "
        "संख्या, एक खाना और एक तारीख देता था, ताकि बाद में पूछने वाले को तुरंत बताया जा सके कि वह "
        "कहाँ रखा है।",
        "जब नदी का पानी मैदानों पर चढ़ आया तो गाँव के लोग अपनी कुर्सियाँ मंदिर तक ले गए और तीन रातों "
        "तक वहीं रुके रहे, जब तक पानी उतर नहीं गया और सड़क फिर दिखाई नहीं देने लगी।",
    ),
    "Korean": (
        "기록 보관소의 관리인은 아침 기차로 들어오는 모든 소포를 적어 두고 번호와 선반과 날짜를 매겨 "
        "나중에 누가 찾더라도 어디에 있는지 바로 알려 줄 수 있게 하였다.",
        "강물이 들판 위로 넘치자 마을 사람들은 의자를 언덕 위의 교회로 옮기고 사흘 밤을 그곳에서 "
        "기다렸으며 물이 빠지고 길이 다시 보이자 집으로 돌아갔다.",
    ),
    "Vietnamese": (
        "Người giữ kho lưu trữ ghi lại mọi gói hàng đến bằng chuyến tàu buổi sáng và cho nó một con "
        "số, một ngăn kệ và một ngày, để ai hỏi đến sau này đều có thể được trả lời ngay là nó nằm ở "
        "đâu.",
        "Khi nước sông dâng lên khắp đồng cỏ, dân làng khiêng ghế của mình lên nhà thờ trên đồi và "
        "chờ ở đó ba đêm, cho đến khi nước rút hết và con đường lại hiện ra trước mắt mọi người.",
    ),
}


def misread(text, share, seed=1):
    """Text as an engine reads a poor scan: letters lost and taken for others."""
    drawn = random.Random(seed)
    letters = [c for c in text if c.isalpha()]
    read = (drawn.choice(letters) if c.isalpha() and drawn.random() < share else c for c in text)
    return "".join(c for c in read if c.isspace() or drawn.random() > share / 4).split()


@pytest.mark.parametrize("language", PASSAGES)
def test_a_poor_reading_of_the_page_vouches_for_it_and_not_for_another(language):
    page, other = PASSAGES[language]
    words = misread(page, 0.08)
    assert judge(page, "stop", words).reason is None
    assert judge(other, "stop", words).reason == "other_words"
    assert (
        judge(PASSAGES["Russian" if language == "English" else "English"][0], "stop", words).reason
        == "other_words"
    )


def test_marks_and_markup_are_not_compared():
    marks = "| a | b |\n|---|---|\n| $\\frac{a}{b}$ | <td colspan=2>4</td> |\n![](a_picture.png)\n"
    page = marks + PASSAGES["German"][0]
    words = PASSAGES["German"][0].replace("ä", "a").upper().split()
    judged = judge(page, "stop", words)
    assert (judged.recall, judged.precision) == (1, 1)


def test_lines_that_break_words_and_other_columns_first_are_the_same_page():
    page = PASSAGES["English"][0]
    half = len(page) // 2
    broken = (page[half:] + " " + page[:half]).replace("parcel", "par- cel").replace("archive", "ar- chive")
    assert judge(page, "stop", broken.split()).reason is None


def test_half_a_page_seen_is_enough_and_a_page_invented_around_it_is_not():
    page = PASSAGES["English"][0]
    words = page.split()
    assert judge(page, "stop", words[: len(words) * 2 // 3]).reason is None
    invented = " ".join(passage for name in ("German", "Russian", "Vietnamese") for passage in PASSAGES[name])
    assert judge(f"{page} {invented}", "stop", words).reason == "other_words"


def test_a_small_part_of_a_page_is_not_its_text():
    words = " ".join(PASSAGES["English"]).split()
    assert judge(" ".join(words[:12]), "stop", words).reason == "other_words"


def test_too_few_words_are_no_witness():
    judged = judge(PASSAGES["English"][0], "stop", ("ein", "paar", "Wörter"))
    assert (judged.reason, judged.recall, judged.precision) == (None, None, None)
    assert judge("something else", "stop", ["the", "same", "word"] * 30).reason is None


def test_refusals_have_other_words():
    words = PASSAGES["English"][0].split()
    for refusal in ("I can't help with that.", "As an AI language model, I am unable to read this picture."):
        assert judge(refusal, "stop", words).reason == "other_words"


@pytest.mark.parametrize("finish", ["stop", "length"])
@pytest.mark.parametrize(
    "loop",
    [
        "\nThe same line again." * 12,
        " ha" * 60,
        "\n| 0.00 | 0.00 |" * 40,
        " and the number of the parcel, the number of the shelf, the day of the train" * 8,
        "哈" * 60,
        "的 书 架 " * 20,
        "ab" * 400,
        " 1234512345" * 30,
    ],
)
def test_a_loop_at_the_end_is_found(loop, finish):
    page = PASSAGES["English"][0]
    judged = judge(page + loop, finish, page.split())
    assert judged.reason == "repetition" and judged.repetition > 0.7 and judged.text is None
    assert judge(page + loop, finish, ()).reason == "repetition"


def test_a_long_passage_in_a_loop_and_a_loop_alone():
    page = " ".join(PASSAGES["English"])
    assert judge(f"{page} " * 6, "length", page.split()).reason == "repetition"
    assert judge("no no " * 20, "stop", page.split()).reason == "repetition"


def test_what_the_page_repeats_is_no_loop():
    table = "\n".join(f"| {number} | 0.00 | 0.00 | n/a | yes |" for number in range(60))
    page = f"{PASSAGES['English'][0]}\n{table}"
    words = page.replace("|", " ").split()
    assert judge(page, "stop", words).reason is None
    some = [word for index, word in enumerate(words) if index % 4]
    assert judge(page, "stop", some).reason is None
    dots = f"{PASSAGES['English'][0]}\n" + "Chapter ........................ 7\n" + "|   |   |\n" * 30
    assert judge(dots, "stop", ()).reason is None


@pytest.mark.parametrize("language", PASSAGES)
def test_prose_is_no_loop(language):
    assert measure_repetition(fold(" ".join(PASSAGES[language])), "") == 0


def test_how_it_ended():
    page = PASSAGES["English"][0]
    say = partial(judge, words=page.split())
    assert say(page, "length").reason == "truncated"
    assert say(page, "repetition").reason == "repetition"
    assert {say(page, finish).reason for finish in ("abort", "error", "content_filter")} == {"unfinished"}
    assert say(page, None).text == page
    assert {say(nothing, "stop").reason for nothing in ("", " \n", "```\n```", "|---|", "...", "\u200b")} == {
        "empty"
    }


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("```markdown\nA page.\n```", "A page."),
        ("```\nA page.\n```\n", "A page."),
        (
            "```md\nA page.\n\n```python\nx = 1\n```\n\nAnd on.\n```",
            "A page.\n\n```python\nx = 1\n```\n\nAnd on.",
        ),
        ("```markdown\nA page that was not closed.", "A page that was not closed."),
        ("```python\nx = 1\n```", "```python\nx = 1\n```"),
        ("```\na\n```\nand\n```\nb\n```", "```\na\n```\nand\n```\nb\n```"),
        ("Before\n```\nx = 1\n```", "Before\n```\nx = 1\n```"),
        (
            "---\nprimary_language: en\nis_rotation_valid: True\nrotation_correction: 0\n---\nA page.",
            "A page.",
        ),
        ("```markdown\n---\nprimary_language: en\n---\nA page.\n```", "A page."),
        ("---\ntitle: a page's own header\n---\nA page.", "---\ntitle: a page's own header\n---\nA page."),
        ("A\x00 p\x07age\r\nof two\ud800 lines", "A page\nof two\ufffd lines"),
        ("\tindented", "indented"),
    ],
)
def test_what_is_around_the_text_is_taken_off(answer, text):
    assert clean(answer) == text


@given(st.text())
def test_any_answer_is_judged_and_a_good_one_is_clean(answer):
    judged = judge(answer, "stop", answer.split())
    assert (judged.text is None) == (judged.reason is not None)
    if judged.text is not None:
        assert clean(judged.text) == judged.text or judged.text.startswith(("```", "---"))
        judged.text.encode()


@settings(max_examples=30)
@given(st.text(st.characters(categories=["L", "Zs", "N"]), min_size=60))
def test_a_text_has_its_own_words(text):
    recall, precision = compare(fold(text), fold(text))
    assert (recall, precision) in [(None, None), (1, 1)]


@pytest.mark.parametrize(
    "much", [" ", "\n", "```\n", "<", "a", "字 ", "---\na:\n", "\\a", "](", "x y ", "&amp;"]
)
def test_an_answer_without_end_is_judged_in_time(much):
    begun = time.monotonic()
    for start in ("", "```markdown\n", "---\n"):
        judge(start + much * (100_000 // len(much)) + "end", "length", PASSAGES["English"][0].split())
    assert time.monotonic() - begun < 10
