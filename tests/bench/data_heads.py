"""Heads of page types and of quality for the bench `data` that learnt nothing from the half that is told of.

`data_heads.py DATA PACKAGES OUT HALF`: as `tests/shipped` trains those that come with Winnow, without WCXB's
pages of the half's sites. PACKAGES is where texts of known origin are fetched to. Heads of text types are the
shipped ones.
"""

import sys
from pathlib import Path

import data_pages as planter
import polars as pl

from tests.shipped import quality, types


def main() -> None:
    data, packages, out, half = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]

    def apart(rows: pl.DataFrame, site: str) -> pl.DataFrame:
        return rows.filter([planter.find_half(name or "") != half for name in rows[site]])

    packages.mkdir(parents=True, exist_ok=True)
    judged = apart(types.pages(data), "group")
    types.train("pages", judged, f"WCXB without {half}", out)
    types.train("pages_text", types.without_signs(judged), f"WCXB without {half}", out)
    taught = quality.read(data, packages)
    sites = {page.site for page in planter.read_wcxb(data / "web/wcxb-dev.tar.xz")}
    gone = pl.col("source").is_in(sites) & ~pl.col("source").is_in(
        apart(taught, "source")["source"].implode()
    )
    quality.write(taught.filter(~gone), out / "quality")
    print(f"{taught.height} graded texts, {taught.filter(~gone).height} without the half's")


if __name__ == "__main__":
    main()
