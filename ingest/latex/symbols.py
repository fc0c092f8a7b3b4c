# ruff: noqa: RUF001  (these characters are meant)
"""LaTeX for the characters of mathematics (amsmath and amssymb names)."""

import unicodedata
from functools import lru_cache


def _split_pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _split_words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTIONS = _split_words(
    "arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup ln "
    "log max min Pr sec sin sinh sup tan tanh"
)
# Operators whose limits stand above and below, so that `munder` and `mover` are plain scripts.
LIMITS = _split_words("∑ ∏ ∐ ∫ ∬ ∭ ∮ ∯ ∰ ⋃ ⋂ ⋁ ⋀ ⨁ ⨂ ⨀ ⨄ ⨆ lim liminf limsup max min sup inf det gcd Pr")

RELATIONS = _split_pairs(
    r"""
= =  < <  > >  ≤ \leq  ≥ \geq  ≠ \neq  ≡ \equiv  ≢ \not\equiv  ≈ \approx  ∼ \sim  ≃ \simeq  ≅ \cong
∝ \propto  ≪ \ll  ≫ \gg  ⩽ \leqslant  ⩾ \geqslant  ≲ \lesssim  ≳ \gtrsim  ≺ \prec  ≻ \succ  ⪯ \preceq
⪰ \succeq  ≼ \preccurlyeq  ≽ \succcurlyeq  ∈ \in  ∉ \notin  ∋ \ni  ⊂ \subset  ⊃ \supset  ⊆ \subseteq
⊇ \supseteq  ⊊ \subsetneq  ⊄ \not\subset  ⊈ \nsubseteq  ⊑ \sqsubseteq  ⊒ \sqsupseteq  ⊢ \vdash  ⊣ \dashv
⊨ \models  ⊥ \perp  ∥ \parallel  ∦ \nparallel  ∣ \mid  ∤ \nmid  ≍ \asymp  ≐ \doteq  ⋈ \bowtie  ≔ :=
→ \to  ← \leftarrow  ↔ \leftrightarrow  ⇒ \Rightarrow  ⇐ \Leftarrow  ⇔ \Leftrightarrow  ↦ \mapsto
⟶ \longrightarrow  ⟵ \longleftarrow  ⟷ \longleftrightarrow  ⟹ \implies  ⟸ \impliedby  ⟺ \iff
⟼ \longmapsto  ↑ \uparrow  ↓ \downarrow  ↗ \nearrow  ↘ \searrow  ↪ \hookrightarrow  ↩ \hookleftarrow
⇌ \rightleftharpoons  ⇀ \rightharpoonup  ⇝ \rightsquigarrow  ↠ \twoheadrightarrow  ≜ \triangleq
◁ \triangleleft  ▷ \triangleright  ⊴ \trianglelefteq  ⊵ \trianglerighteq
"""
)
BINARY = _split_pairs(
    r"""
+ +  - -  − -  ± \pm  ∓ \mp  × \times  ÷ \div  · \cdot  ⋅ \cdot  ∗ *  * *  ∘ \circ  ∙ \bullet  • \bullet
⊕ \oplus  ⊖ \ominus  ⊗ \otimes  ⊘ \oslash  ⊙ \odot  ∩ \cap  ∪ \cup  ⊓ \sqcap  ⊔ \sqcup  ⊎ \uplus
∧ \land  ∨ \lor  ∖ \setminus  ⋆ \star  ⋄ \diamond  ≀ \wr  ⋊ \rtimes  ⋉ \ltimes  † \dagger
"""
)
_OTHERS = _split_pairs(
    r"""
∑ \sum  ∏ \prod  ∐ \coprod  ∫ \int  ∬ \iint  ∭ \iiint  ∮ \oint  ⋃ \bigcup  ⋂ \bigcap  ⋁ \bigvee
⋀ \bigwedge  ⨁ \bigoplus  ⨂ \bigotimes  ⨀ \bigodot  ⨄ \biguplus  ⨆ \bigsqcup  ∂ \partial  ∇ \nabla
∞ \infty  ∀ \forall  ∃ \exists  ∄ \nexists  ¬ \neg  ∅ \emptyset  ℵ \aleph  ℏ \hbar  ℓ \ell  ℘ \wp  ℜ \Re
ℑ \Im  ∠ \angle  △ \triangle  □ \square  ■ \blacksquare  ⊤ \top  √ \surd  ∴ \therefore  ∵ \because
… \ldots  ⋯ \cdots  ⋮ \vdots  ⋱ \ddots  ′ '  ″ ''  ‴ '''  ⟨ \langle  ⟩ \rangle  〈 \langle  〉 \rangle
⌊ \lfloor  ⌋ \rfloor  ⌈ \lceil  ⌉ \rceil  ‖ \|  { \{  } \}  \ \backslash  % \%  # \#  & \&  $ \$  _ \_
~ \sim  ° ^\circ  ı \imath  ȷ \jmath  ♯ \sharp  ♭ \flat  ♮ \natural  ð \eth  − -  ∕ /  ∶ :  ϕ \phi
φ \varphi  ϵ \epsilon  ε \varepsilon  ϑ \vartheta  ϱ \varrho  ς \varsigma  ϖ \varpi  ϰ \varkappa
ϝ \digamma  λ \lambda  Λ \Lambda  Ω \Omega
"""
)
_OTHERS |= dict.fromkeys("\u2061\u2062\u2063\u2064\u200a\u200b\ufeff\u00ad", "")  # invisible
_OTHERS |= {"\u00a0": r"\ ", "\u2003": r"\quad", "\u2009": r"\,", "\u2005": r"\:", "\u2004": r"\;"}
_CAPITALS = _split_words("gamma delta theta xi pi sigma upsilon phi psi")
_ALPHABETS = _split_pairs(
    "double-struck mathbb script mathcal fraktur mathfrak black-letter mathfrak bold mathbf "
    "sans-serif mathsf monospace mathtt"
)
VARIANTS = _ALPHABETS | _split_pairs(
    "normal mathrm bold-italic boldsymbol bold-script mathcal bold-fraktur mathfrak bold-sans-serif mathsf"
)
# What stands over or under its base: for one letter, and for wider ones.
OVER = {
    mark: names
    for marks, *names in map(
        str.split,
        """
        ^ˆ\u0302 hat widehat
        ~˜∼\u0303 tilde widetilde
        ¯ˉ_\u0304 bar overline
        ‾―\u0305 overline overline
        →⃗⇀\u20d7 vec overrightarrow
        ←\u20d6 overleftarrow overleftarrow
        ↔\u20e1 overleftrightarrow overleftrightarrow
        ˙.\u0307 dot dot
        ¨\u0308 ddot ddot
        ˇ\u030c check check
        ˘\u0306 breve breve
        ´\u0301 acute acute
        `\u0300 grave grave
        ˚\u030a mathring mathring
        ⃛\u20db dddot dddot
        ⏞⏠ overbrace overbrace
        """.strip().splitlines(),
    )
    for mark in marks
}
UNDER = dict.fromkeys("_¯ˉ‾―\u0331\u0332", "underline") | _split_pairs(
    "⏟ underbrace → underrightarrow ← underleftarrow"
)
ARROWS = _split_pairs(
    "→ xrightarrow ⟶ xrightarrow ← xleftarrow ⟵ xleftarrow ⇒ xRightarrow ⇐ xLeftarrow ↔ xleftrightarrow "
    "⇔ xLeftrightarrow ⇌ xrightleftharpoons ↦ xmapsto"
)

