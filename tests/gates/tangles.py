"""Pathological pages, wikitext, URLs and texts for the gate: of each class one of about `size` bytes."""

from collections.abc import Callable

Make = Callable[[int], str]
WORDS = (
    "The committee of the town met on Monday to hear what had become of the old bridge, which was closed "
    "after the flood of last spring and will be built anew in stone. "
)
PARAGRAPH = f"<p class=text>{WORDS * 3}<a href=/more>More</a></p>\n"


def page(size: int) -> str:
    """An ordinary page."""
    nav = "".join(f"<li><a href=/{i}>Part {i}</a></li>" for i in range(20))
    body = PARAGRAPH * max(1, size // len(PARAGRAPH))
    head = "<html><head><title>A bridge</title></head>"
    return f"{head}<body><ul>{nav}</ul><div id=main>{body}</div></body></html>"


def fill(unit: str, before: str = "", behind: str = "") -> Make:
    """A page of one unit over and over; `#` in it is its number."""

    def make(size: int) -> str:
        count = max(1, (size - len(before)) // len(unit))
        middle = "".join(unit.replace("#", str(i)) for i in range(count)) if "#" in unit else unit * count
        return f"{before}{middle}{behind}"

    return make


def halves(first: str, second: str, before: str = "") -> Make:
    """Half of one unit, then half of another."""
    return lambda size: before + fill(first)(size // 2) + fill(second)(size // 2)


def _head(unit: str) -> Make:
    return fill(
        unit, f"<html><head>{'' if 'title' in unit else '<title>A</title>'}", f"</head><body>{PARAGRAPH}"
    )


PAGES: dict[str, Make] = {
    "attributes_of_one_tag": fill("a#=1 ", "<p ", f">{WORDS}"),
    "attributes_of_one_tag_1000": fill("<p " + " ".join(f"a{i}" for i in range(1_000)) + ">x"),
    "attributes_of_the_same_name": fill("a=1 ", "<p ", f">{WORDS}"),
    "attributes_of_html_again": fill("<html a#=1>", "<html><body>", PARAGRAPH),
    "attributes_of_body_again": fill("<body a#=1>", "<html><body>", PARAGRAPH),
    "attribute_without_end": fill("x", '<p title="'),
    "attribute_long_class": fill("nav ", '<p class="', f'">{WORDS}'),
    "attribute_style_colons": fill(": ", '<p style="', f'">{WORDS}'),
    "options": fill("<option>x", "<select>"),
    "options_bare": fill("<option>x", "<p>"),
    "optgroups": fill("<optgroup><option>x", "<select>"),
    "selects": fill("<select><option>x"),
    "misnested_b_i_a": fill("<b><i><a href=x><p>x"),
    "misnested_reversed": fill("<b><i><a>x</b></i></a>"),
    "formatting_then_paragraphs": halves("<font a=#>", "<p>x"),
    "formatting_then_closed": halves("<font a=#>", "<p>x</p>"),
    "formatting_then_divs": halves("<b id=#>", "<div>x</div>"),
    "formatting_in_paragraphs": halves("<font a=#>", "<p>x", "<p>"),
    "formatting_900_in_paragraphs": fill("<p>x", "<p>" + "".join(f"<b id={i}>" for i in range(900))),
    "formatting_100_in_paragraphs": fill("<p>x", "<p>" + "".join(f"<b id={i}>" for i in range(100))),
    "formatting_10_in_paragraphs": fill("<p>x", "<p>" + "".join(f"<b id={i}>" for i in range(10))),
    "formatting_in_cells": fill("<td><b id=#>x", "<table><tr>"),
    "formatting_hidden_by_textarea": fill(
        "<p>x", "<p>" + "".join(f"<b id={i}><textarea></b></textarea>" for i in range(900))
    ),
    "formatting_50_then_paragraphs": fill("<p>x", "".join(f"<b id={i}>" for i in range(50))),
    "formatting_adoption": halves("<b id=#><div>", "</b>"),
    "anchors": fill("<a href=#>"),
    "anchors_in_divs": fill("<a><div>"),
    "nobr": fill("<nobr>x"),
    "table_foster_text": fill("x<b>", "<table>"),
    "table_foster_tags": fill("<a><tr>", "<table>"),
    "table_foster_tables": fill("<table>x"),
    "table_cells": fill("<td>x", "<table><tr>"),
    "table_rows": fill("<tr><td>x", "<table>"),
    "deep_div": fill("<div>"),
    "deep_ul": fill("<ul><li>"),
    "deep_table": fill("<table><tr><td>"),
    "deep_span": fill("<span>x"),
    "deep_unknown": fill("<x-y>"),
    "deep_svg": fill("<svg><g>"),
    "deep_flat_names": fill("<ruby><rt><rp>"),
    "deep_option_names": fill("<p><link><option>"),
    "deep_900_paragraphs": fill("<p>x", "<span>" * 900),
    "deep_900_list_items": fill("<li>x", "<ul>" + "<div>" * 900),
    "depth_hidden_by_comment": fill("<div>", "<!-->"),
    "depth_hidden_by_script": fill("<div>", "<svg><script/>"),
    "depth_hidden_by_quote": fill('<div a=">">'),
    "depth_hidden_by_slash": fill("<div/>"),
    "depth_hidden_by_closing": fill("<div></x>"),
    "depth_hidden_by_p": fill("<p><button>"),
    "templates": fill("<template>"),
    "forms": fill("<form>x"),
    "buttons": fill("<button>x"),
    "headings": fill("<h1>x"),
    "definition_terms": fill("<dd>x<dt>"),
    "paragraph_ends": fill("</p>"),
    "unknown_ends": fill("</x>"),
    "entities": fill("&amp;"),
    "entities_by_number": fill("&#x41;"),
    "entities_without_end": fill("&"),
    "entity_long": fill("a", "<p>&"),
    "entities_of_no_name": fill("&notanentity;"),
    "comment_without_end": fill("-", "<!--"),
    "comment_of_brackets": fill(">", "<!--"),
    "comments_begun": fill("<!--"),
    "comments_empty": fill("<!---->"),
    "brackets": fill("<"),
    "tags_without_end": fill("<a "),
    "scripts_begun": fill("<script>"),
    "script_in_comments": fill("<!--<script>", "<script>"),
    "scripts": fill("<script></script>"),
    "styles_begun": fill("<style>"),
    "plaintext": fill("<plaintext>"),
    "titles": _head("<title>a</title>"),
    "head_robots": _head("<meta name=robots content=noai>"),
    "head_canonical": _head("<link rel=canonical href=x>"),
    "head_canonical_in_rel": fill("canonical", '<head><link rel="', '">'),
    "head_meta_long": fill("x ", '<head><meta a="', '">'),
    "head_noai_word": lambda size: (
        f'<head><meta name=x content="{"a" * (size // 2)} noai {"a" * (size // 2)} !"></head>{PARAGRAPH}'
    ),
    "head_linked_data": _head("<script type=application/ld+json>[]</script>"),
    "head_linked_data_deep": fill("[", "<head><script type=application/ld+json>"),
    "body_linked_data": fill("<script type=application/ld+json>[]</script>", f"<body>{PARAGRAPH}"),
    "body_robots": fill("<meta name=robots content=noai>", f"<body>{PARAGRAPH}"),
    "body_footers": fill(
        "<footer><a href=//creativecommons.org/licenses/by/4.0>x</a></footer>", f"<body>{PARAGRAPH}"
    ),
    "body_times": fill("<time datetime=x>x</time>", f"<body>{PARAGRAPH}"),
    "body_licenses": fill("<a rel=license>x</a>", f"<body>{PARAGRAPH}"),
    "formulas_begun": fill('<span class="katex">'),
    "formulas_closed": halves('<span class="katex">', "</span>"),
    "formulas_deep": fill("x ", '<span class="katex">' * 900),
    "formulas_math": fill("<math>"),
    "formulas_math_closed": fill("<math><mi>x</mi></math>"),
    "formulas_math_other": fill("<math><mi>x#</mi></math>"),
    "formulas_math_greek": fill("<math>\u03b1#</math>"),
    "formulas_operators": fill(f"<math>{'<mo>+</mo>' * 100}</math>"),
    "formulas_scripts": fill(f"<math>{'<msup></msup>' * 100}</math>"),
    "formulas_text": fill(f"<math>{'x+ ' * 1_000}</math>"),
    "formulas_data": fill('<i data-latex="x">'),
    "formulas_images": fill('<img class=tex alt="\\a">'),
    "formulas_brackets": fill("(", "<math><mo>", "</mo></math>"),
    "pre_lines": fill("x\n", "<pre>"),
    "line_breaks": fill("<br>"),
    "spaces": fill(" ", "<p>x", "x"),
    "no_space": fill("x", "<p>"),
    "nul": fill("\0", "<p>"),
    "lists_of_links": fill("<li><a href=x>x</a>", "<ul>"),
    "horizontal_rules": fill("<hr>"),
    "soft_hyphens": fill("&shy;", "<p>"),
    "images": fill("<img src=x alt=x>"),
}

WIKITEXT: dict[str, Make] = {
    "templates_begun": fill("{{a"),
    "templates_reversed": halves("}}", "{{a"),
    "templates_nested": lambda size: "{{a|" * (size // 6) + "}}" * (size // 6),
    "links_begun": fill("[[a"),
    "links_reversed": halves("]]", "[[a"),
    "links_nested": lambda size: "[[a|" * (size // 6) + "]]" * (size // 6),
    "links_external_begun": fill("[http://a "),
    "tables_begun": fill("{|\n|a\n"),
    "tables_nested": lambda size: "{|\n|\n" * (size // 9) + "|}\n" * (size // 9),
    "table_rows": fill("|-\n|a||b\n", "{|\n", "|}"),
    "tags_begun": fill("<b>"),
    "tags_reversed": halves("</b>", "<b>"),
    "tags_nested": halves("<b>", "</b>"),
    "references_begun": fill("<ref>a"),
    "nowiki_begun": fill("<nowiki>"),
    "comments_begun": fill("<!--"),
    "quotes": fill("''a"),
    "quotes_bold": fill("'''''a"),
    "apostrophes": fill("'"),
    "braces": fill("{"),
    "braces_closing": fill("}", "{{a"),
    "brackets": fill("["),
    "parameters": fill("{{{a|"),
    "headings": fill("== a ==\n"),
    "heading_of_spaces": fill(" ", "= a", "b"),
    "heading_of_signs": fill("=", "= a ", "b"),
    "headings_deep": fill("= a =\n== b ==\n=== c ===\n"),
    "list_items": fill("* a\n"),
    "list_marks": fill("*"),
    "definitions": fill(";a:b\n"),
    "entities": fill("&amp;"),
    "entities_without_end": fill("&"),
    "urls": fill("http://a "),
    "url_long": fill("a", "http://"),
    "magic_words": fill("__TOC__"),
    "underscores": fill("_"),
    "empty_brackets": fill(" ("),
    "spaces": fill(" ", "a", "b"),
    "arguments": fill("|a", "{{a", "}}"),
    "pipes": fill("|"),
    "colons": fill("\n:"),
    "attributes": fill("a# ", "<b ", ">a</b>"),
    "attributes_quoted": fill('a="', "<b "),
    "one_line": fill(WORDS),
    "links_closed": fill("[[a]]"),
    "links_closed_with_text": fill("[[a|b]]"),
    "links_external_closed": fill("[//a b]"),
    "templates_closed": fill("{{a}}"),
    "templates_with_arguments": fill("{{a|b|c}}"),
    "parameters_closed": fill("{{{a}}}"),
    "tags_closed": fill("<b>a</b>"),
    "tags_alone": fill("<b/>"),
    "line_breaks": fill("<br>"),
    "references_closed": fill("<ref/>"),
    "comments_closed": fill("<!---->"),
    "formulas": fill("<math>x</math>"),
    "nowiki_closed": fill("<nowiki>a</nowiki>"),
    "rules": fill("----\n"),
    "list_of_colons": fill("*:\n"),
    "dresses": fill("{{nowrap|a}}"),
}

URLS: dict[str, Make] = {
    "dots": fill("a.", "http://", "com/"),
    "dots_alone": fill(".", "http://a"),
    "slashes": fill("/", "http://a.com"),
    "signs_at": fill("@", "http://"),
    "colons": fill(":", "http:"),
    "percents": fill("%", "http://a.com/"),
    "percents_coded": fill("%41", "http://a.com/"),
    "words": fill("a-b#", "http://a.com/"),
    "one_word": fill("a", "http://a.com/"),
    "substrings": fill("porn", "http://a.com/"),
    "bracket": fill("[", "http://["),
    "www": fill("www.", "http://"),
    "scheme": fill("a+", "a", "://a.com"),
}

TEXTS: dict[str, Make] = {
    "ordinary": fill(f"{WORDS}\n"),
    "one_line": fill(WORDS),
    "one_word": fill("a"),
    "one_letter_words": fill("a "),
    "line_ends": fill("\n"),
    "short_lines": fill("a\n"),
    "numbered_lines": fill("line #\n"),
    "full_stops": fill("."),
    "sentences": fill("A. "),
    "spaces": fill(" ", "a", "a"),
    "braces": fill("{"),
    "bullets": fill("- \n"),
    "ellipses": fill("...\n"),
    "marks": fill("\u0301", "a"),
    "no_width": fill("\u200b"),
    "han": fill("\u6c38"),
    "urls": fill("http://a.b/# "),
    "nul": fill("\0"),
    "javascript": fill("javascript\n"),
    "citations": fill("[1]"),
    "at_signs": fill("@a "),
}
