from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import presets
from antiphon.daemon.controls import Controls, as_values, changed
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.osc import service as bounds
from antiphon.daemon.osc.listeners import Letter
from antiphon.daemon.osc.packets import Arg, Message, encode
from antiphon.daemon.osc.service import Service
from tests.daemon.osc.test_packets import bundle

TABLET, SCREEN = ("10.0.0.2", 5000), ("10.0.0.3", 5000)


class Stand:
    """A service, and a daemon of a few lines that keeps what it was asked."""

    def __init__(self, place: Path = Path("nowhere")) -> None:
        self.service = Service(self.ask, place)
        self.controls = Controls()
        self.asked: list[dict[str, Any]] = []
        self.now = 100.0

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        match request:
            case {"do": "status"}:
                return {"status": {"controls": as_values(self.controls), "turn": "idle"}}
            case {"do": "set", "values": values}:
                self.asked.append(dict(request))
                self.controls, changes = changed(self.controls, values)
                return {"controls": changes}
            case {"do": "tap"}:
                return {"done": "tap", "tempo_bpm": 120.0}
        self.asked.append(dict(request))
        return {"done": request["do"]}

    def take(self, *messages: Message, sender: tuple[Any, ...] = TABLET) -> list[Letter]:
        return self.service.take([(encode(message), sender) for message in messages], self.now)


def osc(address: str, *args: Arg) -> Message:
    return Message(f"/antiphon/{address}", args)


def test_controls_set_together_are_set_at_once_to_the_latest() -> None:
    stand = Stand()
    stand.take(
        osc("control/echo", 0.1),
        osc("control/density", 0.5),
        osc("control/echo", 0.9),
    )
    assert stand.asked == [{"do": "set", "values": {"density": "0.5", "echo": "0.9"}}]


def test_a_question_is_answered_to_the_sender_with_what_was_set_before_it() -> None:
    stand = Stand()
    letters = stand.take(osc("control/echo"), osc("control/echo", 0.5), osc("control/echo"))
    assert letters == [(osc("control/echo", 0.2), TABLET), (osc("control/echo", 0.5), TABLET)]
    assert (osc("status/turn", "idle"), SCREEN) in stand.take(osc("status"), sender=SCREEN)


def test_a_fader_that_has_no_place_is_told_as_the_control() -> None:
    stand = Stand()
    assert stand.take(osc("fader/density")) == [(osc("control/density", "auto"), TABLET)]
    stand.take(osc("fader/density", 0.25))
    assert stand.take(osc("fader/density")) == [(osc("fader/density", 0.25), TABLET)]
    assert len(stand.take(osc("fader"))) == len(stand.take(osc("control")))


def test_what_cannot_be_set_does_not_keep_the_rest_from_being_set() -> None:
    stand = Stand()
    letters = stand.take(osc("control/lowest_key", 100), osc("control/highest_key", 50))
    ((error, to),) = letters
    assert to == TABLET
    assert error.args[1] == "/antiphon/control/highest_key"
    assert "lowest_key 100 is above" in str(error.args[0])
    assert stand.controls.lowest_key == 100


def test_keys_that_can_only_be_set_together_are() -> None:
    stand = Stand()
    assert not stand.take(osc("control/highest_key", 40), osc("control/lowest_key", 30))
    assert not stand.take(osc("control/lowest_key", 60), osc("control/highest_key", 70))
    assert (stand.controls.lowest_key, stand.controls.highest_key) == (60, 70)


def test_an_error_goes_to_who_made_it_and_is_counted() -> None:
    stand = Stand()
    letters = stand.take(osc("panik"))
    assert letters == [
        (
            osc(
                "error",
                "no address /antiphon/panik; did you mean /antiphon/panic?",
                "/antiphon/panik",
            ),
            TABLET,
        )
    ]
    assert stand.service.report()["refused"] == 1


def test_deeds_are_done_and_a_tap_is_answered() -> None:
    stand = Stand()
    assert not stand.take(osc("panic"), osc("good", 1.0), osc("good", 0.0), osc("record", 1))
    assert stand.asked == [{"do": "panic"}, {"do": "good"}, {"do": "record", "on": True}]
    assert stand.take(osc("tap")) == [(osc("tempo", 120.0), TABLET)]


def test_what_writes_on_the_disk_is_not_done_too_often() -> None:
    stand = Stand()
    for _ in range(20):
        letters = stand.take(osc("keep"))
    assert "times a second" in str(letters[0][0].args[0])
    assert 1 < len(stand.asked) < 6
    before = len(stand.asked)
    stand.now += 1.0
    stand.take(osc("keep"))
    assert len(stand.asked) == before + 1
    for _ in range(20):
        stand.take(osc("panic"))
    assert stand.asked[-20:] == [{"do": "panic"}] * 20


