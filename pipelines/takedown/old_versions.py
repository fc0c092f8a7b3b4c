"""What a bucket keeps of objects that were written anew or removed: of a take-down no version may stay."""

from pathlib import Path
from typing import Any

from winnow.pipelines.engine.disk import mirror

UNKNOWN = (
    "warning: whether {url} keeps what was written before is not known here:"
    " if it does (object versioning, soft delete), remove that by the store's own means"
)


def describe(out: Path) -> str | None:
    """What keeps a take-down in this folder from being whole: that the versions which its bucket keeps cannot
    be seen, and so not be removed. None where nothing does."""
    found = mirror.find(out)
    if found is None or not found.store.url.startswith("s3://"):
        return None
    from winnow.pipelines.engine.disk.object_store import StoreError, open_client, split

    bucket, prefix = split(found.store.url)
    try:
        with open_client(
            f"{found.store.url} may keep old versions of what goes, and they cannot be listed"
        ) as client:
            client.list_object_versions(Bucket=bucket, Prefix=prefix, MaxKeys=1)
    except StoreError as error:
        return str(error)
    return None


def remove(out: Path) -> list[str]:
    """Remove from the bucket of a run all versions that are not the present ones, with the marks of what was
    deleted; lines on that."""
    found = mirror.find(out)
    if found is None:
        return []
    if not found.store.url.startswith("s3://"):
        return [UNKNOWN.format(url=found.store.url)]
    from winnow.pipelines.engine.disk.object_store import open_client, split

    (bucket, prefix), count = split(found.store.url), 0
    with open_client(f"{found.store.url}: old versions of what went stay") as client:
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            listed = [each for each in page.get("Versions", ()) if not each["IsLatest"]]
            listed += page.get("DeleteMarkers", ())
            count += len(listed)
            _delete(client, bucket, listed)
    return [f"{count:,} old versions left {found.store.url}"] if count else []


def _delete(client: Any, bucket: str, listed: list[dict[str, Any]]) -> None:
    """Delete versions; OSError where one stays."""
    gone = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in listed]
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": gone, "Quiet": True}) if gone else {}
    if wrong := answer.get("Errors"):
        first = f"{wrong[0]['Code']} for {wrong[0]['Key']}"
        told = f"{bucket}: {len(wrong):,} old versions stay ({first}): they may be locked"
        raise OSError(f"{told}; remove them by the store's own means")
