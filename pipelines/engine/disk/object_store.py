"""A store of objects (s3://, gs://, az://) by obstore: what is asked of it, and what is said when it refuses.

Nothing here is renamed and nothing half written is seen: an object is there whole or not at all. `put_new`
writes only where nothing stands (`If-None-Match`): of several that try, one wins.
"""

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import from_url

LARGE_BYTES = 64 * 2**20
"""What is larger goes up in parts, of which nothing is seen before the last has come."""
RETRY = {"max_retries": 8, "retry_timeout": timedelta(minutes=3)}
RENEWAL = timedelta(minutes=6)
"""What the chain of credentials gave holds so long, and obstore asks again five minutes before: the chain
renews what ends soon."""
_CODE = re.compile(r"<Code>([^<]*)</Code>\s*(?:<Message>([^<]*)</Message>)?")
ADVICE = {
    "NoSuchBucket": "make the bucket, or mend OUT",
    "InvalidBucketName": "mend OUT: s3://bucket/folder",
    "InvalidAccessKeyId": "renew your credentials",
    "ExpiredToken": "renew your credentials",
    "SignatureDoesNotMatch": "mend your credentials",
    "AccessDenied": "the credentials must allow to list, read, write and delete there",
    "RequestTimeTooSkewed": "set the clock of this machine",
    "AuthorizationHeaderMalformed": "set AWS_REGION to the region of the bucket",
    "PermanentRedirect": "set AWS_REGION to the region of the bucket",
    "QuotaExceeded": "make room in the store, and run again",
    "NotImplemented": "this store cannot write only where nothing stands, which a run needs",
}

TRIES = 5
"""As often a list is asked for of which the answer breaks off: obstore does not do that itself."""


class StoreError(OSError):
    """A store refuses, or does not answer; the message names the address, what it said and what to do.
    `cut` says that its answer broke off."""

    cut = False


class Taken(Exception):
    """Something stands there already, or is another object by now."""


class Object(NamedTuple):
    """An object below a prefix: its name, its bytes, and the tag of its version."""

    name: str
    size: int
    tag: str
    changed: datetime


class Store:
    """The objects below an address."""

    def __init__(self, url: str) -> None:
        """StoreError where there are no credentials."""
        self.url = url.rstrip("/")
        self.store = from_url(self.url, retry_config=RETRY, **_find_options(url))  # type: ignore[call-overload]

    def list_objects(self, inner: str = "") -> Iterator[Object]:
        """All objects below a folder, in pieces of a thousand."""
        last, left = None, TRIES
        while left:
            try:
                with self._tell(inner):
                    for piece in obstore.list(self.store, inner or None, offset=last, chunk_size=1000):
                        for each in piece:
                            last = each["path"]
                            yield self._describe_object(each)
                return
            except StoreError as error:
                left -= 1
                if not left or not error.cut:
                    raise

    def list_folders(self) -> tuple[list[str], list[Object]]:
        """The folders right below, and the objects that stand beside them."""
        with self._tell(""):
            found = obstore.list_with_delimiter(self.store)
        return sorted(found["common_prefixes"]), [self._describe_object(each) for each in found["objects"]]

    def head(self, name: str) -> Object | None:
        """What the store says of an object; None where there is none."""
        try:
            with self._tell(name):
                found = obstore.head(self.store, name)
        except FileNotFoundError:
            return None
        return self._describe_object(found)

    def read(self, name: str) -> tuple[bytes, str] | None:
        """A small object and its tag; None where there is none."""
        try:
            with self._tell(name):
                answer = obstore.get(self.store, name)
                return bytes(answer.bytes()), self._find_tag(answer.meta)
        except FileNotFoundError:
            return None

    def read_range(self, name: str, start: int, size: int) -> bytes:
        """Some bytes of an object."""
        with self._tell(name):
            return bytes(obstore.get_range(self.store, name, start=start, length=size))

    def download(self, name: str, path: Path) -> str:
        """An object into a file; its tag. FileNotFoundError where there is none, StoreError where it is cut
        off."""
        with self._tell(name), path.open("wb") as file:
            answer = obstore.get(self.store, name)
            for piece in answer.stream(min_chunk_size=2**23):
                file.write(piece)
        if (size := path.stat().st_size) != answer.meta["size"]:
            raise StoreError(f"{self.url}/{name}: {size:,} of {answer.meta['size']:,} bytes came")
        return self._find_tag(answer.meta)

    def stream(self, name: str) -> Iterator[bytes]:
        """The bytes of an object, in pieces."""
        with self._tell(name):
            for piece in obstore.get(self.store, name).stream(min_chunk_size=2**20):
                yield bytes(piece)

    def put(self, name: str, content: Path | bytes) -> str:
        """Write an object, whatever stands there; its tag."""
        data = _read_small(content)
        large = isinstance(data, Path)
        with self._tell(name):
            return self._find_tag(obstore.put(self.store, name, data, mode="overwrite", use_multipart=large))

    def put_new(self, name: str, content: Path | bytes) -> str:
        """Write an object where nothing stands, else Taken; its tag. What goes up in parts is only looked for
        before it does: no store writes these so."""
        data = _read_small(content)
        if isinstance(data, Path):
            if self.head(name):
                raise Taken(name)
            return self.put(name, data)
        with self._tell(name):
            return self._find_tag(obstore.put(self.store, name, data, mode="create", use_multipart=False))

    def put_same(self, name: str, content: bytes, tag: str) -> str:
        """Write an object in the place of the version with this tag, else Taken; its tag."""
        with self._tell(name):
            known: Any = {"version": tag} if self.url.startswith("gs://") else {"e_tag": f'"{tag}"'}
            return self._find_tag(obstore.put(self.store, name, content, mode=known, use_multipart=False))

    def delete(self, names: list[str]) -> None:
        """Remove objects; those that are not there are removed."""
        for start in range(0, len(names), 1000):
            with self._tell(names[start]), contextlib.suppress(FileNotFoundError):
                obstore.delete(self.store, names[start : start + 1000])

    def _describe_object(self, about: Any) -> Object:
        return Object(about["path"], about["size"], self._find_tag(about), about["last_modified"])

    def _find_tag(self, about: Any) -> str:
        """What tells a version: in Google's store its generation, elsewhere its tag, which Azure's quotes at
        times."""
        return str(about["version"] if self.url.startswith("gs://") else about["e_tag"]).strip('"')

    @contextlib.contextmanager
    def _tell(self, name: str) -> Iterator[None]:
        """Turn what obstore raises into what a run knows: Taken, FileNotFoundError or StoreError."""
        try:
            yield
        except (AlreadyExistsError, PreconditionError) as error:
            if "NotImplemented" in str(error):
                raise StoreError(self._describe(name, error)) from None
            raise Taken(name) from None
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise StoreError(self._describe(name, error)) from None
            raise FileNotFoundError(f"{self.url}/{name}: no such object") from None
        except (
            BaseError,
            NotSupportedError,
            PermissionDeniedError,
            UnauthenticatedError,
            ValueError,
        ) as error:
            told = StoreError(self._describe(name, error))
            told.cut = "response body" in str(error)
            raise told from None

    def _describe(self, name: str, error: Exception) -> str:
        """What went wrong, in a line; no part of a request, which may be signed."""
        code, message = found.groups() if (found := _CODE.search(str(error))) else ("", "")
        if code:
            said = f"the store says {code}" + (f" ({message.rstrip('.')})" if message else "")
        elif "invalid path" in str(error):
            said = f"{str(error).partition('invalid path: ')[2]}: no run wrote such a name: remove the object"
        elif status := re.search(r"status code: (\d+[^:\n]*)", str(error)):
            said = f"the store says {status[1].strip()}"
        else:
            said = str(error).partition("\n")[0].removeprefix("Generic S3 error: ")
            said = f"{said}: is it reached from {socket.gethostname()}?"
        advice = ADVICE.get(code, "")
        return f"{self.url}/{name}".rstrip("/") + f": {said}" + (f": {advice}" if advice else "")


