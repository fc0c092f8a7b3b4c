"""Words in class names and at the start of texts that hint at what a block of a page is.

They are patterns of the field (Readability, boilerpipe, Trafilatura use the like); none belongs to a site.
"""

import functools

import numpy as np

from winnow.ingest.page.tags import Array

# In the values of class, id, role and itemprop; "-" is the end of a word.
WORDS = {
    "comment": "comment -disqus respond- discussion -replies",
    "share": "share- sharing -share social -sns- addthis addtoany facebook twitter follow- -follow whatsapp",
    "related": "related recommend -more- readmore read-more -morefrom -suggest similar also- -yarpp "
    "outbrain taboola -next-article up-next",
    "nav": "-nav navig menu breadcrumb -crumb pagination pager paging -toc- -tabs -toolbar -topbar "
    "-skip prevnext sphinxsidebar",
    "footer": "footer -foot- bottom contentinfo colophon copyright -legal",
    "header": "header masthead -banner -top- topbar -logo",
    "sidebar": "sidebar side-bar -aside -rail- rightcol -right- leftcol -left- "
    "complementary secondary -side-",
    "ad": "-ad- -ads- advert sponsor promo -dfp -gpt- adsense -commercial -banner-ad adslot -adv- -affiliate",
    "cookie": "cookie consent gdpr privacy- -ccpa",
    "newsletter": "newsletter subscri signup sign-up -optin opt-in mailing -email-form "
    "-cta- donat paywall -regwall",
    "caption": "caption credit- -credits copyright-photo wp-caption media-desc -legend",
    "byline": "byline author dateline -by- contributor -bio- vcard journalist -writer",
    "date": "-date timestamp -time- publish pubdate datetime updated",
    "tags": "-tag- -tags taglist -topics -topic- categor keyword -labels hashtag",
    "widget": "widget -module- -block- -plugin -component",
    "popup": "popup pop-up modal -overlay lightbox -dialog tooltip -toast -alert- sr-only visually-hidden "
    "visuallyhidden screen-reader screenreader -hidden- -hide- invisible",
    "article": "article -post- -posts entry storybody story- -story -news -blog -hentry",
    "body": "articlebody article-body article--body post-body entry-content article-content post-content "
    "story-body body-content articletext article-text content-body -richtext rich-text maincontent "
    "main-content -prose markdown -document -bodytext body-text article-copy body-copy bodycopy",
    "content": "content -main- -text- -body- -copy- paragraph",
    "title": "title headline heading -hed- -kicker",
    "lead": "-lead- -lede standfirst -dek- -deck- subtitle subhead summary excerpt -intro "
    "description -abstract teaser -chapeau -sommario",
    "list": "-list- -items- -item- card -grid carousel slider -feed- listing -river- -archive",
    "gallery": "gallery slideshow -image -photo thumb -picture -media- -figure",
    "popular": "popular trending most-read mostread -most- latest -recent -hot- headlines",
    "form": "-form -search -input -login -register- -poll- -quiz -survey -rating -vote",
    "video": "video player -audio- podcast -embed -iframe",
    "code": "highlight -code sourcecode -hljs -language- -syntax -example -console -terminal",
    "note": "footnote -reference -citation -note- -correction -disclaimer disclosure",
    "qa": "question answer -thread -message- -reply -postbody postcontent -forum bbcode",
}
# What is no text of the page, wherever it stands: marks to link to a heading, edit links, copy buttons;
# the numbers of code lines.
DROPPED, NUMBERED = 1 << 29, 1 << 30
# What the page may hold somewhere: formulas, the date of its publication, a licence, preferences.
FORMULA, DATED, LICENSED, DIRECTED = 1 << 31, 1 << 32, 1 << 33, 1 << 34
DROP_WORDS = (
    "headerlink header-anchor anchor-link hash-link anchorjs mw-editsection -copybtn copy-button -copy-btn"
)
NUMBER_WORDS = "lineno linenum line-num -gutter rouge-gutter -linenos -lnt- -ln- blob-num"
FORMULA_WORDS = "katex mathjax -tex- latex -math- mwe-math -formula- -formulainl- -formuladsp-"
# In a `meta` element that `ingest.page.optouts` may read.
DIRECTED_WORDS = "robots googlebot tdm-reservation tdm-policy noai noimageai"

