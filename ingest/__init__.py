"""Where documents come from: readers of archives, dumps, corpora and files."""

if "." not in __name__:
    raise ImportError(f"{__name__} is a part of Winnow: import winnow.{__name__}")
