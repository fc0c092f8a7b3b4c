"""Documents of office suites, as they lie in a file: packages, their parts, and the text of each format."""
