"""HTML as a tree that holds the whole of it."""

import re

from lxml import etree

_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)


def parse_html(html: str) -> etree._Element | None:
    """The tree of a page, None of an empty one. What stands behind `</body>` or `</html>` is a part of it.

    Raises ValueError where elements nest deeper than libxml2 goes (2,048), for it leaves the rest out.
    """
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        # The parser drops what follows these.
        root = etree.fromstring(_ENDS.sub("", html).encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None
    if parser.error_log.filter_types(etree.ErrorTypes.ERR_RESOURCE_LIMIT):
        raise ValueError("elements nest too deep, or the page has a part too large; the rest would be lost")
    return root
