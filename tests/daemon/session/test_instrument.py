from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Problem
from antiphon.daemon.midi import note_on, program_change
from antiphon.daemon.session.instrument import Instrument

ORGAN = Controls(channel=2, program=20)
PLAYED = note_on(0, 60, 80)
CHANNEL = st.none() | st.integers(1, 16)


def heard(instrument: Instrument, data: bytes) -> list[bytes | Problem]:
    """All that a message of the player's has go out or be said."""
    return instrument.heard(data)


def playing(controls: Controls = ORGAN) -> Instrument:
    """One that was steered, and that heard the player on the first channel."""
    instrument = Instrument()
    instrument.steer(controls)
    heard(instrument, PLAYED)
    return instrument


def test_a_program_waits_until_the_players_channel_is_known() -> None:
    instrument = Instrument()
    assert instrument.steer(ORGAN) == []
    assert heard(instrument, midi.sustain(0, 127)) == []
    assert heard(instrument, PLAYED) == [program_change(1, 19)]
    assert heard(instrument, PLAYED) == []


def test_it_is_sent_again_when_it_or_the_channel_changes_and_else_not() -> None:
    instrument = playing()
    assert instrument.steer(Controls(channel=2, program=20, density=0.5)) == []
    assert instrument.steer(Controls(channel=2, program=21)) == [program_change(1, 20)]
    assert instrument.steer(Controls(channel=16, program=21)) == [program_change(15, 20)]


def test_without_a_program_nothing_is_sent_or_said() -> None:
    instrument = playing(Controls(channel=2))
    assert instrument.steer(Controls()) == []
    assert heard(instrument, note_on(1, 60, 80)) == []
    assert instrument.plugged() == []


def test_an_output_that_is_back_is_told_the_program() -> None:
    instrument = playing()
    instrument.unplugged()
    assert instrument.steer(Controls(channel=2, program=21)) == []
    assert instrument.plugged() == [program_change(1, 20)]


SENT_AFTER_ALL = Problem("", "program")


def check_refused(news: list[bytes | Problem], *words: str) -> None:
    (line,) = news
    assert isinstance(line, Problem)
    assert len(line.text) <= 80
    assert all(word in line.text for word in ("not sent", "set channel", *words))


def test_on_the_players_own_channel_it_is_not_sent_and_that_is_said_once() -> None:
    instrument = Instrument()
    check_refused(instrument.steer(Controls(program=20)), "program 20", "your sound")
    assert heard(instrument, PLAYED) == []
    assert instrument.plugged() == []
    assert instrument.steer(ORGAN) == [SENT_AFTER_ALL, program_change(1, 19)]
    check_refused(instrument.steer(Controls(program=20)), "program 20", "your sound")


def test_nor_on_a_channel_that_the_player_plays_on_or_comes_to_play_on() -> None:
    instrument = playing()
    check_refused(instrument.steer(Controls(channel=1, program=20)), "channel 1")
    assert instrument.steer(ORGAN) == [SENT_AFTER_ALL, program_change(1, 19)]
    check_refused(heard(instrument, note_on(1, 60, 80)), "channel 2")
    assert instrument.plugged() == []


@given(
    st.lists(
        st.one_of(
            st.integers(0, 15),
            st.tuples(CHANNEL, st.none() | st.integers(1, 128), CHANNEL),
            st.booleans(),
        )
    )
)
def test_nothing_is_ever_sent_on_the_players_channel(
    steps: list[int | tuple[int | None, int | None, int | None] | bool],
) -> None:
    instrument = Instrument()
    players: set[int] = set()
    placed_on: int | None = None
    for step in steps:
        match step:
            case bool():
                instrument.unplugged()
                news = instrument.plugged() if step else []
            case int():
                channel_ = step if placed_on is None else placed_on - 1
                players.add(channel_)
                news = heard(instrument, note_on(channel_, 60, 80))
            case channel, program, yours:
                if yours != placed_on:
                    players.clear()
                placed_on = yours
                news = instrument.steer(
                    Controls(channel=channel, program=program, your_channel=yours)
                )
        sent = [data for data in news if isinstance(data, bytes)]
        assert all(players and midi.channel(data) not in players for data in sent)
        assert len(sent) <= 1


def test_both_parts_have_programs_of_their_own() -> None:
    instrument = Instrument()
    instrument.steer(Controls(channel=2, program=20, your_channel=1, your_program=5))
    assert heard(instrument, note_on(0, 60, 80)) == [program_change(1, 19)]


def test_a_channel_that_the_player_is_put_on_is_theirs() -> None:
    instrument = playing()
    moved = Controls(channel=2, program=20, your_channel=2)
    assert instrument.steer(moved) == []
    check_refused(heard(instrument, note_on(1, 60, 80)), "channel 2")
