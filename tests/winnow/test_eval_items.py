import polars as pl
import pytest

from winnow import eval_items


def test_a_table_of_ones_own_is_brought_to_the_schema_and_refused_by_what_it_lacks(tmp_path):
    path = tmp_path / "eval=[1]" / eval_items.FILE  # no glob, no partition
    path.parent.mkdir()
    pl.DataFrame({"eval": ["a"], "item": [7], "question": ["Why?"], "answer": [42]}).write_parquet(path)
    wanted = ("eval", "item", "question", "answer", "choices", "context")
    found = eval_items.read(path, wanted)
    assert found.schema == {name: eval_items.SCHEMA[name] for name in wanted}
    assert found.rows() == [("a", "7", "Why?", "42", [], None)]
    with pytest.raises(ValueError, match=r"items.parquet has no column kind, prompt; it has eval, item, q"):
        eval_items.read(path, ("kind", "eval", "prompt"))
