"""Knobs, faders and pads at work: heard, learned, carried out, lit.

Thru tells what comes in from them; it is put on a queue, and all else is done by a thread.
What a movement means is decided by `movements`.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from antiphon.daemon import midi, presets
from antiphon.daemon.controls import DEEDS
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Value
from antiphon.daemon.session import learned
from antiphon.daemon.session.learned import Kind, Source
from antiphon.daemon.session.movements import Movements, Pick, Press, Turn

BUNCH_S = 0.01
"""Movements that come within this time count as one: a fader sends hundreds a second."""

_MOVED = 4
"""A knob that is to be learned must go so far: some of them tremble."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What the knobs do things with; those that can fail raise `AntiphonError`."""

    values: Callable[[], Mapping[str, Value]]
    set: Callable[[Mapping[str, str]], object]
    deeds: Mapping[str, Callable[[], object]]
    light: Callable[[bytes], bool]
    """Send a value back to a controller; whether there is one to send it to."""
    tell: Callable[[Mapping[str, Any]], None]
    trouble: Callable[[str], None]
    reserve: Callable[[frozenset[bytes]], None] = lambda _: None
    """Told how the messages begin that are for controls, whenever that changes."""


@dataclass(frozen=True, slots=True)
class _Change:
    """Controls that changed, and the knob that did it, if one did."""

    values: Mapping[str, Value]
    mover: Source | None = None


@dataclass(slots=True)
class _Lesson:
    """What is being learned, by which client, and how far each knob has moved meanwhile."""

    target: str
    client: int
    spans: dict[Source, tuple[int, int]]


