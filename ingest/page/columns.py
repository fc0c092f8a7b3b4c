"""Columns of the rows that a scan of a page writes, and of its state."""

# A block of text. Bytes where it starts and ends; characters (without spaces), words; characters in
# links, upper case, digits, commas, ends of sentences, other marks; links, line breaks; bold and code
# characters; whether it ends as a sentence does, its first byte; hints in its text, hash of it, words it
# shares with the title; the element it is in, its tag, what it is inside of, hints of all elements around
# it and of the near ones; depth; the list item, table row, cell, and outermost list or table it is in;
# depth of lists; newlines; hash of its path.
(START, END, CHARS, WORDS, LINK, UPPER, DIGIT, COMMA, TERM, PUNCT, LINKS, BREAKS, BOLD, MONO, ENDS, FIRST,
 PHRASE, HASH, TITLE, ELEM, TAG, IN, BITS, NEAR, DEPTH, LI, ROW, CELL, GROUP, LISTS, LINES,
 PATH) = range(32)  # fmt: skip
BLOCK_COLUMNS = 32

# A block-level element: the one around it, its tag, hints, its blocks (first, behind the last), whether a
# table row serves the layout, number (of a list item; -1 without; of cells in a row), characters and
# blocks of cells.
PARENT, E_TAG, E_BITS, B0, B1, LAYOUT, NUMBER, E_CHARS, E_PATH, LAST_CELL, CELL_BLOCKS = range(11)
ELEMENT_COLUMNS = 11

# An open element, as a block in it sees it.
(S_NAME, S_TAG, S_IN, S_BITS, S_ELEM, S_HIDDEN, S_LI, S_ROW, S_CELL, S_GROUP, S_LISTS, S_NEAR, S_AT,
 S_PATH) = range(14)  # fmt: skip
STACK_COLUMNS = 14

# The state of a scan: how many blocks, elements, open elements, elements too deep to be told apart; whether a
# line break came last; what the page may hold (`patterns.FORMULA` and those after it); whether it is read as
# where no script runs.
BLOCKS, ELEMS, TOP, OVER, PREV, HOLDS, UNSCRIPTED = range(7)
