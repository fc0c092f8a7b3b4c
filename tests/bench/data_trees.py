"""Winnow for the bench `data` with trees of extraction that learnt nothing from the half that is told of.

`data_trees.py DATA OUT HALF`: the trees are taught what the shipped ones are (the gate `extraction_folds`)
but for pages, of whatever set, of sites that have a page of WCXB in the half. OUT is a folder to import from:
a copy of the package at hand, with these trees in the place of its own.
"""

import shutil
import sys
from pathlib import Path

import data_pages as planter
import extraction_folds as folds
import numpy as np

import winnow
from winnow.ingest.page.content import gold, train

TREES = "ingest/page/content/content.npz"


def main() -> None:
    data, out, half = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    wcxb = planter.read_wcxb(data / "web/wcxb-dev.tar.xz")
    sites = {gold.name_site(page.url) for page in wcxb if planter.find_half(page.site) == half}
    pages = folds.read_pages(data)
    taught = [page for page in pages if page.site not in sites]
    print(f"{len(pages)} pages with known content, {len(taught)} without the half's")
    model = train.fit([example for page in taught if (example := train.make_example(page))])
    package = Path(winnow.__file__).parent
    shutil.copytree(package, out / package.name, ignore=shutil.ignore_patterns(Path(TREES).name))
    np.savez_compressed(out / package.name / TREES, **train.export(model))


if __name__ == "__main__":
    main()
