"""The text of a page keeps its structure: lines of code, list items, table rows, formulas."""

import numpy as np
import pytest
from resiliparse.parse.html import HTMLTree

from winnow.ingest.latex.formulas import rewrite
from winnow.ingest.page.blocks import markup_of, scan
from winnow.ingest.page.render import render


def whole(html: str) -> str:
    """The text of all blocks."""
    written = markup_of(HTMLTree.parse(html))
    page = scan(written)
    if page.formulas:
        page = scan(rewrite(written))
    return render(page, np.ones(len(page.blocks), np.bool_))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>A  b</h1><p>one\n two<br>three<p>four", "A b\n\none two\nthree\n\nfour"),
        ("<p>a <b>b</b><i> c</i>d&nbsp;&amp;&lt;x&gt;&quot;é\u00ad\u200b", 'a b cd &<x>"é'),
        ("<div>one</div><div>two<br><br>three</div>", "one\ntwo\n\nthree"),
        ("<p>x<ul><li>a<li><p>b</p><li>c<ul><li>d</ul>e</ul><p>y", "x\n\n- a\n- b\n- c\n  - d\ne\n\ny"),
        ("<ol start=9><li>a<li>b<li>c</ol>", "9. a\n10. b\n11. c"),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\nb\nc\nd"),
        ("<p>he said <q>no</q><p>or <q>yes</q>.", 'he said "no"\n\nor "yes".'),
        ("<p>x<p hidden>h</p><p>y<!-- > <b> --><script>'<p>'</script>z", "x\n\nyz"),
        (
            '<p>a<b style="color:red; display : none">h</b><i aria-hidden="true">h</i><svg><text>h</svg>b',
            "ab",
        ),
        (
            "<p>ok<noscript>h</noscript><template><p>h</template><style>h{}</style><select><option>h",
            "ok",
        ),
        ('<h2>Head<a class="headerlink" href="#h">¶</a></h2>', "Head"),
        ('<h2>Head <a href="#h"> <i>#</i> </a></h2><p>see <a href="#h">#</a> <a>x', "Head\n\nsee # x"),
        ("<dl><dt>term <a>§</a><dd>## <a>##</a></dl><h3><a>C#</a> <a>∞</a> <a>🔗</a>", "term\n## ##\n\nC#"),
        ("<ul><li><p>a<p>b<ul><li>c<p>d</ul>e<li>f<br><br>g</ul>", "- a\n\nb\n  - c\n\nd\ne\n- f\n\ng"),
        ("<dl><dt>t<dd><p>a<p>b<pre>c\nd</pre>e<dd>f<div>g</div></dl>", "t\na\n\nb\n\nc\nd\n\ne\nf\ng"),
        ("<body style='display:none'><p>shown by a script", "shown by a script"),
        ("<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字</ruby>。", "漢字。"),
        ("<p hidden id=S:0>sent <b hidden>h</b></p><p hidden id=S>h</p><p hidden id=S:x>h</p>", "sent"),
    ],
)
def test_paragraphs_lists_and_what_is_hidden(html: str, text: str) -> None:
    assert whole(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<table><tr><th>a<th>b<tr><td>1<td><p>2</p><p>3</p></table>", "a | b\n1 | 2 3"),
        ("<table><tr><td>a<td><td>c<tr><td><td>b<td>c</table>", "a |  | c\nb | c"),
        ("<table><tr><td><p>one</p><p>two</p></table>", "one\n\ntwo"),
        ("<table><tr><td>x<td><h2>head</h2><p>text</p></table>", "x\n\nhead\n\ntext"),
        ("<table><tr><td>x<td><table><tr><td>a<td>b</table></table>", "x\n\na | b"),
        ("<table><tr><td>x<td>one<br>line</table>", "x | one line"),
        (
            "<table><tr><th colspan=2><b>of a</b><tr><td>b<td>c<tr><td>d<tr><td>e<td>f</table>",
            "of a\nb | c\nd\ne | f",
        ),
        ("<table><tr><td><dl><dt>a</dl><td><p>b<tr><td><dl><dt>c</dl><td>d</table>", "a | b\nc | d"),
        ("<ul><li><table><tr><td><p>a<td>b<tr><td><p>c<td>d</table>", "- a | b\nc | d"),
        ("<ul><li>x<table><tr><td>a<td>b<tr><td>c<td>d</table>y<li>z", "- x\n\na | b\nc | d\n\ny\n- z"),
        ("<table><tr><td>a<td>b</table><table><tr><td>c<td>d</table>", "a | b\n\nc | d"),
    ],
)
def test_a_row_of_data_is_a_line_and_a_row_of_layout_is_not(html: str, text: str) -> None:
    assert whole(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>x<pre>\n\n  if a:\n\n\tb  c\n</pre>y", "x\n\n  if a:\n\n\tb  c\n\ny"),
        ("<pre><code><span>a</span>\n <i>  b</i></code></pre>", "a\n   b"),
        ("<pre><span>  </span>a\n<span>  b</span></pre>", "  a\n  b"),
        ("<pre><div>a</div><div>  b</div>c<br>d</pre>", "a\n  b\nc\nd"),
        ("<pre>a&nbsp;&nbsp;&lt;b&gt;<button>Copy</button></pre>", "a  <b>"),
        ("<p><code>a<br>&nbsp;&nbsp;b</code>", "a\n  b"),
        ("<div><code>if a:\n    b\n    c</code></div>", "if a:\n    b\n    c"),
        ('<table><tr><td class="gutter"><pre>1\n2</pre><td><pre>a\n b</pre></table>', "a\n b"),
        ("<table><tr><td><pre>a</pre><tr><td><pre>  b</pre></table>", "a\n  b"),
    ],
)
def test_code_stands_as_it_was_written(html: str, text: str) -> None:
    assert whole(html) == text


