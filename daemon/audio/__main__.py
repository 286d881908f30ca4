"""Sounds what the session process sends, as long as nobody else does.

Started as ``python -m antiphon.daemon.audio ORDERS`` with frames of `orders` on standard input, it
tells in JSON lines on standard output whether it sounds and what is wrong. When its input ends,
however the session process ended, or when nothing comes any more while something sounds, it ends
all notes.
"""

import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Final, Protocol

from antiphon.daemon.audio import orders as pipe
from antiphon.daemon.audio import soundfonts
from antiphon.daemon.audio.fluid import Fluid
from antiphon.daemon.audio.listeners import watched
from antiphon.daemon.audio.orders import Orders, State
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.guardian.heartbeat import Heartbeat
from antiphon.daemon.ports import pulse

LOOK_S: Final = 0.5
RETRY_LOOKS: Final = 10
"""A sound card that could not be had is tried again after so many looks."""
RELEASE_S: Final = 0.2
"""At the end, notes that are let go die away for so long: cut off they would click."""
STOP_S: Final = 0.5

_CHUNK: Final = 65_536


class Instrument(Protocol):
    """What can be played, and gets and gives up a sound card."""

    def start(self) -> str | None:
        """Begin to sound; by what, None if that cannot be."""

    def stop(self) -> None:
        """End all that sounds, and give the sound card up."""

    def sounds(self) -> bool:
        """Whether anything is to be heard."""

    def silence(self) -> None:
        """End everything at once."""

    def play(self, data: bytes) -> None:
        """Play one message of a channel."""


class Sound:
    """An instrument that sounds while nobody else does. `play` and `look` may be on two threads."""

    def __init__(
        self,
        instrument: Instrument,
        words: str,
        somebody_listens: Callable[[], bool],
        tell: Callable[[State | AntiphonError], None],
    ) -> None:
        self._instrument = instrument
        self._words = words
        self._somebody_listens = somebody_listens
        self._tell = tell
        self._state: State | None = None
        self._heartbeat = Heartbeat()
        self._heard = 0
        self._looks_to_wait = 0

    def play(self, frames: bytes) -> None:
        """Play whole frames."""
        self._heard += len(frames)
        for data in pipe.messages(frames):
            self._instrument.play(data)

    def look(self) -> bool:
        """Sound or rest, as others have it, and end what sounds if whoever plays hangs.

        Whether it begins or ends to sound.
        """
        before = self._state
        if self._somebody_listens():
            self._rest()
        elif not self._sounds:
            self._begin()
        elif self._heartbeat.stopped(self._heard, sounds=self._instrument.sounds()):
            self._instrument.silence()
        return self._state != before

    @property
    def is_refused(self) -> bool:
        """Whether a sound card was tried and could not be had."""
        return self._looks_to_wait > 0

    @property
    def _sounds(self) -> bool:
        return self._state is not None and self._state.sounds

    def _rest(self) -> None:
        if self._sounds:
            self._instrument.stop()
        self._looks_to_wait = 0
        self._change(State(sounds=False, words="rests: something is connected to the output"))

    def _begin(self) -> None:
        if self._looks_to_wait:
            self._looks_to_wait -= 1
            return
        driver = self._instrument.start()
        if driver:
            self._change(State(sounds=True, words=f"{self._words} by {driver}"))
            return
        if self._change(State(sounds=False, words="no sound card")):
            self._tell(AntiphonError("no sound card is to be had; does another program hold it?"))
        self._looks_to_wait = RETRY_LOOKS

    def _change(self, state: State) -> bool:
        """Tell of a state, if it is a new one."""
        if state == self._state:
            return False
        self._state = state
        self._tell(state)
        return True


def main(arguments: list[str]) -> int:
    """Sound until the input ends; the exit code where that cannot be."""
    tell = _teller()
    orders = Orders.from_json(arguments[0])
    try:
        font = soundfonts.chosen(orders.audio.soundfont)
        instrument = Fluid(orders.audio, font, orders.backend)
    except AntiphonError as error:
        tell(error)
        return pipe.USER_ERROR
    listens = watched(orders.backend, orders.output) if orders.output else lambda: False
    sound = Sound(instrument, font.name, listens, tell)
    sound.look()
    on_jack = "jack" in (orders.backend, orders.audio.driver)
    if on_jack and sound.is_refused:
        # JACK's library that did not find its server does not find it later: another process may.
        return pipe.SERVER_LOST
    ending = threading.Event()
    threading.Thread(target=_watch, args=(sound, on_jack, ending), daemon=True).start()
    _hear(sound)
    ending.set()
    instrument.let_go()
    threading.Event().wait(RELEASE_S if instrument.sounds() else 0)
    # A driver may wait for a server that hangs.
    last = threading.Thread(target=instrument.stop, daemon=True)
    last.start()
    last.join(STOP_S)
    return 0


def _hear(sound: Sound) -> None:
    """Play what comes in, until it ends."""
    unread = b""
    while chunk := os.read(0, _CHUNK):
        unread += chunk
        whole = len(unread) - len(unread) % pipe.FRAME
        sound.play(unread[:whole])
        unread = unread[whole:]


def _watch(sound: Sound, on_jack: bool, ending: threading.Event) -> None:
    server = pulse.Pulse()
    changed = True
    while True:
        if on_jack and changed:
            # Let go first: what is held of a driver that was closed would be held for ever.
            server.drop()
            server.hold(pulse.connections("jack"))
        if server.wait(LOOK_S):
            break
        changed = sound.look()
        if on_jack and sound.is_refused:
            break
    if ending.is_set():
        # It is our own driver that was closed.
        return
    # FluidSynth only says so, and JACK's library cannot be used again.
    os._exit(pipe.SERVER_LOST)


def _teller() -> Callable[[State | AntiphonError], None]:
    """Tells on what is now standard output; libraries that write there go to standard error."""
    out = os.dup(1)
    os.dup2(2, 1)

    def tell(news: State | AntiphonError) -> None:
        table = {"problem": str(news)} if isinstance(news, AntiphonError) else asdict(news)
        os.write(out, json.dumps(table).encode() + b"\n")

    return tell


if __name__ == "__main__":
    # Past whatever still hangs: nothing is left to be done.
    os._exit(main(sys.argv[1:]))
