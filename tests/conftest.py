"""Property tests draw the same examples every time and are not timed: a busy machine is no bug."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
# For a night: `pytest --hypothesis-profile=long FILE`, each time with other examples.
settings.register_profile("long", deadline=None, max_examples=10_000, stateful_step_count=100)
settings.load_profile("steady")


@pytest.fixture(autouse=True, scope="session")
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The log of what the tests start is not the user's."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("state")
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield folder
