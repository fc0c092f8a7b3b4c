"""Readers of office documents: Word, PowerPoint, Excel, OpenDocument, RTF."""

EXTRA = "office"  # what the steps in this folder need