def test_presets_are_saved_loaded_morphed_and_listed(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.take(osc("preset/save", "calm"))
    stand.take(osc("control/echo", 0.8))
    stand.take(osc("preset/save/wild", 1.0))
    assert stand.take(osc("preset/list")) == [(osc("preset/list", "calm", "wild"), TABLET)]
    stand.take(osc("preset/morph", "calm", "wild", 0.5))
    assert stand.controls.echo == 0.5
    stand.take(osc("preset/load/calm"))
    assert stand.controls == Controls()
    for name in ("clam", "../calm", "x" * 50):
        ((error, _),) = stand.take(osc("preset/load", name))
        assert error.address == "/antiphon/error"
    assert presets.names(tmp_path) == ["calm", "wild"]


def test_subscribers_are_told_all_and_then_what_changes() -> None:
    stand = Stand()
    letters = stand.take(osc("subscribe", 9000))
    assert {to for _, to in letters} == {("10.0.0.2", 9000)}
    assert letters[0][0] == osc("subscribed", 60.0)
    assert osc("control/echo", 0.2) in [message for message, _ in letters]
    told = stand.service.news({"controls": {"echo": 0.4}})
    assert told == [
        (osc("control/echo", 0.4), ("10.0.0.2", 9000)),
        (osc("fader/echo", 0.4), ("10.0.0.2", 9000)),
    ]
    stand.take(osc("unsubscribe", 9000))
    assert not stand.service.news({"controls": {"echo": 0.6}})


def test_a_fader_is_not_told_its_own_movement_but_the_value_is_shown() -> None:
    stand = Stand()
    stand.take(osc("subscribe"))
    stand.take(osc("fader/temperature_time", 0.5))
    told = stand.service.news({"controls": {"temperature_time": 1.025}})
    # The alias shows it, too.
    assert [message.address.removeprefix("/antiphon/") for message, _ in told] == [
        "control/temperature_time",
        "control/temperature",
        "fader/temperature",
    ]
    assert len(stand.service.news({"controls": {"temperature_time": 1.5}})) == 4


def test_two_daemons_that_hear_each_other_come_to_rest() -> None:
    one, two = Stand(), Stand()
    for stand in (one, two):
        stand.take(osc("subscribe"))
    one.ask({"do": "set", "values": {"echo": "0.4", "mode": "trade"}})
    stands = [two, one]
    letters = one.service.news({"controls": as_values(one.controls)})
    for _ in range(6):
        stand = stands[0]
        letters = [
            *stand.take(*(message for message, _ in letters)),
            *stand.service.news({"controls": as_values(stand.controls)}),
        ]
        stands.reverse()
    assert letters == []
    assert one.controls == two.controls == Controls(echo=0.4, mode="trade")


def test_too_much_is_left_out_and_counted_but_never_a_panic() -> None:
    stand = Stand()
    many = [osc("control/echo", n / 1000) for n in range(1000)]
    stand.take(*many, osc("panic"), *many)
    assert [request["do"] for request in stand.asked] == ["panic", "set"]
    report = stand.service.report()
    assert report["packets"] == 2001
    assert report["left_out"] == 2001 - bounds.MOST_PACKETS


def test_a_panic_is_done_beside_more_messages_than_are_done() -> None:
    stand = Stand()
    wide = bundle(*[encode(osc("control"))] * 64)
    panic = encode(osc("panic"))
    stand.service.take([(wide, TABLET)] * 20 + [(panic, SCREEN)], stand.now)
    assert stand.asked == [{"do": "panic"}]


@pytest.mark.parametrize(
    "address", ["control", "status", "subscribe", "panic", "nowhere", "preset/list", "keep"]
)
def test_no_batch_asks_or_answers_without_end(address: str) -> None:
    stand = Stand()
    packet = bundle(*[encode(osc(address))] * 64)
    letters = stand.service.take([(packet, TABLET)] * 1000, stand.now)
    assert len(letters) < bounds.MOST_LETTERS + 100
    assert len(stand.asked) <= 8


@given(st.lists(st.binary(max_size=60).map(lambda tail: b"/antiphon/" + tail), max_size=50))
def test_any_packets_are_answered_or_counted(packets: list[bytes]) -> None:
    stand = Stand()
    stand.service.take([(packet, TABLET) for packet in packets], stand.now)
    report = stand.service.report()
    assert report["packets"] == len(packets)
    assert report["malformed"] + report["refused"] + report["left_out"] <= len(packets)


def test_who_sends_nonsense_is_remembered() -> None:
    stand = Stand()
    stand.service.take([(b"GET / HTTP/1.1", SCREEN), (b"#bundle\0", TABLET)], stand.now)
    assert stand.service.report()["malformed"] == 2
    assert stand.service.stranger == TABLET


def test_a_daemon_that_does_not_answer_is_told() -> None:
    def ask(_: Mapping[str, Any]) -> dict[str, Any]:
        raise AntiphonError("the daemon does not answer")

    stand = Stand()
    stand.service.ask = ask
    for message in (osc("control/echo", 0.5), osc("control/echo"), osc("panic"), osc("subscribe")):
        ((error, _),) = stand.take(message)
        assert error.args[0] == "the daemon does not answer"
