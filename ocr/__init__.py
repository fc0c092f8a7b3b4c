"""From a page to text: PDF text layers, page by page."""

if "." not in __name__:
    raise ImportError(f"{__name__} is a part of Winnow: import winnow.{__name__}")
