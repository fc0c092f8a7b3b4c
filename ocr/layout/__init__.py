"""From recognised or read lines to running text: order, furniture, tables, paragraphs, chapters."""
