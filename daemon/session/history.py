"""The latest that was played: the state that a performer which starts again is given."""

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from antiphon.daemon import messages

_LONGEST = 2048
"""As many as the engine keeps; each costs time to take in, and nobody plays meanwhile."""


class History:
    """The latest that was played, as a performer that starts is told it."""

    def __init__(self) -> None:
        self._latest: deque[messages.ToPerformer] = deque(maxlen=_LONGEST)
        self._beats: dict[str, messages.Beat] = {}
        self._verdicts: deque[messages.Verdict] = deque(maxlen=messages.MOST_VERDICTS)
        self._latency: list[messages.Latency] = []

    def __iter__(self) -> Iterator[messages.ToPerformer]:
        """The latency, the beats and the verdicts, then what was played, from the oldest on."""
        return itertools.chain(self._latency, self._beats.values(), self._verdicts, self._latest)

    def add(self, message: messages.ToPerformer) -> None:
        """Remember a message, if it is of something that was played."""
        if isinstance(message, messages.Heard):
            self._latest.append(message)
        elif isinstance(message, messages.Sent):
            self._latest.append(replace(message, plan=messages.EARLIER))
        elif isinstance(message, messages.Latency):
            self._latency = [message]
        elif isinstance(message, messages.Beat):
            self._beats[message.source] = message
        elif isinstance(message, messages.Verdict):
            self._verdicts.append(message)
        elif isinstance(message, messages.Forget):
            self._latest.clear()
            self._verdicts.clear()

    def clear(self) -> None:
        """Forget all that was played, and what was made of it."""
        self._latest.clear()
        self._beats.clear()
        self._verdicts.clear()
