"""What is wrong with a file that a setting names, before anything reads it."""

import json
from pathlib import Path

import pyarrow as pa


def find_damage(path: Path) -> str | None:
    """Why a file, or one in a folder, cannot be read or is not what its ending says; else None."""
    try:
        if path.is_dir():
            found = ((inside, find_damage(inside)) for inside in sorted(path.iterdir()))
            return next((f"{inside.name} in it: {wrong}" for inside, wrong in found if wrong), None)
        with path.open("rb"):
            pass
        if path.suffix == ".json":
            json.loads(path.read_bytes())
        elif path.suffix == ".parquet":
            import pyarrow.parquet as pq

            pq.ParquetFile(path).close()
    except FileNotFoundError:
        return "there is no such file"
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    except (ValueError, pa.ArrowException) as error:
        return f"it is no whole {path.suffix[1:]} file ({error}); fetch or make it again"
    return None
