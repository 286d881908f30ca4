"""The model at run time: an ONNX Runtime session that takes events in and gives the next one.

Here live the KV buffers, their rolling and rewinding. Nothing here knows of MIDI, clocks or turns;
which provider runs the session is chosen in ``providers``. Not safe for use from two threads.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.modelfile import Facts, facts_of
from antiphon.daemon.performer.providers import Provider, open_session
from antiphon.model import conditions, events
from antiphon.model.events import Event

ROOM, KEPT = 3, 2
"""How many windows of events the KV buffers hold, and how many of them compaction keeps."""
STRIDE = 32
"""The kernel works on every row that it is shown, attended to or not. So it is shown no more than
this many beyond the window; each time that they move on, the buffers are bound anew."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Query:
    """How the next event is to be drawn.

    ``noise`` (4,): uniform in [0, 1), one an attribute. ``temperature`` and ``nucleus`` (3,): of
    step, kind and touch. The masks are added to log-probabilities: ``who_step`` (2, 199), ``kind``
    (258,), ``touch`` (32,).
    """

    noise: Floats
    who_step: Floats = field(
        default_factory=lambda: np.zeros((events.WHO, events.STEPS), np.float32)
    )
    kind: Floats = field(default_factory=lambda: np.zeros(events.KINDS, np.float32))
    touch: Floats = field(default_factory=lambda: np.zeros(events.TOUCHES, np.float32))
    temperature: tuple[float, float, float] = (1.0, 1.0, 1.0)
    nucleus: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """The event drawn, its cost in nats under the unmasked model, and what could come next.

    ``cost`` is (who and step together, kind, touch). ``who_step`` (2, 199) is the joint
    log-probability of whose event comes next and when.
    """

    event: Event
    cost: tuple[float, float, float]
    who_step: Floats


class Engine(Protocol):
    """What the musician needs of a model."""

    @property
    def length(self) -> int:
        """How many events were taken in, ever; a mark to rewind to."""

    def tell(self, condition: Floats) -> None:
        """Set the condition vector, (conditions.SIZE,), for all that follows."""

    def advance(self, new: Sequence[Event], query: Query) -> Answer:
        """Take in new events, at least one, and draw the next."""

    def rewind(self, mark: int) -> None:
        """Forget every event after the first ``mark``."""


