from antiphon.daemon import midi
from antiphon.daemon.messages import Problem
from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.stuck import DRONE_S, LONG_S, Drones, Stuck
from tests.daemon.jam import Jam


def test_what_is_held_for_long_is_told_once_and_until_it_is_let_go() -> None:
    stuck, hands = Stuck(), Hands({64, 60}, pedal=True)
    assert stuck.look(hands, 10.0) == []
    assert stuck.look(hands, 9.9 + LONG_S) == []
    (told,) = stuck.look(hands, 10.0 + LONG_S)
    assert told.text.startswith("key 60, key 64, the pedal held for 60 s")
    assert stuck.look(hands, 11.0 + LONG_S) == []
    (told,) = stuck.look(Hands({60}), 11.5 + LONG_S)
    assert told.text.startswith("key 60 held for 60 s")
    assert stuck.look(Hands(), 12.0 + LONG_S) == [Problem("", told.about)]
    assert stuck.look(Hands({60}), 13.0 + LONG_S) == []
    assert len(stuck.look(Hands({60}), 13.0 + 2 * LONG_S)) == 1


def test_keys_that_come_and_go_are_not_stuck() -> None:
    stuck = Stuck()
    for second in range(200):
        assert stuck.look(Hands({60 + second % 30}), float(second)) == []


def test_a_key_that_is_held_for_long_is_left_out() -> None:
    drones = Drones()
    drones.strike(0.0, 36)
    drones.strike(DRONE_S - 1.0, 60)
    hands = Hands({36, 60, 72}, pedal=True)
    assert drones.left_out(hands, DRONE_S - 0.1) == hands
    assert drones.left_out(hands, DRONE_S) == Hands({60, 72}, pedal=True)
    drones.strike(DRONE_S, 36)
    assert drones.left_out(hands, DRONE_S + 1.0) == hands


def test_a_stuck_key_does_not_hold_replies_up_for_ever() -> None:
    delays_s = []
    for stuck in (False, True):
        jam = Jam()
        if stuck:
            jam.play(midi.note_on(0, 36, 64))
        jam.wait(DRONE_S + 1.0)
        for key in (60, 62, 64, 65, 67):
            jam.note(key)
        ended_s = jam.now
        jam.wait(8.0)
        first_s = min(
            time for time, data in jam.machine() if time > ended_s and midi.is_note_on(data)
        )
        delays_s.append(first_s - ended_s)
    assert abs(delays_s[0] - delays_s[1]) < 0.1
