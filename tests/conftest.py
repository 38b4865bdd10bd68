"""What holds for every test."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# No test measures wall time: a busy machine is no failure.
settings.register_profile("antiphon", deadline=None)
settings.load_profile("antiphon")


@pytest.fixture(autouse=True)
def one_brand_a_process() -> Iterator[None]:
    """Forget the code of a brand after its test: every brand has a package called actions."""
    path = list(sys.path)
    yield
    sys.path[:] = path
    for module in [name for name in sys.modules if name.partition(".")[0] == "actions"]:
        del sys.modules[module]