# In the first letters of a block's text.
PHRASES = {
    "rights": "-copyright; -all rights reserved; -rights reserved; -tous droits; -derechos reservados; "
    "-alle rechte; -tutti i diritti; -todos os direitos",
    "more": "-read more; -more from; -related; -recommended; -you may also; -see also; -more stories; "
    "-don t miss; -also read; -read also; -lire aussi; -leia mais; -leia tamb; -lee tambi; "
    "-mehr zum; -leggi anche; -more on; -up next; -click here; -continue reading; -previous; "
    "-next; -view all; -see all; -load more; -show more; -most popular; -trending",
    "share": "-share; -tweet; -facebook; -twitter; -whatsapp; -pinterest; -follow us; -linkedin; "
    "-email this; -print; -instagram; -compartir; -partager; -teilen; -condividi; -compartilh; "
    "-telegram; -reddit",
    "subscribe": "-newsletter; -subscribe; -sign up; -sign in; -log in; -register; "
    "-download our app; -join-; -unsubscribe; -your inbox; -inscri; -abonn; -suscri; -iscriviti; "
    "-e mail; -email address; -support us; -donate",
    "cookie": "-cookie; -privacy policy; -terms of; -consent; -gdpr; -datenschutz; -privacidad",
    "ad": "-advertis; -sponsored; -promoted; -publicidad; -anzeige; -werbung; -annonce; -pubblicit; -this ad",
    "comment": "-comment; -repl; -kommentar; -comentario; -commentaire; -commenti; -leave a; -post a; "
    "-be the first",
    "photo": "-photo; -image; -getty; -credit; -picture; -file photo; -foto; -reuters; -source; -courtesy; "
    "-caption; -video; -watch; -afp-; -ap-",
    "by": "-by-; -written by; -posted; -published; -updated; -last modified; -por-; -author; -von-; -par-; "
    "-minutes ago; -hours ago; -min read; -reporter; -editor; -staff; -contributed to; "
    "-correspondent; -about the",
    "tags": "-tags; -tagged; -filed under; -topics; -categor; -labels; -in this article",
    "login": "-javascript; -browser; -your account; -password; -loading; -menu; -search; -skip to; -toggle; "
    "-close; -back to; -home",
    "note": "-note; -disclaimer; -correction; -disclosure; -this article; -this story; -editor s; "
    "-originally",
}


@functools.cache
def build_automata() -> tuple[Array, Array, Array, Array]:
    """Steps and findings of two automata: for names (`WORDS`, then what is left out), and for `PHRASES`."""
    names = [(1 << bit, patterns.split()) for bit, patterns in enumerate(WORDS.values())]
    more = {DROPPED: DROP_WORDS, NUMBERED: NUMBER_WORDS, FORMULA: FORMULA_WORDS, DIRECTED: DIRECTED_WORDS}
    names += [(bit, words.split()) for bit, words in more.items()]
    phrases = [(1 << bit, patterns.split("; ")) for bit, patterns in enumerate(PHRASES.values())]
    return *build_automaton(names), *build_automaton(phrases)


def build_automaton(sets: list[tuple[int, list[str]]]) -> tuple[Array, Array]:
    """Aho-Corasick over the symbols a..z as 1..26 and 0 for all else, which patterns write "-" or " "."""
    goto: list[list[int]] = [[0] * 27]
    bits = [0]
    for bit, patterns in sets:
        for pattern in patterns:
            state = 0
            for char in pattern:
                symbol = ord(char) - 96 if "a" <= char <= "z" else 0
                if not goto[state][symbol]:
                    goto.append([0] * 27)
                    bits.append(0)
                    goto[state][symbol] = len(goto) - 1
                state = goto[state][symbol]
            bits[state] |= bit
    return close(goto, bits)


def close(goto: list[list[int]], bits: list[int]) -> tuple[Array, Array]:
    """The automaton with the step of every state by every symbol, so that it never looks back."""
    back = [0] * len(goto)
    queue = [state for state in goto[0] if state]
    for state in queue:
        bits[state] |= bits[back[state]]
        for symbol, after in enumerate(goto[state]):
            if after:
                back[after] = goto[back[state]][symbol]
                queue.append(after)
            else:
                goto[state][symbol] = goto[back[state]][symbol]
    return np.array(goto, np.int16), np.array(bits, np.int64)
