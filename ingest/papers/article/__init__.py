"""Articles in JATS XML: the front, the text as Markdown, the references."""
