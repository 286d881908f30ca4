import pytest

from antiphon.daemon import toml
from antiphon.daemon.errors import AntiphonError


def test_it_is_read() -> None:
    assert toml.read("[ports]\ninput = 'Keys'\n") == {"ports": {"input": "Keys"}}


@pytest.mark.parametrize(
    "text",
    [
        "[ports",
        "a = 1" + "0" * 5000,
        "a = 0x" + "f" * 5000,
        "a = " + "[" * 5000,
        "a = 2026-02-30",
    ],
)
def test_what_cannot_be_read_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(AntiphonError, match="not valid TOML") as caught:
        toml.read(text)
    assert "\n" not in str(caught.value)
