import pytest

from winnow.pipelines.engine.disk import storage


def test_what_is_half_written_is_not_there(tmp_path):
    path = tmp_path / "a" / "part.parquet"
    with pytest.raises(ZeroDivisionError), storage.replace(path) as beside:
        beside.write_text("half")
        raise ZeroDivisionError
    assert not path.exists() and not list(tmp_path.rglob("*.tmp"))
