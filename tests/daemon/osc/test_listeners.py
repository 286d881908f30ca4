import pytest

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.osc.listeners import FRESH_S, MOST, Listeners
from antiphon.daemon.osc.packets import Message
from antiphon.daemon.osc.tree import PROBLEM, SUBSCRIPTION_S

TABLET, SCREEN = ("10.0.0.2", 9000), ("10.0.0.3", 9000)
LOW, HIGH = Message("/antiphon/control/echo", (0.1,)), Message("/antiphon/control/echo", (0.9,))


def news(listeners: Listeners, *messages: Message) -> list[tuple[Message, object]]:
    return list(listeners.news(messages))


def test_everybody_hears_a_change_once() -> None:
    listeners = Listeners()
    for target in (TABLET, SCREEN):
        assert listeners.subscribe(target, target, 0.0)
    assert news(listeners, LOW, LOW) == [(LOW, TABLET), (LOW, SCREEN)]
    assert news(listeners, LOW) == []
    assert news(listeners, HIGH) == [(HIGH, TABLET), (HIGH, SCREEN)]


def test_who_moved_a_fader_is_not_told_what_it_did_but_what_others_do() -> None:
    listeners = Listeners()
    for target in (TABLET, SCREEN):
        listeners.subscribe(target, target, 0.0)
    listeners.knows(TABLET, LOW)
    assert news(listeners, LOW) == [(LOW, SCREEN)]
    assert news(listeners, HIGH) == [(HIGH, TABLET), (HIGH, SCREEN)]


def test_who_was_refused_is_told_the_truth_again() -> None:
    listeners = Listeners()
    listeners.subscribe(TABLET, TABLET, 0.0)
    news(listeners, LOW)
    listeners.knows(TABLET, HIGH)
    listeners.doubts(TABLET, HIGH.address)
    assert news(listeners, LOW) == [(LOW, TABLET)]


def test_what_happens_again_is_told_again() -> None:
    listeners = Listeners()
    listeners.subscribe(TABLET, TABLET, 0.0)
    lost = Message(PROBLEM, ("the output is lost",))
    assert news(listeners, lost, lost) == [(lost, TABLET)] * 2


def test_who_does_not_ask_again_is_forgotten() -> None:
    listeners = Listeners()
    listeners.subscribe(TABLET, TABLET, 0.0)
    listeners.subscribe(SCREEN, SCREEN, 0.0)
    assert listeners.subscribe(TABLET, TABLET, SUBSCRIPTION_S / 2)
    listeners.expire(SUBSCRIPTION_S)
    assert news(listeners, LOW) == [(LOW, TABLET)]
    listeners.unsubscribe(TABLET)
    listeners.unsubscribe(TABLET)
    assert len(listeners) == 0


def test_a_renewal_has_all_told_anew_but_not_at_once() -> None:
    listeners = Listeners()
    listeners.subscribe(TABLET, TABLET, 0.0)
    news(listeners, LOW)
    assert not listeners.subscribe(TABLET, TABLET, FRESH_S / 2)
    assert news(listeners, LOW) == []
    assert listeners.subscribe(TABLET, TABLET, FRESH_S)
    assert news(listeners, LOW) == [(LOW, TABLET)]


def test_there_are_so_many_and_no_more_but_for_those_that_are_there() -> None:
    listeners = Listeners()
    for port in range(MOST):
        listeners.subscribe(TABLET, ("10.0.0.2", port), 0.0)
    with pytest.raises(AntiphonError, match=str(MOST)):
        listeners.subscribe(SCREEN, SCREEN, 1.0)
    listeners.subscribe(TABLET, ("10.0.0.2", 3), 1.0)
    listeners.subscribe(SCREEN, SCREEN, SUBSCRIPTION_S)
    assert len(listeners) == 2
