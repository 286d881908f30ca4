"""The model at run time: an ONNX Runtime session that takes events in and gives the next one.

Here live the rolling and rewinding of the KV buffers, and branches off what they hold. Nothing here
knows of MIDI, clocks or turns; which provider runs the session is chosen in ``providers``. Not safe
for use from two threads.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.binding import Binding
from antiphon.daemon.performer.modelfile import Facts, facts_of
from antiphon.daemon.performer.providers import Provider, open_session
from antiphon.daemon.performer.query import Answer, Floats, Query
from antiphon.daemon.performer.sight import Sight
from antiphon.model.events import Event

ROOM, KEPT = 3, 2
"""How many windows of events the KV buffers hold, and how many of them compaction keeps."""
STRIDE = 32
"""The kernel works on every row that it is shown, attended to or not. So it is shown no more than
this many beyond the window; each time that they move on, the buffers are bound anew."""
BRANCH_EVENTS = 192
"""How long a branch may get."""


class Branches(Protocol):
    """Several continuations of the same events, drawn side by side."""

    def advance(
        self, new: Sequence[Event], queries: Sequence[Query], moments: Floats | None = None
    ) -> list[Answer]:
        """Take in one more event for each branch, and draw the next of each in a single run.

        ``moments`` has a row for each branch, as in `Engine.advance`.
        """


class Engine(Protocol):
    """What the musician needs of a model."""

    @property
    def length(self) -> int:
        """How many events were taken in, ever; a mark to rewind to."""

    def tell(self, condition: Floats) -> None:
        """Set the condition vector, (conditions.SIZE,), for all that follows."""

    def advance(self, new: Sequence[Event], query: Query, moments: Floats | None = None) -> Answer:
        """Take in new events, at least one, and draw the next.

        ``moments`` (events, size of `conditions.MOMENTS`) tells of the moment of each event what is
        known of what follows it; without, nothing is told.
        """

    def rewind(self, mark: int) -> None:
        """Forget every event after the first ``mark``."""

    def branch(self, count: int, mark: int) -> Branches:
        """So many branches off the first ``mark`` events, at most `BRANCH_EVENTS` long.

        They are good until the next ones are made; the engine itself stays as it is.
        """


class OnnxEngine:
    """An exported model in one ONNX Runtime session on one sequence.

    The KV buffers stay on the provider's device; what goes in and out of a step is a few bytes.
    One that ``captures`` has CUDA start all kernels of a step at once; one that ``tells_all`` gives
    each answer with all log-probabilities.
    """

    def __init__(
        self,
        path: Path,
        provider: Provider = Provider.CPU,
        threads: int = 1,
        *,
        captures: bool = False,
        tells_all: bool = False,
        trace: Path | None = None,
    ) -> None:
        self.path = path
        self._tells_all = tells_all
        self.provider = provider
        self.captures = captures
        self._session = open_session(path, provider, threads, captures=captures, trace=trace)
        self._facts = facts_of(self._session, path)
        if captures and not self._facts.half:
            raise AntiphonError(f"{path}: only a float16 model's steps can be captured")
        self._graphs = itertools.count(1)
        self._branches: dict[int, Binding] = {}
        self._bound = self._binding(1, ROOM * self._facts.window)
        self._condition: Floats | None = None
        self._base = 0
        self._used = 0

    def _binding(self, batch: int, capacity: int, width: int = 1) -> Binding:
        # A number of its own for each, as CUDA starts what was captured under it.
        graph = next(self._graphs) if self.captures else None
        return Binding(
            self._session,
            self._facts,
            self.provider,
            batch,
            capacity,
            self.path,
            width=width,
            graph=graph,
            tells_all=self._tells_all,
        )

    @property
    def length(self) -> int:
        """How many events were taken in, ever; a mark to rewind to."""
        return self._base + self._used

    @property
    def window(self) -> int:
        """How many events an event attends to, itself among them."""
        return self._facts.window

    @property
    def shown(self) -> int:
        """How many rows the kernels worked on in the last step."""
        return self._bound.shown

    def end_trace(self) -> Path:
        """The file with how long each node took, of an engine that was made with ``trace``."""
        return Path(self._session.end_profiling())

    def tell(self, condition: Floats) -> None:
        """Set the condition vector, (conditions.SIZE,), for all that follows."""
        self._condition = condition
        self._bound.tell(condition)

    def rewind(self, mark: int) -> None:
        """Forget every event after the first ``mark``.

        Exact while ``mark`` lies at most a window back, and for 0; raises ValueError for others
        that are no longer kept.
        """
        if mark == 0:
            self._base = 0
        self._used = self._row_of(mark)

    def _row_of(self, mark: int) -> int:
        if not self._base <= mark <= self.length:
            raise ValueError(f"mark {mark} is outside {self._base}..{self.length}")
        return mark - self._base

    @property
    def takes_moments(self) -> bool:
        """Whether the model can be told of roles, and of each event by itself."""
        return self._facts.takes_moments

    def advance(self, new: Sequence[Event], query: Query, moments: Floats | None = None) -> Answer:
        """Take in new events, at least one, and draw the next."""
        chunk = self._facts.window
        for start in range(0, len(new) - chunk, chunk):
            part = slice(start, start + chunk)
            self._run(new[part], query, None if moments is None else moments[part])
        rest = (len(new) - 1) % chunk + 1
        return self._run(new[-rest:], query, None if moments is None else moments[-rest:])

    def _run(self, new: Sequence[Event], query: Query, moments: Floats | None) -> Answer:
        self._make_room(len(new))
        self._bound.show(self._first_of_use(self._used))
        rows = self._used - self._bound.first
        (answer,) = self._bound.run([new], rows, self._used, [query], moments=moments)
        self._used += len(new)
        return answer

    def branch(self, count: int, mark: int) -> "OnnxBranches":
        """So many branches off the first ``mark`` events, as exact as going back there is."""
        used = self._row_of(mark)
        first = self._first_of_use(used)
        # Events that say what each attends to can share one sequence, and with it the past.
        shares = not self._facts.half
        if count not in self._branches:
            longest = BRANCH_EVENTS * (count if shares else 1)
            self._branches[count] = self._binding(
                1 if shares else count, self._most_in_use + longest, count if shares else 1
            )
        bound = self._branches[count]
        for index in range(len(self._facts.caches)):
            bound.read(index)[:, :, : used - first] = self._bound.read(index)[:, :, first:used]
            bound.write(index)
        if self._condition is not None:
            bound.tell(self._condition)
        sight = Sight(count, used - first, self._facts.window, BRANCH_EVENTS) if shares else None
        return OnnxBranches(bound, used - first, used, sight)

    @property
    def _most_in_use(self) -> int:
        window = self._facts.window
        return window + STRIDE if self.provider is Provider.CPU else ROOM * window

    def _first_of_use(self, used: int) -> int:
        """A row not far before the first that the next event attends to."""
        # Other kernels may count positions from the first row that they are shown.
        if self.provider is not Provider.CPU:
            return 0
        return max(0, used + 1 - self._facts.window) // STRIDE * STRIDE

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
        for index in range(len(facts.caches)):
            content = self._bound.read(index)
            newest = content[:, :, moved : self._used].astype(np.float32)
            holds_keys = index % 2 == 0
            content[:, :, :kept] = _turned_back(newest, moved, facts) if holds_keys else newest
            self._bound.write(index)
        self._base += moved
        self._used = kept


class OnnxBranches:
    """Branches off an `OnnxEngine`, in KV buffers of their own that begin as copies of its.

    With a ``sight`` they are rows of one sequence and share its past, which is read once for all;
    without, each is a sequence.
    """

    def __init__(self, bound: Binding, rows: int, place: int, sight: Sight | None) -> None:
        self._bound = bound
        self._rows = rows
        self._place = place
        self._sight = sight
        self._taken = 0

    def advance(
        self, new: Sequence[Event], queries: Sequence[Query], moments: Floats | None = None
    ) -> list[Answer]:
        """Take in one more event for each branch, and draw the next of each in a single run."""
        taken = self._taken
        if taken == BRANCH_EVENTS:
            raise ValueError(f"a branch holds no more than {BRANCH_EVENTS} events")
        self._taken += 1
        place = self._place + taken
        if self._sight is None:
            alone = [[event] for event in new]
            return self._bound.run(alone, self._rows + taken, place, queries, moments=moments)
        attended = self._sight.after(taken)
        rows = attended.shape[1] - len(new)
        return self._bound.run([new], rows, place, queries, attended, moments)


def _turned_back(keys: Floats, places: int, facts: Facts) -> Floats:
    """Rotary keys (B, G, C, E) as if their positions were lower by ``places``."""
    half = facts.head_width // 2
    angles = places * facts.rotary_base ** (-np.arange(half) / half)
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    a, b = keys[..., :half], keys[..., half:]
    return np.concatenate([a * cos + b * sin, b * cos - a * sin], axis=-1)
