"""Who has subscribed to changes, until when, and what each of them knows already. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.osc.packets import Arg, Message
from antiphon.daemon.osc.tree import KEPT, PROBLEM, SOLVED, SUBSCRIPTION_S

Address = tuple[Any, ...]
"""As sockets have it: host and port, and for IPv6 two numbers more."""
Letter = tuple[Message, Address]

MOST: Final = 16
FRESH_S: Final = 1.0
"""Who asks again within this time is told nothing anew: a subscription costs many packets."""

_HAPPENINGS: Final = (KEPT, PROBLEM, SOLVED)
"""What is told each time, though it be the same again."""


@dataclass(slots=True)
class _Listener:
    source: Address
    until: float
    told_all: float
    knows: dict[str, tuple[Arg, ...]] = field(default_factory=dict)


class Listeners:
    """The subscribers. What one of them has set itself does not come back to it as news."""

    def __init__(self) -> None:
        self._listeners: dict[Address, _Listener] = {}

    def __len__(self) -> int:
        return len(self._listeners)

    def subscribe(self, source: Address, target: Address, now: float) -> bool:
        """Send changes to `target`, for who sends from `source`; whether it must be told all.

        Raises `AntiphonError` where there are too many.
        """
        self.expire(now)
        before = self._listeners.get(target)
        if before is None and len(self) >= MOST:
            raise AntiphonError(f"{MOST} subscribers are all that there may be: unsubscribe one")
        until = now + SUBSCRIPTION_S
        if before is not None and now - before.told_all < FRESH_S:
            before.source, before.until = source, until
            return False
        self._listeners[target] = _Listener(source, until, now)
        return True

    def unsubscribe(self, target: Address) -> None:
        """Send no more to `target`."""
        self._listeners.pop(target, None)

    def expire(self, now: float) -> None:
        """Forget those that have not asked again."""
        self._listeners = {t: it for t, it in self._listeners.items() if it.until > now}

    def news(self, messages: Iterable[Message]) -> Iterator[Letter]:
        """These messages for everybody, each without those that say what it knows."""
        for message in messages:
            for target, listener in self._listeners.items():
                if message.address not in _HAPPENINGS:
                    if listener.knows.get(message.address) == message.args:
                        continue
                    listener.knows[message.address] = message.args
                yield message, target

    def knows(self, source: Address, message: Message) -> None:
        """Who sends from `source` needs not be told this."""
        for listener in self._listeners.values():
            if listener.source == source:
                listener.knows[message.address] = message.args

    def doubts(self, source: Address, address: str) -> None:
        """Who sends from `source` may have a wrong idea of what is at `address`."""
        for listener in self._listeners.values():
            if listener.source == source:
                listener.knows.pop(address, None)
