"""A document's site, and addresses of the internet."""

import polars as pl
import pytest

from winnow.hosts import find_site, is_public, name_host

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


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%lo", "fc00::1", "fec0::1", "ff02::1",
     "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::"],
)  # fmt: skip
def test_what_is_of_no_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_of_the_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://a.org/x", "a.org:80"),
        ("https://u:p@A.org", "a.org:443"),
        ("http://[0:0::1]:8/", "::1:8"),
        ("ftp://a.org", ""),
        ("http://a.org:port/", ""),
        ("a.org", ""),
    ],
)
def test_a_host_has_its_port(url: str, host: str) -> None:
    assert name_host(url) == host
