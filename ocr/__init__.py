"""From a page to text: PDF text layers, page by page."""
