import pytest
from trained import prepare, write_inputs


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """Two sources and two evals, prepared; their documents and items beside."""
    folder = tmp_path_factory.mktemp("prepared")
    write_inputs(folder)
    return prepare(folder, folder)
