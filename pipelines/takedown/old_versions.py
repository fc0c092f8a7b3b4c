"""What a bucket keeps of objects that were written anew or removed: of a take-down no version may stay."""

from pathlib import Path
from typing import Any

from winnow.pipelines.engine.disk import mirror
from winnow.pipelines.engine.disk.mirror import Mirror

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
    try:
        next(iter(_list_pages(found)), None)
    except Exception as error:  # of botocore, which has a class for each answer
        return f"{found.store.url} may keep old versions of what goes, and they cannot be listed: {error}"
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

    client, bucket, count = open_client(), split(found.store.url)[0], 0
    for page in _list_pages(found):
        listed = [each for each in page.get("Versions", ()) if not each["IsLatest"]]
        listed += page.get("DeleteMarkers", ())
        gone = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in listed]
        if gone:
            answer = client.delete_objects(Bucket=bucket, Delete={"Objects": gone, "Quiet": True})
            if wrong := answer.get("Errors"):
                raise OSError(
                    f"{found.store.url}: {len(wrong):,} old versions stay ({wrong[0]['Code']} for"
                    f" {wrong[0]['Key']}): they may be locked; remove them by the store's own means"
                )
            count += len(gone)
    return [f"{count:,} old versions left {found.store.url}"] if count else []


def _list_pages(found: Mirror) -> Any:
    from winnow.pipelines.engine.disk.object_store import open_client, split

    bucket, prefix = split(found.store.url)
    return open_client().get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
