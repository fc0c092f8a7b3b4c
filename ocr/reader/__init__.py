"""What opens PDFs: MuPDF (AGPL) or PDFium (Apache/BSD), two modules with the same functions."""
