from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.stuck import LONG_S, Stuck


def test_what_is_held_for_long_is_told_once_and_again_after_it_was_let_go() -> None:
    stuck, hands = Stuck(), Hands({64, 60}, pedal=True)
    assert stuck.look(hands, 10.0) == []
    assert stuck.look(hands, 9.9 + LONG_S) == []
    (told,) = stuck.look(hands, 10.0 + LONG_S)
    assert told.text.startswith("key 60, key 64, the pedal held for 60 s")
    assert stuck.look(hands, 11.0 + LONG_S) == []
    assert stuck.look(Hands(), 12.0 + LONG_S) == []
    assert stuck.look(Hands({60}), 13.0 + LONG_S) == []
    assert len(stuck.look(Hands({60}), 13.0 + 2 * LONG_S)) == 1


def test_keys_that_come_and_go_are_not_stuck() -> None:
    stuck = Stuck()
    for second in range(200):
        assert stuck.look(Hands({60 + second % 30}), float(second)) == []
