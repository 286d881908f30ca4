import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.controls import DEEDS
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.osc import tree
from antiphon.daemon.osc.packets import Arg, Message
from antiphon.daemon.osc.wishes import (
    Do,
    List,
    Load,
    Morph,
    Query,
    Record,
    Save,
    Set,
    Subscribe,
    Unsubscribe,
    Wish,
    understood,
)


def wish(address: str, *args: Arg) -> Wish | None:
    return understood(Message(f"/antiphon/{address}", args))


def check(address: str, *args: Arg, sets: str) -> None:
    found = wish(address, *args)
    assert isinstance(found, Set)
    assert f"{found.name}={found.text}" == sets


def check_wrong(address: str, *args: Arg, says: str) -> None:
    with pytest.raises(AntiphonError, match=says) as raised:
        wish(address, *args)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("address", "value", "sets"),
    [
        ("control/density", 0.7, "density=0.7"),
        ("control/density", 0.699999988079071, "density=0.7"),
        ("control/density", "auto", "density=auto"),
        ("control/density", None, "density=auto"),
        ("control/density", 1, "density=1"),
        ("control/Density", "0.5", "density=0.5"),
        ("control/takes", 2.6, "takes=3"),
        ("control/channel", None, "channel=same"),
        ("control/style", "jazz", "style=jazz"),
        ("control/mode", 0, "mode=reply"),
        ("control/mode", 2.0, "mode=together"),
        ("control/clock_out", True, "clock_out=on"),
        ("control/clock_out", 0.0, "clock_out=off"),
        ("control/temperature", 1.5, "temperature=1.5"),
        ("fader/temperature", 0.5, "temperature=1.025"),
        ("fader/density", 1, "density=1"),
        ("fader/takes", 0.5, "takes=4"),
        ("fader/mode", 1.0, "mode=silent"),
    ],
)
def test_controls_are_set(address: str, value: Arg, sets: str) -> None:
    check(address, value, sets=sets)


def test_without_a_value_it_is_a_question() -> None:
    assert wish("control/Density") == Query(("/antiphon/control/density",))
    assert wish("fader/density") == Query(("/antiphon/fader/density",))
    assert wish("status/key") == Query(("/antiphon/status/key",))
    assert wish("record") == Query(("/antiphon/record",))
    for address in ("control", "fader", "status"):
        found = wish(address)
        assert isinstance(found, Query)
        assert len(found.addresses) > 5


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_is_done_when_a_button_is_pressed(deed: str) -> None:
    for args in ((), (1,), (1.0,), (True,), ("now",)):
        assert wish(deed, *args) == Do(deed)
    for let_go in (0, 0.0, False):
        assert wish(deed, let_go) is None


def test_presets_are_named_by_arguments_or_by_the_address() -> None:
    assert wish("preset/save", "calm") == wish("preset/save/calm", 1.0) == Save("calm")
    assert wish("preset/load", "calm") == wish("preset/load/calm") == Load("calm")
    assert wish("preset/load/calm", 0.0) is None
    assert (
        wish("preset/morph", "a", "b", 0.5) == wish("preset/morph/a/b", 0.5) == Morph("a", "b", 0.5)
    )
    assert wish("preset/list") == List()


def test_the_rest_of_the_tree() -> None:
    assert wish("record", 1.0) == wish("record", "on") == wish("record", True) == Record(on=True)
    assert wish("record", 0) == wish("record", "off") == Record(on=False)
    assert wish("subscribe") == Subscribe(None)
    assert wish("subscribe", 9001.0) == Subscribe(9001)
    assert wish("unsubscribe", 9001) == Unsubscribe(9001)


@pytest.mark.parametrize(
    ("address", "args", "says"),
    [
        ("panik", (), "mean /antiphon/panic"),
        ("control/densty", (0.5,), "mean density"),
        ("fader/densty", (0.5,), "mean density"),
        ("status/tempi", (), "mean tempo"),
        ("status/key", ("C",), "not set"),
        ("panic/now", (), "no address"),
        ("control/density", (7.0,), "from 0 to 1"),
        ("control/density", (math.nan,), "from 0 to 1"),
        ("control/density", (0.1, 0.2), "one value"),
        ("control/takes", (math.inf,), "from 1 to 8"),
        ("control/takes", (None,), "from 1 to 8"),
        ("control/style", ("jaz",), "mean jazz"),
        ("control/mode", (6,), "place from 0 to 5"),
        ("control/mode", (-1,), "place from 0 to 5"),
        ("fader/density", (1.1,), "from 0 to 1"),
        ("fader/density", (math.nan,), "from 0 to 1"),
        ("fader/density", ("high",), "from 0 to 1"),
        ("record", ("perhaps",), "1 or 0"),
        ("subscribe", (0,), "1 to 65535"),
        ("subscribe", ("me",), "1 to 65535"),
        ("preset/load", (), "name of a preset"),
        ("preset/load", (3,), "name of a preset"),
        ("preset/morph", ("a", 0.5), "two names"),
        ("preset/morph", ("a", "b", 2.0), "from 0 to 1"),
    ],
)
def test_what_is_wrong_is_told_with_what_was_expected(
    address: str, args: tuple[Arg, ...], says: str
) -> None:
    check_wrong(address, *args, says=says)


def test_answers_are_never_answered() -> None:
    for address in (tree.ERROR, tree.PROBLEM, tree.KEPT, tree.TEMPO, tree.SUBSCRIBED):
        assert understood(Message(address, ("as another daemon says",))) is None


@pytest.mark.parametrize("address", tree.ADDRESSES)
def test_every_address_of_the_tree_is_one(address: str) -> None:
    try:
        assert understood(Message(address)) is not None
    except AntiphonError as error:
        assert "no address" not in str(error)


@given(
    st.one_of(
        st.text(max_size=300).map("/".__add__),
        st.sampled_from(tree.ADDRESSES),
        st.tuples(st.sampled_from(tree.ADDRESSES), st.text(max_size=5)).map("/".join),
    ),
    st.lists(
        st.one_of(st.text(max_size=300), st.integers(), st.floats(), st.booleans(), st.none()),
        max_size=4,
    ),
)
def test_any_message_is_a_wish_or_one_error(address: str, args: list[Arg]) -> None:
    try:
        understood(Message(address, tuple(args)))
    except AntiphonError as error:
        assert len(str(error)) < 500