MATHML = (
    "<math><semantics><mi>x</mi>"
    '<annotation encoding="application/x-tex">x_1 &lt; 2</annotation></semantics></math>'
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<p>a <script type="math/tex">x<1 & y</script> b', "a $x<1 & y$ b"),
        ('<p>a <script type="math/tex; mode=display">x</script> b', "a\n$$x$$\nb"),
        (f"<p>a {MATHML} b", "a $x_1 < 2$ b"),
        (
            f'<p>a <span class="katex"><span class="katex-mathml">{MATHML}</span>'
            '<span class="katex-html" aria-hidden="true">x</span></span> b',
            "a $x_1 < 2$ b",
        ),
        (
            f'<p>a <span class="katex-display"><span class="katex">{MATHML}</span></span> b',
            "a\n$$x_1 < 2$$\nb",
        ),
        (
            '<p>a <span class="MathJax_Preview">x</span><span class="MathJax"><span>x</span></span>'
            '<script type="math/tex">x</script> b',
            "a $x$ b",
        ),
        (f"<p>a <mjx-container><mjx-math>x</mjx-math>{MATHML}</mjx-container> b", "a $x_1 < 2$ b"),
        ('<p>a <math alttext="\\alpha" display="block"><mi>y</mi></math> b', "a\n$$\\alpha$$\nb"),
        (
            f'<p>a <span class="mwe-math-element"><span style="display: none;">{MATHML}</span>'
            '<img alt="x_1 &lt; 2" class="mwe-math-fallback-image-inline"></span> b',
            "a $x_1 < 2$ b",
        ),
        ('<p>a <img class="latex" alt="{\\displaystyle \\pi}"> b', "a $\\pi$ b"),
        ('<p>a <img alt="A cat \\o/"> b', "a b"),
        ('<p>a <img class="formulaInl" alt="$\\chi^2$"> b', "a $\\chi^2$ b"),
        ('<p>a <img class="formulaDsp" alt="\\[ x_1 \\]"> b', "a\n$$x_1$$\nb"),
        ('<p>a <img alt="\\(\\beta\\)"> b', "a $\\beta$ b"),
        ('<p>a <img alt="$5 for C:\\temp"> b', "a b"),
        ('<p>a <span data-latex="x&amp;y">xy</span> b', "a $x&y$ b"),
        ("<p>a \\(x\\) and $y$", "a \\(x\\) and $y$"),
    ],
)
def test_formulas_stand_once_as_tex(html: str, text: str) -> None:
    assert whole(html) == text