class OnnxEngine:
    """An exported model in one ONNX Runtime session on one sequence.

    The KV buffers stay on the provider's device; what goes in and out of a step is a few bytes.
    """

    def __init__(self, path: Path, provider: Provider = Provider.CPU, threads: int = 1) -> None:
        self.path = path
        self.provider = provider
        self._session = open_session(path, provider, threads)
        self._facts = facts_of(self._session, path)
        self._base = 0
        self._used = 0
        self._bind()

    def _bind(self) -> None:
        import onnxruntime

        facts = self._facts
        real = np.float16 if facts.half else np.float32
        # One head more than there are, so that what is shown from further on ends in the buffer.
        size = (1, facts.kv_heads + 1, ROOM * facts.window, facts.head_width)
        device = self.provider.value
        self._wrapped = onnxruntime.OrtValue.ortvalue_from_numpy
        self._caches = [
            self._wrapped(np.zeros(size, dtype=real), device, 0) for _ in range(2 * facts.layers)
        ]
        self._inputs: dict[str, NDArray[Any]] = {
            "events": np.zeros((1, 1, 4), np.int64),
            "condition": np.zeros((1, conditions.SIZE), np.float32),
            "position": np.zeros((1, 1), np.int64),
            "last": np.zeros(1, np.int32),
            "total": np.zeros((), np.int32),
            "noise": np.zeros((1, 4), np.float32),
            "temperature": np.ones(3, np.float32),
            "nucleus": np.ones(3, np.float32),
            "who_step_mask": np.zeros((1, events.WHO, events.STEPS), np.float32),
            "kind_mask": np.zeros((1, events.KINDS), np.float32),
            "touch_mask": np.zeros((1, events.TOUCHES), np.float32),
        }
        self._outputs: dict[str, NDArray[Any]] = {
            "event": np.zeros((1, 4), np.int64),
            "cost": np.zeros((1, 3), np.float32),
            "who_step": np.zeros((1, events.WHO, events.STEPS), np.float32),
        }
        self._one = self._session.io_binding()
        self._many = self._session.io_binding()
        self._show(0)
        for binding in (self._one, self._many):
            for name, array in self._inputs.items():
                binding.bind_ortvalue_input(name, self._wrapped(array))
            for name, array in self._outputs.items():
                binding.bind_ortvalue_output(name, self._wrapped(array))

    def _show(self, first: int) -> None:
        """Bind the KV buffers from row ``first`` on."""
        self._first = first
        facts = self._facts
        real = np.float16 if facts.half else np.float32
        size = (1, facts.kv_heads, ROOM * facts.window, facts.head_width)
        ahead = first * facts.head_width * np.dtype(real).itemsize
        for name, cache in zip(facts.caches, self._caches, strict=True):
            place = (self.provider.value, 0, real, size, cache.data_ptr() + ahead)
            for binding in (self._one, self._many):
                binding.bind_input(name, *place)
                binding.bind_output(f"new_{name}", *place)

    @property
    def length(self) -> int:
        """How many events were taken in, ever; a mark to rewind to."""
        return self._base + self._used

    @property
    def window(self) -> int:
        """How many events an event attends to, itself among them."""
        return self._facts.window

    def tell(self, condition: Floats) -> None:
        """Set the condition vector, (conditions.SIZE,), for all that follows."""
        self._inputs["condition"][0] = condition

    def rewind(self, mark: int) -> None:
        """Forget every event after the first ``mark``.

        Exact while ``mark`` lies at most a window back, and for 0; raises ValueError for others
        that are no longer kept.
        """
        if mark == 0:
            self._base = 0
        if not self._base <= mark <= self.length:
            raise ValueError(f"mark {mark} is outside {self._base}..{self.length}")
        self._used = mark - self._base

    def advance(self, new: Sequence[Event], query: Query) -> Answer:
        """Take in new events, at least one, and draw the next."""
        chunk = self._facts.window
        for start in range(0, len(new) - chunk, chunk):
            self._run(new[start : start + chunk], query)
        rest = (len(new) - 1) % chunk + 1
        self._run(new[-rest:], query)
        who, step, kind, touch = self._outputs["event"][0].tolist()
        cost = self._outputs["cost"][0].tolist()
        if not math.isfinite(sum(cost)):
            raise AntiphonError(f"{self.path}: its weights give no numbers; export it anew")
        return Answer(
            Event(who, step, kind, touch),
            (cost[0], cost[1], cost[2]),
            self._outputs["who_step"][0].copy(),
        )

    def _run(self, new: Sequence[Event], query: Query) -> None:
        count = len(new)
        self._make_room(count)
        first = self._first_of_use()
        if first != self._first:
            self._show(first)
        inputs = self._inputs
        inputs["last"][0] = self._used - first + count - 1
        inputs["total"][()] = self._used - first + count
        inputs["noise"][0] = query.noise
        inputs["temperature"][:] = query.temperature
        inputs["nucleus"][:] = query.nucleus
        inputs["who_step_mask"][0] = query.who_step
        inputs["kind_mask"][0] = query.kind
        inputs["touch_mask"][0] = query.touch
        rows = [(event.who, event.step, event.kind, event.touch) for event in new]
        if count == 1:
            binding = self._one
            inputs["events"][0] = rows
            inputs["position"][0] = self._used
        else:
            binding = self._many
            tokens = np.array([rows], dtype=np.int64)
            places = np.arange(self._used, self._used + count, dtype=np.int64)[None]
            binding.bind_ortvalue_input("events", self._wrapped(tokens))
            binding.bind_ortvalue_input("position", self._wrapped(places))
        try:
            self._session.run_with_iobinding(binding)
        except Exception as error:
            # ONNX Runtime raises many kinds, with a page of text.
            reason = str(error).strip().splitlines()[0]
            raise AntiphonError(
                f"{self.path}: a step failed on {self.provider.value} ({reason})"
            ) from error
        self._used += count

    def _first_of_use(self) -> int:
        """A row not far before the first that the next event attends to."""
        # Other kernels may count positions from the first row that they are shown.
        if self.provider is not Provider.CPU:
            return 0
        return max(0, self._used + 1 - self._facts.window) // STRIDE * STRIDE

    def _make_room(self, count: int) -> None:
        """Move the newest to the front when the buffers would overflow.

        Keys are stored turned by their position. Turning them back by the way they moved gives each
        one its new place's angle, so positions never run out.
        """
        facts = self._facts
        if self._used + count <= ROOM * facts.window:
            return
        kept = KEPT * facts.window
        moved = self._used - kept
        for index, cache in enumerate(self._caches):
            content = cache.numpy()
            newest = content[:, :, moved : self._used].astype(np.float32)
            holds_keys = index % 2 == 0
            content[:, :, :kept] = _turned_back(newest, moved, facts) if holds_keys else newest
            cache.update_inplace(content)
        self._base += moved
        self._used = kept


def _turned_back(keys: Floats, places: int, facts: Facts) -> Floats:
    """Rotary keys (B, G, C, E) as if their positions were lower by ``places``."""
    half = facts.head_width // 2
    angles = places * facts.rotary_base ** (-np.arange(half) / half)
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    a, b = keys[..., :half], keys[..., half:]
    return np.concatenate([a * cos + b * sin, b * cos - a * sin], axis=-1)
