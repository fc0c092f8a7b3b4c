import json

from winnow.pipelines.screen.messages import list_messages


def test_counts_are_added_up_and_each_sentence_comes_once(tmp_path):
    for part, counts in {
        "mix=0": {"trained": 1, "reused": 0},
        "mix=1": {"trained": 1200, "reused": 0},
    }.items():
        (tmp_path / part).mkdir()
        (tmp_path / part / "messages.json").write_text(json.dumps({"counts": counts, "says": ["a", part]}))
    (tmp_path / "mix=2").mkdir()
    (tmp_path / "mix=2/messages.json").write_text("left by a part that is not done")
    receipts = {part: {"files": {f"{part}/messages.json": [1, "x"]}} for part in ("mix=1", "mix=0")}
    receipts |= {"mix=2": {"files": {}}, "part-00000": {}}
    assert list_messages(tmp_path, receipts) == ["1,201 trained", "a", "mix=0", "mix=1"]
    assert list_messages(tmp_path, {}) == []


def test_messages_under_their_earlier_name_are_told(tmp_path):
    receipts = {"all": {"files": {"all/told.json": [1, "x"]}}}
    assert list_messages(tmp_path, receipts) == [
        "all/told.json is not read: a step leaves messages.json (docs/migration.md)"
    ]
