"""What the rig does where JACK does not go along."""

import pytest
import rtmidi

from antiphon.daemon.bench import rig
from antiphon.daemon.errors import AntiphonError


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig, "REST_S", 0.0)


def test_a_client_that_the_server_drops_is_opened_again() -> None:
    tried: list[str] = []

    def opened(_api: int, *, name: str) -> str:
        tried.append(name)
        if len(tried) < rig.OPEN_TRIES:
            raise rtmidi.SystemError("dropped")
        return "client"

    assert rig._client(opened, "keys") == "client"
    assert tried == ["keys"] * rig.OPEN_TRIES


def test_a_server_that_takes_none_is_named_in_one_line() -> None:
    def refused(_api: int, *, name: str) -> str:
        raise rtmidi.SystemError(name)

    with pytest.raises(AntiphonError, match="takes no client keys"):
        rig._client(refused, "keys")
