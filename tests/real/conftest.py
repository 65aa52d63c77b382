"""What these tests need must have been fetched: they fetch nothing themselves."""

import pytest

from tests.real import environment
from tests.real.weights import SMALL


@pytest.fixture(autouse=True, scope="session")
def fetched() -> None:
    if not (environment.ready() and SMALL.folder.exists()):
        pytest.skip("real weights and vLLM have not been fetched: make test-real")