def _read_small(content: Path | bytes) -> Path | bytes:
    """The bytes of a file, which go up twice as fast as the file; a large one itself."""
    if isinstance(content, bytes) or content.stat().st_size > LARGE_BYTES:
        return content
    return content.read_bytes()


def _find_endpoint() -> str | None:
    """Where a store that only speaks S3 is: by the environment, or by the profile that is chosen."""
    import botocore.session

    own = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return own or botocore.session.get_session().get_scoped_config().get("endpoint_url")


def _find_options(url: str) -> dict[str, Any]:
    """Where the store is and who asks: as botocore finds it for S3, as obstore does for others."""
    if not url.startswith("s3://"):
        return {}
    import botocore.session  # takes long to load

    session = botocore.session.get_session()
    credentials = session.get_credentials()
    if credentials is None:
        told = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        raise StoreError(f"{url}: there are no credentials: {told}")

    def provide() -> dict[str, Any]:
        now = credentials.get_frozen_credentials()  # renewed, where they end soon
        found = {"access_key_id": now.access_key, "secret_access_key": now.secret_key, "token": now.token}
        return {**found, "expires_at": datetime.now(UTC) + RENEWAL}

    region = session.get_config_variable("region") or "us-east-1"
    options: dict[str, Any] = {"credential_provider": provide, "region": region}
    if endpoint := _find_endpoint():
        options |= {"endpoint": endpoint, "client_options": {"allow_http": endpoint.startswith("http://")}}
    return options


def split(url: str) -> tuple[str, str]:
    """The bucket of an address, and the beginning of the names below it."""
    bucket, _, prefix = url.partition("://")[2].partition("/")
    return bucket, f"{prefix}/" if prefix else ""


def abort_uploads(url: str) -> int:
    """Abort what went up in parts below an address of S3 and was never ended; how many."""
    if not url.startswith("s3://"):
        return 0
    bucket, prefix = split(url)
    count = 0
    with open_client(f"{url}: what went up in parts and never ended cannot be removed") as client:
        for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix):
            for each in page.get("Uploads", ()):
                client.abort_multipart_upload(Bucket=bucket, Key=each["Key"], UploadId=each["UploadId"])
                count += 1
    return count


@contextlib.contextmanager
def open_client(wrong: str) -> Iterator[Any]:
    """botocore's client, for what obstore does not know: versions, and what went up in parts. StoreError says
    what is `wrong` where the store refuses, and in its words why."""
    import botocore.session
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield botocore.session.get_session().create_client("s3", endpoint_url=_find_endpoint())
    except (BotoCoreError, ClientError) as error:
        raise StoreError(f"{wrong}: {error}") from None
