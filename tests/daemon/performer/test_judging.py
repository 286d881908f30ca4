import numpy as np

from antiphon.daemon import midi
from antiphon.daemon.messages import Verdict
from antiphon.model import conditions
from antiphon.model.events import NOTE_OFF
from tests.daemon.jam import Jam, check_all_notes_end, what_happened, who_and_kind


def answered() -> Jam:
    jam = Jam()
    for key in range(60, 70):
        jam.note(key)
    jam.wait(2.0)
    assert jam.machine()
    return jam


def test_good_is_a_verdict_on_what_was_played_and_lets_it_play_on() -> None:
    jam = answered()
    jam.judge(good=True)
    [verdict] = jam.verdicts
    assert verdict.good
    assert [data for _, data in verdict.messages] == [data for _, data in jam.machine()]
    before = len(jam.machine())
    jam.wait(3.0)
    assert len(jam.machine()) > before + 2


def test_not_that_stops_it_at_once_until_the_next_call() -> None:
    jam = answered()
    jam.judge(good=False)
    assert not jam.verdicts[0].good
    jam.wait(6.0)
    after = [data for time, data in jam.machine() if time > 4.0]
    assert not any(midi.is_note_on(data) for data in after)
    check_all_notes_end(jam)
    assert who_and_kind(jam) == what_happened(jam)
    for key in range(60, 70):
        jam.note(key)
    before = len(jam.machine())
    jam.wait(3.0)
    assert len(jam.machine()) > before


def test_not_that_stops_a_part_played_together_too() -> None:
    jam = Jam()
    jam.set(mode="together")
    for key in range(60, 66):
        jam.note(key, seconds=0.5)
    jam.judge(good=False)
    jam.wait(0.1)
    assert not any(midi.is_note_on(data) for time, data in jam.machine() if time > jam.now - 0.09)
    assert who_and_kind(jam) == what_happened(jam)


def test_there_must_be_something_to_judge() -> None:
    jam = Jam()
    jam.judge(good=True)
    assert not jam.verdicts
    assert jam.problems == ["nothing to judge yet: the machine has not played"]


FIGURE = tuple(
    (index * 0.25 + late_s, data)
    for index, key in enumerate((60, 64, 62, 67, 65, 71, 60, 72, 60, 64))
    for late_s, data in ((0.0, midi.note_on(0, key, 110)), (0.2, midi.note_off(0, key)))
)


def told_loudness(jam: Jam) -> float:
    first = conditions.level_index("loudness", 0)
    levels = jam.engine.conditions[-1][first : first + conditions.LEVELS]
    return float(levels @ np.arange(conditions.LEVELS))


def called_after(*verdicts: Verdict) -> Jam:
    jam = Jam()
    for verdict in verdicts:
        jam.musician.take(verdict, 0.0)
    for key in range(60, 70):
        jam.note(key)
    jam.wait(0.1)
    return jam


def test_what_was_said_another_day_counts_today() -> None:
    plain, liked, disliked = (
        called_after(*verdicts)
        for verdicts in ((), (Verdict(True, FIGURE),), (Verdict(False, FIGURE),))
    )
    assert told_loudness(disliked) < told_loudness(plain) < told_loudness(liked)


def test_a_reply_that_waits_is_drawn_anew() -> None:
    jam = called_after()
    runs = len(jam.engine.runs)
    jam.musician.take(Verdict(True, FIGURE), jam.now)
    jam.wait(0.1)
    drawn = jam.engine.queries[runs:]
    assert drawn
    assert max(query.kind[:NOTE_OFF].max() for query in drawn) > 0.0
    jam.wait(4.0)
    assert who_and_kind(jam) == what_happened(jam)


def test_all_can_be_forgotten() -> None:
    jam = called_after(Verdict(True, FIGURE))
    loud = told_loudness(jam)
    jam.forget()
    jam.wait(0.1)
    assert told_loudness(jam) < loud
