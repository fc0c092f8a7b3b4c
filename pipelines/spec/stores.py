"""Which package reaches the store that an address leads to: s3:// by s3fs, as fsspec knows it."""

from fsspec.registry import known_implementations
from fsspec.utils import get_protocol

from winnow.extras import format_install
from winnow.pipelines.spec.address import is_installed


def find_absent(uri: str) -> str | None:
    """What is needed for an address and not installed, with the command that installs it."""
    for part in uri.split("::"):
        protocol = get_protocol(part)
        package = known_implementations.get(protocol, {}).get("class", "fsspec").partition(".")[0]
        if not is_installed(package):
            return f"{protocol}:// needs {package}, which is not installed: {format_install([package])}"
    return None
