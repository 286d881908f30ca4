"""What is done with OSC packets: many together, each kind within bounds. No sockets, no clock.

Controls that are set again and again within a batch are set once. Whatever comes in too great a
number is left out and counted; a panic never is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from antiphon.daemon import presets
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.osc import news, tree
from antiphon.daemon.osc.listeners import Address, Letter, Listeners
from antiphon.daemon.osc.packets import Message, PacketError, decode
from antiphon.daemon.osc.wishes import (
    Do,
    List,
    Load,
    Morph,
    Query,
    Record,
    Save,
    Set,
    Subscribe,
    Unsubscribe,
    Wish,
    understood,
)
from antiphon.daemon.session.control import Table
from antiphon.daemon.session.pace import Pace

Ask = Callable[[Mapping[str, Any]], Table]
"""Asks the daemon, and gives its answer; raises `AntiphonError` with its complaint."""

MOST_PACKETS: Final = 32
MOST_WISHES: Final = 256
MOST_LETTERS: Final = 512
"""What more is asked for then is left out; the answer that goes beyond it still goes."""
MOST_ERRORS: Final = 8
"""Of one batch; there are a hundred batches a second at most."""
MOST_NAMES: Final = 80
"""Presets that are told: more may not fit into a packet."""

_A_SECOND, _AT_ONCE = 2.0, 4.0
"""What writes on the disk may be done so often; each kind is counted by itself."""
_LIGHT: Final = ("panic", "tap")
"""Deeds that do not."""
_PANIC: Final = f"{tree.ROOT}/panic".encode() + b"\0"


@dataclass(slots=True)
class Counts:
    """How much came in since the start, and what became of it."""

    packets: int = 0
    malformed: int = 0
    refused: int = 0
    """Messages that asked for what there is not."""
    left_out: int = 0
    """Packets and messages that were too many."""
    subscribers: int = 0


class Service:
    """Takes packets, tells news; both give the letters that are to be sent."""

    def __init__(self, ask: Ask, place: Path) -> None:
        """`place` is the folder of the presets."""
        self.ask = ask
        self.place = place
        self.listeners = Listeners()
        self.counts = Counts()
        self.stranger: Address | None = None
        """Who sent the latest packet that was none."""
        self._paces: dict[str, Pace] = {}

    def take(self, packets: Sequence[tuple[bytes, Address]], now: float) -> list[Letter]:
        """Do what a batch of packets asks for; the answers."""
        self.listeners.expire(now)
        self.counts.packets += len(packets)
        batch = _Batch(self, now)
        for data, sender in self._chosen(packets):
            try:
                messages = decode(data)
            except PacketError:
                self.counts.malformed += 1
                self.stranger = sender
                continue
            for message in messages:
                batch.take(message, sender)
        batch.set()
        return batch.letters

    def news(self, change: Mapping[str, Any]) -> list[Letter]:
        """What the subscribers are told of a change that the daemon pushed."""
        return [*self.listeners.news(news.of_change(change.get("status", change)))]

    def report(self) -> dict[str, int]:
        """The counts, for the status of the daemon."""
        self.counts.subscribers = len(self.listeners)
        return asdict(self.counts)

    def may(self, what: str, now: float) -> bool:
        """Whether what costs more than a moment may be done again already."""
        return self._paces.setdefault(what, Pace(_A_SECOND, _AT_ONCE)).allows(now)

    def _chosen(self, packets: Sequence[tuple[bytes, Address]]) -> Sequence[tuple[bytes, Address]]:
        """As many as are done, a panic first; the rest is counted."""
        self.counts.left_out += len(packets[MOST_PACKETS:])
        ordered = sorted(packets, key=lambda packet: not packet[0].startswith(_PANIC))
        return ordered[:MOST_PACKETS]


class _Batch:
    """Wishes that came together, in their order; neighbours among those that set go as one."""

    def __init__(self, service: Service, now: float) -> None:
        self.letters: list[Letter] = []
        self._service = service
        self._now = now
        self._sets: dict[str, tuple[Set, Address]] = {}
        self._deeds: set[str] = set()
        self._taken = self._errors = 0

    @cached_property
    def _status(self) -> Table:
        status: Table = self._service.ask({"do": "status"})["status"]
        return status

    def take(self, message: Message, sender: Address) -> None:
        """Do what a message asks for, or say why not."""
        self._taken += 1
        if self._taken > MOST_WISHES or len(self.letters) >= MOST_LETTERS:
            self._service.counts.left_out += 1
            return
        try:
            wish = understood(message)
            if isinstance(wish, Set):
                self._put(wish, sender)
                # Before it is told of it as news.
                self._expect(wish, sender)
            elif isinstance(wish, Load | Morph):
                for name, text in self._texts(wish).items():
                    self._put(Set(message.address, name, text), sender)
            elif wish is not None:
                self.set()
                self._do(wish, sender)
        except AntiphonError as error:
            self._refuse(str(error), message.address, sender)

    def set(self) -> None:
        """Set what waits to be set: all at once, or each alone if they cannot all be."""
        waiting, self._sets = list(self._sets.values()), {}
        if not waiting:
            return
        try:
            self._ask({"do": "set", "values": {wish.name: wish.text for wish, _ in waiting}})
        except AntiphonError as error:
            if len(waiting) == 1:
                wish, sender = waiting[0]
                self._service.listeners.doubts(sender, wish.address)
                self._refuse(str(error), wish.address, sender)
                return
            for wish, sender in waiting:
                self._sets[wish.name] = wish, sender
                self.set()

    def _put(self, wish: Set, sender: Address) -> None:
        # Again to the end: of two names for one control the later one counts.
        self._sets.pop(wish.name, None)
        self._sets[wish.name] = wish, sender

    def _texts(self, wish: Load | Morph) -> Mapping[str, str]:
        place = self._service.place
        if isinstance(wish, Load):
            return presets.load(place, wish.name)
        return presets.between(place, wish.first, wish.second, wish.share)

    def _do(self, wish: Wish, sender: Address) -> None:
        match wish:
            case Query(addresses):
                self._answer(sender, *self._known(addresses))
            case Do(deed):
                self._do_deed(deed, sender)
            case Record(on):
                self._check_pace("record")
                self._ask({"do": "record", "on": on})
            case Save(name):
                self._check_pace("preset save")
                presets.save(self._service.place, name, self._status["controls"])
            case List():
                names = presets.names(self._service.place)[:MOST_NAMES]
                self._answer(sender, Message(tree.PRESETS, tuple(names)))
            case Subscribe(port):
                self._subscribe(sender, _at(sender, port))
            case Unsubscribe(port):
                self._service.listeners.unsubscribe(_at(sender, port))

    def _known(self, addresses: Sequence[str]) -> Iterator[Message]:
        """What is at these addresses; for a fader that has no place, the control."""
        known = {message.address: message for message in news.of_change(self._status)}
        for address in addresses:
            instead = address.replace(tree.FADER, tree.CONTROL)
            if message := known.get(address) or known.get(instead):
                yield message

    def _do_deed(self, deed: str, sender: Address) -> None:
        if deed in self._deeds:
            return
        if deed not in _LIGHT:
            self._check_pace(deed)
        self._deeds.add(deed)
        answer = self._ask({"do": deed})
        if "tempo_bpm" in answer:
            self._answer(sender, Message(tree.TEMPO, (float(answer["tempo_bpm"] or 0.0),)))

    def _subscribe(self, sender: Address, target: Address) -> None:
        status = self._status
        if self._service.listeners.subscribe(sender, target, self._now):
            told = Message(tree.SUBSCRIBED, (tree.SUBSCRIPTION_S,))
            self.letters += [(told, target), *self._service.news(status)]

    def _expect(self, wish: Set, sender: Address) -> None:
        message = news.granted(wish)
        if message is not None:
            self._service.listeners.knows(sender, message)

    def _ask(self, request: Mapping[str, Any]) -> Table:
        self._forget_status()
        return self._service.ask(request)

    def _forget_status(self) -> None:
        with suppress(AttributeError):
            del self._status

    def _check_pace(self, what: str) -> None:
        if not self._service.may(what, self._now):
            raise AntiphonError(f"{what}: not more than {_A_SECOND:g} times a second")

    def _answer(self, sender: Address, *messages: Message) -> None:
        self.letters += [(message, sender) for message in messages]

    def _refuse(self, text: str, address: str, sender: Address) -> None:
        self._service.counts.refused += 1
        self._errors += 1
        if self._errors <= MOST_ERRORS:
            self._answer(sender, Message(tree.ERROR, (text, address[:100])))


def _at(sender: Address, port: int | None) -> Address:
    return sender if port is None else (sender[0], port, *sender[2:])