OPENING = _split_pairs(r"( ( [ [ { \{ | | ‖ \| ⟨ \langle 〈 \langle ⌊ \lfloor ⌈ \lceil")
CLOSING = _split_pairs(r") ) ] ] } \} | | ‖ \| ⟩ \rangle 〉 \rangle ⌋ \rfloor ⌉ \rceil")
MATRICES = _split_pairs(r"() pmatrix [] bmatrix {} Bmatrix || vmatrix ‖‖ Vmatrix")


@lru_cache(4_096)
def find_command(letter: str) -> str:
    """LaTeX for one character: a command, the character itself, or a letter of another alphabet."""
    for table in (RELATIONS, BINARY, _OTHERS):
        if letter in table:
            return table[letter]
    return letter if letter.isascii() else _spell(letter)


def _spell(letter: str) -> str:
    """By its Unicode name: Greek letters, and the mathematical alphabets."""
    words = unicodedata.name(letter, "").lower().split()
    if words[:1] == ["greek"] and words[-2:-1] == ["letter"]:
        return _spell_greek(words[-1].replace("lamda", "lambda"), capital="capital" in words, letter=letter)
    plain = unicodedata.normalize("NFKC", letter)
    if plain == letter or len(plain) != 1:
        return letter
    wraps = [_ALPHABETS[word] for word in words if word in _ALPHABETS]
    wrap = wraps[0] if wraps and words[0] in ("mathematical", *_ALPHABETS) else ""
    inner = find_command(plain)
    wrap = "boldsymbol" if wrap == "mathbf" and inner.startswith("\\") else wrap
    return f"\\{wrap}{{{inner}}}" if wrap else inner


def _spell_greek(name: str, *, capital: bool, letter: str) -> str:
    if name == "omicron":
        return "O" if capital else "o"
    if not capital:
        return f"\\{name}"
    return f"\\{name.capitalize()}" if name in _CAPITALS else unicodedata.normalize("NFKC", letter)
