from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Problem
from antiphon.daemon.midi import note_on, program_change
from antiphon.daemon.session.instrument import Instrument

ORGAN = Controls(channel=2, program=20)
PLAYED = note_on(0, 60, 80)


def playing(controls: Controls = ORGAN) -> Instrument:
    """One that was steered, and that heard the player on the first channel."""
    instrument = Instrument()
    instrument.steer(controls)
    instrument.heard(PLAYED)
    return instrument


def test_a_program_waits_until_the_players_channel_is_known() -> None:
    instrument = Instrument()
    assert instrument.steer(ORGAN) == []
    assert instrument.heard(midi.sustain(0, 127)) == []
    assert instrument.heard(PLAYED) == [program_change(1, 19)]
    assert instrument.heard(PLAYED) == []


def test_it_is_sent_again_when_it_or_the_channel_changes_and_else_not() -> None:
    instrument = playing()
    assert instrument.steer(Controls(channel=2, program=20, density=0.5)) == []
    assert instrument.steer(Controls(channel=2, program=21)) == [program_change(1, 20)]
    assert instrument.steer(Controls(channel=16, program=21)) == [program_change(15, 20)]


def test_without_a_program_nothing_is_sent_or_said() -> None:
    instrument = playing(Controls(channel=2))
    assert instrument.steer(Controls()) == []
    assert instrument.heard(note_on(1, 60, 80)) == []
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
    assert instrument.heard(PLAYED) == []
    assert instrument.plugged() == []
    assert instrument.steer(ORGAN) == [SENT_AFTER_ALL, program_change(1, 19)]
    check_refused(instrument.steer(Controls(program=20)), "program 20", "your sound")


def test_nor_on_a_channel_that_the_player_plays_on_or_comes_to_play_on() -> None:
    instrument = playing()
    check_refused(instrument.steer(Controls(channel=1, program=20)), "channel 1")
    assert instrument.steer(ORGAN) == [SENT_AFTER_ALL, program_change(1, 19)]
    check_refused(instrument.heard(note_on(1, 60, 80)), "channel 2")
    assert instrument.plugged() == []


@given(
    st.lists(
        st.one_of(
            st.integers(0, 15),
            st.tuples(st.none() | st.integers(1, 16), st.none() | st.integers(1, 128)),
            st.booleans(),
        )
    )
)
def test_nothing_is_ever_sent_on_the_players_channel(
    steps: list[int | tuple[int | None, int | None] | bool],
) -> None:
    instrument = Instrument()
    players: set[int] = set()
    for step in steps:
        match step:
            case bool():
                instrument.unplugged()
                news = instrument.plugged() if step else []
            case int():
                players.add(step)
                news = instrument.heard(note_on(step, 60, 80))
            case channel, program:
                news = instrument.steer(Controls(channel=channel, program=program))
        sent = [data for data in news if isinstance(data, bytes)]
        assert all(players and midi.channel(data) not in players for data in sent)
        assert len(sent) <= 1
