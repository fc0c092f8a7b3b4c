import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.latex.mathml import translate

# As TeX reads them: what latex2mathml makes of these is turned back into LaTeX that makes the same.
FORMULAS = r"""
\frac{a+b}{c} \quad \frac{1}{1+\frac{1}{x}}
\sqrt[3]{x^2+1} + \sqrt{y}
\sum_{i=1}^n x_i \int_0^1 e^{-x}\,dx
\alpha\beta \leq \Gamma
\begin{pmatrix}a & b\\c & d\end{pmatrix}
A = \begin{bmatrix}1 & 0\\0 & 1\end{bmatrix}
\lim_{x\to 0}\frac{\sin x}{x}
\hat{x}+\vec{v}+\overline{AB}
\text{if } x > 0
\left(\frac{1}{2}\right)^n
f(x)=\begin{cases}1 & x>0\\0 & x\le 0\end{cases}
\mathbb{R}^n\to\mathcal{L}
\binom{n}{k}
f'(x)+f''(x)
{x^2}^3
\boxed{x} \overset{a}{b}
\mathbf{x}\cdot\mathbf{y}
-x+(-y)
|x|\le\|y\|
\nabla\times E=-\frac{\partial B}{\partial t}
A\cup B\cap C\subseteq D
\log_2 n
\left[\sum_i x_i\right]
50\%
\{x \in X\}
\operatorname{rank} A
""".strip().splitlines()


@pytest.mark.parametrize("formula", FORMULAS)
def test_there_and_back(formula):
    convert = pytest.importorskip("latex2mathml.converter").convert
    mathml = convert(formula)
    assert "<annotation" not in mathml
    assert convert(translate(mathml)) == mathml


@pytest.mark.parametrize(
    ("mathml", "tex"),
    [
        ("<mi>x</mi><mo>=</mo><mo>&minus;</mo><mn>1</mn>", "x = -1"),
        ("<mrow><mi>sin</mi><mo>\u2061</mo><mi>x</mi></mrow>", r"\sin x"),
        ("<msub><mi>\u03b1</mi><mi>i</mi></msub><mi>x</mi>", r"\alpha_ix"),
        ("<mi>\u03b1</mi><mi>x</mi>", r"\alpha x"),
        ("<mi mathvariant=bold>x</mi><mi mathvariant='double-struck'>R</mi>", r"\mathbf{x}\mathbb{R}"),
        ("<mi>\U0001d400</mi><mi>\u211d</mi><mi>\u2112</mi>", r"\mathbf{A}\mathbb{R}\mathcal{L}"),
        ("<munder><mi>max</mi><mi>x</mi></munder><mi>f</mi>", r"\max_x f"),
        ("<munder><mi>X</mi><mi>n</mi></munder>", r"\underset{n}{X}"),
        ("<mover><mo>\u2192</mo><mtext>f g</mtext></mover>", r"\xrightarrow{\text{f g}}"),
        ("<munder><munder><mi>a</mi><mo>\u23df</mo></munder><mi>n</mi></munder>", r"\underbrace{a}_n"),
        ("<mfenced open='[' close=')'><mi>a</mi><mi>b</mi></mfenced>", "[a, b)"),
        ("<mfenced><mfrac><mi>a</mi><mi>b</mi></mfrac></mfenced>", r"\left(\frac{a}{b}\right)"),
        (
            "<mfenced><mtable><mtr><mtd><mn>1</mn></mtd></mtr></mtable></mfenced>",
            r"\begin{pmatrix}1\end{pmatrix}",
        ),
        (
            "<mmultiscripts><mi>X</mi><mi>a</mi><none/><mprescripts/><mi>b</mi><mi>c</mi></mmultiscripts>",
            "{}_b^cX_a",
        ),
        ("<mphantom><mi>x</mi></mphantom><mspace width='2em'/>", r"\phantom{x}\qquad"),
        ('<menclose notation="updiagonalstrike"><mi>x</mi></menclose>', r"\cancel{x}"),
        ("<mtext>50% of a_b</mtext>", r"\text{50\% of a\_b}"),
        ("<mstyle><unknown><mi>x</mi></unknown></mstyle>", "x"),
        ("<mfrac><mi>a</mi></mfrac>", r"\frac{a}{}"),
        ("<m:mfrac><m:mi>a</m:mi><m:mi>b</m:mi></m:mfrac>", r"\frac{a}{b}"),
        ("<msup><mi>x</mi><mn>2", "x^2"),
        ("", ""),
    ],
)
def test_elements(mathml, tex):
    assert translate(f"<math>{mathml}</math>") == tex


def test_what_the_page_gives_is_taken():
    given_tex = r"\frac{a}{b} &lt; c"
    page = (
        f"<semantics><mi>a</mi><annotation encoding='application/x-tex'>{given_tex}</annotation></semantics>"
    )
    assert translate(f"<math>{page}</math>") == r"\frac{a}{b} < c"
    assert translate(r'<math alttext="{\displaystyle x^{2}}"><mi>a</mi></math>') == "x^{2}"
    assert translate('<math alttext="x squared"><msup><mi>x</mi><mn>2</mn></msup></math>') == "x^2"
    other = "<semantics><mi>a</mi><annotation encoding='StarMath 5.0'>b</annotation></semantics>"
    assert translate(f"<math>{other}</math>") == "a"


# Each takes minutes where a pattern or a recursion reads the same again and again.
HOSTILE = {
    "deep": "<msqrt>" * 20_000 + "x",
    "long": "<mi>x</mi>" * 19_000,
    "comments": "<!--" * 49_000,
    "tags": "<a " * 60_000,
    "quotes": '<a "' * 49_000,
    "attributes": f"<mspace width{'a' * 190_000}>",
    "annotations": "<annotation encoding=" * 9_000,
    "fences": "<mrow><mo>(</mo><mtable><mtr><mtd>" * 5_000,
    "mfenced": "<mfenced><mtable><mtr><mtd>" * 7_000,
    "alttext": "<math alttext=" * 14_000,
}


@pytest.mark.parametrize("mathml", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_takes_no_longer(mathml):
    assert len(translate(f"<math>{mathml}")) < 1_000_000


def test_bounds():
    assert translate("<math>" + "<msqrt>" * 20_000 + "x").count("x") == 1
    assert translate("<math>" + "<mi>x</mi>" * 30_000) == ""
    assert translate("<math><mi>a</mi><!-- <mi>b</mi> --><mi>c</mi></math>") == "ac"


TAGS = "mrow mi mo mtext mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd mfenced"
LEAVES = st.sampled_from(
    ["x", "12", "(", ")", "|", "{", "\u2211", "\u2192", "lim", "&amp;", "<", "\\", "\u2061", " "]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(TAGS.split()),
        st.lists(inner, max_size=4),
    ),
    max_leaves=25,
)


@given(TREES)
def test_any_tree_gives_balanced_tex(tree):
    tex = translate(f"<math>{tree}</math>")
    plain = re.sub(r"\\[\\{}]", "", tex)
    depths = [0]
    for letter in plain:
        depths.append(depths[-1] + (letter == "{") - (letter == "}"))
    assert depths[-1] == 0 and min(depths) == 0
    assert tex.count(r"\left") - tex.count(r"\leftarrow") == tex.count(r"\right") - tex.count(r"\rightarrow")


@given(st.text(st.sampled_from("<>/mathrow \"'=&;!-x"), max_size=60))
def test_any_text_is_taken(text):
    assert isinstance(translate(text), str)
