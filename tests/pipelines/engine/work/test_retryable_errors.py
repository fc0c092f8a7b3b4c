"""What stops a run: nothing that a document does."""

import errno

import aiohttp
import botocore.exceptions
import click.testing
import polars as pl
import pytest
import requests
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from winnow.ingest.io import batches
from winnow.pipelines.commands import run
from winnow.pipelines.engine import shard
from winnow.pipelines.engine.work import retryable_errors

ASKED = aiohttp.RequestInfo(URL("http://a"), "GET", CIMultiDictProxy(CIMultiDict()), URL("http://a"))
BUSY = aiohttp.ClientResponseError(ASKED, (), status=503)
NO_SUCH = aiohttp.ClientResponseError(ASKED, (), status=404)
REFUSED = requests.HTTPError(response=requests.Response())
REFUSED.response.status_code = 400


@pytest.mark.parametrize(
    "error",
    [
        aiohttp.ClientPayloadError("cut"),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(errno.ECONNRESET, "reset"),
        BUSY,
        botocore.exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        requests.ConnectionError(),
        OSError(errno.EREMOTEIO, "InternalError"),
        OSError(errno.EBUSY, "SlowDown"),
        OSError(errno.ENOSPC, "full"),
        TimeoutError(),
        ModuleNotFoundError(),
        RuntimeError("can't start new thread"),  # under `ulimit -d`, where stacks count
    ],
)
def test_what_is_of_a_store_or_the_machine_stops_the_run(error):
    with pytest.raises((OSError, ImportError)):
        retryable_errors.refuse(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        KeyError(),
        OSError("bzip2"),
        OSError(errno.EIO, "disk"),
        FileNotFoundError(),
        NO_SUCH,
        REFUSED,
    ],
)
def test_what_is_of_the_input_does_not(error):
    retryable_errors.refuse(error)


@pytest.mark.parametrize("care", [shard.IN_CARE, 0])
def test_a_store_that_hangs_up_in_mid_file_stops_the_run_and_it_goes_on(tmp_path, monkeypatch, care):
    """In this process, and with its reader in a child."""
    monkeypatch.setattr(shard, "IN_CARE", care)
    path, cut = tmp_path / "recipe.toml", tmp_path / "cut"
    (tmp_path / "a.txt").write_text("".join(f"line {number}\n" for number in range(50)))
    path.write_text(
        f'name = "cut"\n[[source]]\nname = "web"\nuris = ["{tmp_path}/a.txt"]\n'
        f'read = {{ use = "toy:hang_up", while_there = "{cut}" }}\n'
        '[[stage]]\nname = "kept"\nafter = "web"\nsteps = [ { use = "filters.text:nonempty" } ]\n'
    )
    command = [str(path), str(tmp_path / "out"), "--workers", "0"]
    cut.touch()
    told = click.testing.CliRunner().invoke(run.main, command)
    assert told.exit_code == 2 and "stage kept, part-00000: ClientPayloadError: " in told.output
    assert "run again to go on" in told.output and not any(tmp_path.glob("out/kept/*.parquet"))
    cut.unlink()
    told = click.testing.CliRunner().invoke(run.main, command)
    assert told.exit_code == 0, told.output
    assert pl.read_parquet(tmp_path / "out/kept/part-00000.parquet").height == 50


def test_readers_and_the_engine_know_the_same_clients_of_stores():
    assert batches.CLIENTS == retryable_errors.CLIENTS
