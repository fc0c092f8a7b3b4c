"""Figures of receipts are added up by their names, however deep the tables, and nothing else is."""

from winnow.pipelines.engine.ledger import tallies


def test_numbers_and_tables_are_added_up_and_no_receipt_is_changed():
    one = {"kept": 2, "identity": "a", "by_source": {"web": {"documents_in": 3}}, "reasons": {}}
    two = {
        "kept": 5,
        "identity": "b",
        "by_source": {"web": {"documents_in": 4, "bytes_in": 9}, "talk": {"documents_in": 1}},
        "texts": {"web": {"en": {"bytes_kept": 7}}},
    }
    assert tallies.add_up([one, two, two]) == {
        "kept": 12,
        "by_source": {"web": {"documents_in": 11, "bytes_in": 18}, "talk": {"documents_in": 2}},
        "reasons": {},
        "texts": {"web": {"en": {"bytes_kept": 14}}},
    }
    assert one["by_source"] == {"web": {"documents_in": 3}} and two["texts"]["web"]["en"] == {"bytes_kept": 7}
    assert tallies.add_up([]) == {}
