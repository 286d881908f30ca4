import itertools

from antiphon.daemon import midi
from antiphon.daemon.midi import note_off, note_on, sustain
from antiphon.daemon.thru.endings import LATELY_S, MOST_TIMES, RecentEndings

ON, OFF = note_on(0, 60, 80), note_off(0, 60)
PEDAL_UP = sustain(0, 0)
ALL_OFF = midi.control_change(0, 123, 0)


def said(endings: RecentEndings, now: float) -> list[bytes]:
    found = []
    while (ending := endings.again(now)) is not None:
        found.append(ending)
    return found


def after(*messages: bytes) -> RecentEndings:
    endings = RecentEndings()
    for data in messages:
        endings.send(data, 0.0)
    return endings


def test_nothing_is_said_again_where_nothing_was_dropped() -> None:
    endings = after(ON, OFF)
    assert endings.next_time() is None
    assert said(endings, 10.0) == []


def test_what_ended_in_the_last_second_is_said_again_after_a_drop() -> None:
    endings = after(ON, OFF, sustain(0, 127), PEDAL_UP, ALL_OFF)
    endings.dropped(LATELY_S)
    assert said(endings, LATELY_S) == [OFF, PEDAL_UP, ALL_OFF]
    assert said(endings, 9.0) == []


def test_what_ended_before_that_is_not() -> None:
    endings = after(ON, OFF)
    endings.dropped(LATELY_S + 0.01)
    assert endings.next_time() is None


def test_a_key_that_was_struck_again_and_a_pedal_that_is_down_again_are_left_alone() -> None:
    endings = after(OFF, PEDAL_UP, ALL_OFF, ON, sustain(0, 127))
    endings.dropped(0.1)
    assert said(endings, 0.2) == []


def test_it_is_said_until_it_is_surely_out_and_ever_more_rarely() -> None:
    endings, times, now = after(ON, OFF), [], 0.0
    while now < 60.0:
        endings.dropped(now)
        if said(endings, now):
            times.append(now)
        now += 0.01
    pauses = [round(later - earlier, 2) for earlier, later in itertools.pairwise(times)]
    assert len(times) == MOST_TIMES
    assert pauses == sorted(pauses)
    endings = after(ON, OFF)
    endings.dropped(0.01)
    assert said(endings, 0.5) == [OFF]
    endings.dropped(0.55)
    assert said(endings, 1.0) == [OFF]
    endings.dropped(1.5)
    assert said(endings, 9.0) == []


def test_what_ends_everything_is_said_again_in_any_case() -> None:
    endings = after(ON, OFF)
    endings.insist(3, 0.0)
    assert [said(endings, now / 10) for now in range(1, 6)] == [[OFF], [OFF], [OFF], [], []]
