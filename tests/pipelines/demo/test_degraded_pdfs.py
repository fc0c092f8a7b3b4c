"""Worn PDFs look as before; their text layer is gone, or says something else."""

import pymupdf

from winnow.pipelines.demo import degraded_pdfs


def make(path):
    document = pymupdf.open()
    for number in range(degraded_pdfs.FIRST + 2):
        page = document.new_page()
        writer = pymupdf.TextWriter(page.rect)
        writer.append((72, 100), f"Page {number} says hello", font=pymupdf.Font("helv"), fontsize=24)
        writer.write_text(page)
    document.save(path)
    return path


def look(page):
    return page.get_pixmap(dpi=50, colorspace=pymupdf.csGRAY).samples


def test_a_scan_has_pictures_of_the_pages_and_no_text(tmp_path):
    source, target = make(tmp_path / "a.pdf"), tmp_path / "scan.pdf"
    degraded_pdfs.scan(source, target)
    born, scanned = pymupdf.open(source), pymupdf.open(target)
    assert len(scanned) == 2
    assert not any(page.get_text().strip() for page in scanned)
    dark = [sum(value < 128 for value in look(page)) for page in (born[degraded_pdfs.FIRST], scanned[0])]
    assert dark[0] > 100 and abs(dark[1] - dark[0]) < 0.3 * dark[0]


def test_scrambled_pages_look_as_before_and_say_something_else(tmp_path):
    source, target = make(tmp_path / "a.pdf"), tmp_path / "scrambled.pdf"
    degraded_pdfs.scramble(source, target)
    born, broken = pymupdf.open(source), pymupdf.open(target)
    assert look(broken[0]) == look(born[degraded_pdfs.FIRST])
    said = born[degraded_pdfs.FIRST].get_text().strip()
    told = "".join(char if char == " " else chr(ord(char) + degraded_pdfs.SHIFT) for char in said)
    assert broken[0].get_text().strip() == told


def test_the_same_source_gives_the_same_file(tmp_path):
    source = make(tmp_path / "a.pdf")
    for wear in (degraded_pdfs.scan, degraded_pdfs.scramble):
        for name in ("one.pdf", "two.pdf"):
            wear(source, tmp_path / name)
        assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
