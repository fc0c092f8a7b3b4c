"""Bytes that came in are kept, cut, markup, dropped or failed, whatever is taken out of a stage."""

import copy

import pytest

from winnow.pipelines.takedown import receipts

SOURCE = {
    **{"documents_in": 9, "documents_kept": 5, "documents_dropped": 3, "documents_failed": 1},
    **{"bytes_in": 900, "bytes_kept": 300, "bytes_cut": 100, "bytes_markup": 200},
    **{"bytes_dropped": 250, "bytes_failed": 50, "tokens_in": 90, "tokens_kept": 50},
}
WHOLE = {
    **{"rows_in": 9, "kept": 5, "dropped": 3, "failed": 1, "by_source": {"web": SOURCE}, "texts": {}},
    "reasons": {"x.y": {"documents": 3, "bytes": 250, "tokens": 0, "uncounted": 250}},
    "steps": {"ingest.threads:join": {"documents_in": 9.0}, "x:y": {"documents_in": 9.0, "dropped": 3.0}},
}
BEFORE = {"id": "a", "source": "web", "language": "en", "token_count": None, "text_bytes": 100}


@pytest.mark.parametrize("extracts", [True, False])
@pytest.mark.parametrize("fate", ["kept", "dropped", "failed"])
def test_bytes_and_rows_add_up(fate, extracts):
    uses = ["ingest.threads:join", "x:y"] if extracts else ["x:z", "x:y"]
    receipt = receipts.begin(copy.deepcopy(WHOLE))
    row = {"id": "a", "source": "web", "step": "x:y", "reason": "x.y", "token_count": None, "text_bytes": 60}
    receipts.remove(receipt, row, fate, BEFORE, uses)
    own = receipt["by_source"]["web"]
    fates = ("kept", "cut", "markup", "dropped", "failed")
    assert own["bytes_in"] == 800 == sum(own[f"bytes_{each}"] for each in fates)
    assert receipt["rows_in"] == 8 == sum(receipt[each] for each in ("kept", "dropped", "failed"))
    assert receipt[fate] == WHOLE[fate] - 1
    assert WHOLE["by_source"]["web"]["bytes_in"] == 900


def test_a_document_from_a_source_is_dropped_instead():
    receipt = receipts.begin(WHOLE)
    receipts.replace_kept(receipt, {**BEFORE, "text_bytes": 60}, "takedowns.listed")
    assert (receipt["rows_in"], receipt["kept"], receipt["dropped"]) == (9, 4, 4)
    assert receipt["reasons"]["takedowns.listed"]["bytes"] == 60
