"""Where documents come from: readers of archives, dumps, corpora and files."""
