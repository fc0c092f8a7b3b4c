"""A document's site."""

import polars as pl

from winnow.hosts import find_site

SITES = {
    "https://www.Example.org/a?b#c": "example.org",
    "http://user:word@example.org:8080/": "example.org",
    "//sub.example.org": "sub.example.org",
    "S3://Bucket/key": "bucket",
    "https://www.www.org": "www.org",
    "example.org/a": None,
    "": None,
}


def test_the_site_of_an_address():
    urls = pl.DataFrame({"url": [*SITES, None]})
    assert urls.select(find_site(pl.col("url"))).to_series().to_list() == [*SITES.values(), None]
