import pytest
from distributed import system

from winnow.pipelines.engine.work import memory
from winnow.pipelines.spec.recipe import RecipeError

SIZES = {"4GB": 4 * 10**9, "1.5 gib": 1_610_612_736, "700M": 7 * 10**8, "500000000": 5 * 10**8, "auto": None}


@pytest.mark.parametrize("said", SIZES)
def test_sizes(said):
    assert memory.parse(said) == SIZES[said]


@pytest.mark.parametrize("said", ["", "4", "GB", "4XB", "-4GB", "1e9", "nanGB", "4GB each", "٤GB"])
def test_what_is_no_size_is_refused(said):
    with pytest.raises(RecipeError, match=f"--memory {said}"):
        memory.parse(said)


def test_a_worker_has_what_it_needs(monkeypatch):
    with pytest.raises(RecipeError, match="50MB is 50 MB for each worker, which needs 500 MB at least"):
        memory.parse("50MB")
    monkeypatch.setattr(system, "MEMORY_LIMIT", 2_000_000_000)
    told = []
    assert memory.share(None, 2, told.append) == 10**9 and not told
    with pytest.raises(RecipeError, match=r"of the machine's 2.0 GB each would have 250 MB.* --workers 4 "):
        memory.share(None, 8, told.append)
    assert memory.share(3 * 10**9, 2, told.append) == 3 * 10**9
    assert told == ["warning: 2 workers may take 6.0 GB together (--memory), and the machine has 2.0 GB"]
    monkeypatch.setattr(system, "MEMORY_LIMIT", 400_000_000)
    assert memory.share(None, 1, told.append) == 400_000_000 and "this machine has 400 MB" in told[-1]
