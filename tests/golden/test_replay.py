"""The same journal gives the same performance: golden sessions, and any that can be thought of."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.daemon import messages, midi
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer import __main__ as performer
from antiphon.daemon.performer.musician import Musician
from antiphon.daemon.session import journal, replay
from tests.daemon.jam import ScriptedEngine
from tests.golden.simulated import SCENES, Simulated, recorded

FOLDER = Path(__file__).parent
MEANT = "If it is meant to sound otherwise: python -m tests.golden.make"


def scripted(session: replay.Entry, _: messages.Ready) -> Musician:
    return performer.musician(ScriptedEngine(), session["reply"], session["seed"])


def strikes(entries: list[dict[str, Any]]) -> list[int]:
    """Where the machine's note-ons stand in a journal."""
    return [
        place
        for place, entry in enumerate(entries)
        if entry["is"] == "Sent" and midi.is_note_on(bytes.fromhex(entry["data"]))
    ]


@pytest.mark.parametrize("name", SCENES)
def test_a_golden_session_sounds_as_it_did(name: str) -> None:
    entries = list(journal.read(FOLDER / name))
    assert len(strikes(entries)) > 5
    compared = replay.replay(entries, scripted)
    assert compared.difference is None, f"{replay.summary(compared)}{MEANT}"
    assert compared.sent == sum(entry["is"] == "Sent" for entry in entries)
    assert "nothing differs" in replay.summary(compared)


DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("note"), st.integers(48, 60), st.sampled_from([0.01, 0.1, 0.4])),
        st.tuples(st.just("wait"), st.sampled_from([0.05, 0.5, 2.0])),
        st.tuples(st.just("strike"), st.integers(48, 60)),
        st.tuples(st.just("pedal"), st.sampled_from([0, 127])),
        st.tuples(st.just("mode"), st.sampled_from(["reply", "together", "harmonise", "trade"])),
        st.tuples(st.just("sync"), st.sampled_from(["heard", "tap", "midi"])),
        st.tuples(st.just("ticking"), st.booleans()),
        st.tuples(st.just("transport"), st.sampled_from([midi.START, midi.STOP])),
        st.tuples(st.just("tap")),
        st.tuples(st.just("lost"), st.booleans()),
        st.tuples(st.just("plugged"), st.sampled_from([0.0, 0.02, 0.3])),
        st.tuples(st.sampled_from(["panic", "unplugged"])),
    ),
    max_size=12,
)


@settings(max_examples=25)
@given(DEEDS)
def test_whatever_happened_happens_again(deeds: list[tuple[Any, ...]]) -> None:
    def scene(jam: Simulated) -> None:
        for what, *how in deeds:
            match what:
                case "note":
                    jam.note(*how)
                case "wait":
                    jam.wait(*how)
                case "strike":
                    jam.hear(midi.note_on(0, how[0], 80))
                case "pedal":
                    jam.hear(midi.sustain(0, how[0]))
                case "mode":
                    jam.set(mode=how[0])
                case "sync":
                    jam.set(sync=how[0], trade_bars=1, beats_a_bar=1)
                case "ticking":
                    jam.is_ticking = how[0]
                case "transport":
                    jam.hear(how[0])
                case "tap":
                    jam.player.tap()
                case "panic":
                    jam.player.panic()
                case "lost":
                    jam.lose_performer(forgets=how[0])
                case "unplugged":
                    jam.player.output_lost()
                case "plugged":
                    jam.player.output_back()
                    jam.player.compensate(how[0])

    compared = replay.replay(recorded(scene), scripted)
    assert compared.difference is None, replay.summary(compared)


@pytest.fixture
def entries() -> list[dict[str, Any]]:
    return list(journal.read(FOLDER / "reply"))


def test_the_first_message_that_differs_is_told(entries: list[dict[str, Any]]) -> None:
    place = strikes(entries)[3]
    data = bytearray.fromhex(entries[place]["data"])
    data[2] ^= 1
    entries[place]["data"] = data.hex()
    compared = replay.replay(entries, scripted)
    assert compared.difference is not None
    assert compared.difference.entry == place + 1
    told = replay.summary(compared)
    assert f"entry {place + 1} of the journal differs" in told
    assert "recorded channel 1 note on" in told


def test_a_message_that_is_missing_is_told(entries: list[dict[str, Any]]) -> None:
    del entries[strikes(entries)[-1]]
    with pytest.raises(AntiphonError, match="lacks what the performer was told"):
        replay.replay(entries, scripted)


def test_a_plan_that_nobody_makes_again_is_told(entries: list[dict[str, Any]]) -> None:
    place = next(n for n, entry in enumerate(entries) if entry["is"] == "Schedule")
    entries.insert(place, {**entries[place], "plan": 7})
    compared = replay.replay(entries, scripted)
    assert compared.difference is not None
    assert "plan=7" in replay.summary(compared)


def test_a_journal_that_was_cut_off_is_as_good_as_far_as_it_goes(
    entries: list[dict[str, Any]],
) -> None:
    for end in range(3, len(entries), 61):
        assert replay.replay(entries[:end], scripted).difference is None


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda entries: entries[1:], "lost its beginning"),
        (lambda entries: [e for e in entries if e["is"] != "Ready"], "which model"),
        (lambda entries: [e for e in entries if e["is"] != "Heard"], "lacks what"),
        (lambda entries: [*entries, {"is": "Deed", "time": 1.0, "deed": "la"}], "is damaged"),
    ],
)
def test_a_journal_that_lacks_something_is_told(
    entries: list[dict[str, Any]], harm: Any, told: str
) -> None:
    with pytest.raises(AntiphonError, match=told):
        replay.replay(harm(entries), scripted)