class Knobs:
    """What was learned, and who moves what. A context manager: entering starts its thread."""

    def __init__(self, path: Path, hands: Hands) -> None:
        self._path = path
        self._hands = hands
        self._lock = threading.Lock()
        self._learned: dict[Source, str] = {}
        self._damage = ""
        self._sources: Mapping[bytes, Source] = {}
        self._lesson: _Lesson | None = None
        self._movements = Movements()
        self._mover: Source | None = None
        self._last_trouble = ""
        self._waiting: queue.SimpleQueue[bytes | _Change | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="knobs", daemon=True)

    def __enter__(self) -> Self:
        """Read what was learned, and start."""
        try:
            self._use(learned.load(self._path))
        except AntiphonError as error:
            self._damage = str(error)
            self._hands.trouble(self._damage)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._closing.set()
        self._waiting.put(None)
        self._thread.join()

    def moved(self, data: bytes) -> None:
        """A message for a control, or at a controller's port: only queues."""
        lesson = self._lesson
        if self._source(data) or (lesson is not None and _teacher(data, lesson) is not None):
            self._waiting.put(data)

    def changed(self, values: Mapping[str, Value]) -> None:
        """Controls have changed: lights and motors follow. Only queues."""
        if not self._learned:
            return
        mover = self._mover if threading.current_thread() is self._thread else None
        self._waiting.put(_Change(values, mover))

    def refresh(self) -> None:
        """A controller is there anew, and shows nothing yet."""
        self._movements.forget_places()
        self.changed(self._hands.values())

    def table(self) -> dict[str, Any]:
        """What was learned, in words, and what is being learned."""
        lesson = self._lesson
        words = {str(source): target for source, target in self._learned.items()}
        return {"learned": words, "learning": lesson.target if lesson else None}

    def learn(self, target: str, client: int) -> None:
        """Let the next knob that moves be the one of a target, for as long as a client stays."""
        name = learned.checked(target)
        self._check_whole()
        self._lesson = _Lesson(name, client, {})
        self._reserve()
        self._hands.tell({"learning": name})

    def left(self, client: int) -> None:
        """A client is gone: it learns no more."""
        lesson = self._lesson
        if lesson is not None and lesson.client == client:
            self.stop_learning()

    def stop_learning(self) -> None:
        """Learn nothing."""
        self._lesson = None
        self._reserve()
        self._hands.tell({"learning": None})

    def forget(self, target: str) -> None:
        """Nothing moves a target any more; raises `AntiphonError` if nothing did."""
        name = learned.checked(target)
        if name not in self._learned.values():
            raise AntiphonError(f"nothing moves {name}")
        self._keep(lambda known: {it: moved for it, moved in known.items() if moved != name})

    def use_map(self, name: str) -> None:
        """Take over the map of a controller, beside what was learned."""
        found = learned.load_map(name)
        self._keep(lambda known: {**known, **found})
        self.refresh()

    def _keep(self, change: Callable[[dict[Source, str]], dict[Source, str]]) -> None:
        with self._lock:
            self._check_whole()
            known = change(self._learned)
            learned.save(self._path, known)
            self._use(known)
        self._hands.tell(self.table())

    def _check_whole(self) -> None:
        if self._damage:
            # It would be written over.
            raise AntiphonError(f"nothing can be learned: {self._damage}")

    def _use(self, known: dict[Source, str]) -> None:
        # What is of one channel goes before what is of any.
        ordered = sorted(known, key=lambda source: source.channel is not None)
        self._learned = known
        self._sources = {head: source for source in ordered for head in source.heads()}
        self._reserve()

    def _reserve(self) -> None:
        lesson = self._lesson
        taught = learned.heads_that_can_move(lesson.target) if lesson else frozenset()
        self._hands.reserve(taught | self._sources.keys())

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            waiting: list[bytes | _Change] = [first]
            while not self._waiting.empty():
                item = self._waiting.get()
                if item is None:
                    return
                waiting.append(item)
            for item in self._latest(waiting):
                self._carry_out(item)
            self._closing.wait(BUNCH_S)

    def _latest(self, waiting: Iterable[bytes | _Change]) -> Iterable[bytes | _Change]:
        """Of each fader the latest movement; of all else everything."""
        kept: dict[object, bytes | _Change] = {}
        for place, item in enumerate(waiting):
            source = self._source(item) if isinstance(item, bytes) else None
            is_button = source is None or self._learned.get(source) in DEEDS
            kept[place if is_button or self._lesson else source] = item
        return kept.values()

    def _source(self, data: bytes) -> Source | None:
        return self._sources.get(data[:2]) or self._sources.get(data[:1])

    def _carry_out(self, item: bytes | _Change) -> None:
        lesson = self._lesson
        try:
            if isinstance(item, _Change):
                self._light(item)
            elif lesson is not None:
                self._consider(item, lesson)
            elif source := self._source(item):
                self._move(source, item)
        except AntiphonError as error:
            # A knob that is turned says the same a hundred times.
            if str(error) != self._last_trouble:
                self._last_trouble = str(error)
                self._hands.trouble(self._last_trouble)

    def _consider(self, data: bytes, lesson: _Lesson) -> None:
        source = _teacher(data, lesson)
        if source is None:
            return
        if source.kind is Kind.CC:
            value = midi.value(data)
            low, high = lesson.spans.get(source, (value, value))
            lesson.spans[source] = low, high = min(low, value), max(high, value)
            if high - low < _MOVED and value < 127:
                return
        self._lesson = None
        self._movements.learned(source, data)
        self._keep(lambda known: {**known, source: lesson.target})
        self._hands.tell({"knob": str(source), "moves": lesson.target})

    def _move(self, source: Source, data: bytes) -> None:
        target = self._learned.get(source)
        if target is None:
            # Forgotten just now.
            return
        wish = self._movements.moved(source, target, data, self._hands.values())
        self._mover = source
        try:
            match wish:
                case Turn(texts):
                    self._hands.set(texts)
                case Press(deed):
                    self._hands.deeds[deed]()
                case Pick(number):
                    self._hands.set(_preset(number))
        finally:
            self._mover = None

    def _light(self, change: _Change) -> None:
        for source, data in self._movements.lights(self._learned, change.values).items():
            if source != change.mover and self._hands.light(data):
                self._movements.lit(source, data)


def _teacher(data: bytes, lesson: _Lesson) -> Source | None:
    """Where a message comes from, if that can be learned in this lesson."""
    source = learned.source_of(data)
    return source if source and learned.can_move(source, lesson.target) else None


def _preset(number: int) -> Mapping[str, str]:
    names = presets.names(presets.folder())
    if number < len(names):
        return presets.load(presets.folder(), names[number])
    raise AntiphonError(f"program {number + 1}: there are {len(names)} presets")
