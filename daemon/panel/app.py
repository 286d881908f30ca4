"""`antiphon panel`: the terminal panel. The shell: terminal, keys, mouse, link, files.

What is shown is decided by `desk` and `layout`, what a key does by `gestures`.
"""

import argparse
import asyncio
import os
import queue
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import Layout, UIContent, UIControl, Window
from prompt_toolkit.mouse_events import MouseButton, MouseEvent, MouseEventType
from prompt_toolkit.output import Output
from prompt_toolkit.styles import Style

from antiphon.daemon import presets
from antiphon.daemon.clock import Clock, MonotonicClock
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.panel import changes, desk, gestures, kitty, layout, menu, terminal
from antiphon.daemon.panel.desk import Desk
from antiphon.daemon.panel.effects import (
    Effect,
    LoadMorph,
    LoadPreset,
    NextPreset,
    OfferMorph,
    OfferPresets,
    OfferTargets,
    Quit,
    Request,
    SavePreset,
    TellReleases,
)
from antiphon.daemon.panel.kitty import Action, Answer, Away, Stroke
from antiphon.daemon.panel.link import Link
from antiphon.daemon.panel.looks import STYLES, Look
from antiphon.daemon.panel.menu import Menu
from antiphon.daemon.session import control, learned
from antiphon.daemon.shell.status import add_socket_arguments, socket_path

REDRAW_S = 0.05
TICK_S = 0.05
SWITCH_S = 0.0005
"""How long a redraw may keep the thread waiting that sends what a key asks for."""

ESCAPE_S = 0.05
"""How long a lone escape may be the start of a longer key."""

_STYLE = Style.from_dict({name: STYLES[name] for name in STYLES})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon panel`."""
    terminal.add_look_arguments(parser)
    add_socket_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Show the panel of the running daemon; raises `AntiphonError` if none answers."""
    path = socket_path(args)
    control.ask(path, {"do": "status"})
    return show(path, terminal.look(args))


def show(path: Path, look: Look) -> int:
    """Show the panel of the daemon on a socket until the user leaves it."""
    panel = Panel(look, MonotonicClock(), presets.folder(), is_plain=terminal.is_plain(os.environ))
    sys.setswitchinterval(SWITCH_S)
    with Link(path, panel.got, panel.lost) as link:
        panel.send = link.send
        panel.application().run(pre_run=panel.start)
    return 0


class Panel(UIControl):
    """Carries keys, clicks and lines of the daemon to the desk, and the picture to the screen."""

    def __init__(
        self, look: Look, clock: Clock, presets_folder: Path, *, is_plain: bool = False
    ) -> None:
        self._look = look
        self._clock = clock
        self._presets = presets_folder
        self._is_plain = is_plain
        self.desk = Desk(version("antiphon"))
        self.send: Callable[[Any], bool] = lambda _: False
        self._inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._screen = layout.Screen(())
        self._next: layout.Screen | None = None
        self._size = (0, 0)
        self._application: Application[None]
        self._has_strokes = False
        self._wake: asyncio.Event
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ticking: asyncio.Task[None]

    def application(
        self, source: Input | None = None, target: Output | None = None
    ) -> Application[None]:
        """The full-screen application, on the terminal or on what tests put in its place."""
        bindings = KeyBindings()
        for name in gestures.NAMED_KEYS:
            bindings.add(name, eager=True)(self._key)
        bindings.add(Keys.Ignore, eager=True)(self._key)
        bindings.add(Keys.Any)(self._key)
        self._application = Application(
            Layout(Window(self)),
            style=_STYLE,
            key_bindings=bindings,
            full_screen=True,
            mouse_support=True,
            min_redraw_interval=REDRAW_S,
            input=source,
            output=target,
        )
        self._has_strokes = not self._is_plain and terminal.read_strokes(self._application.input)
        self._application.ttimeoutlen = self._application.timeoutlen = ESCAPE_S
        return self._application

    def start(self) -> None:
        """Begin to follow the daemon; called once the application runs."""
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._ticking = self._loop.create_task(self._tick())
        self._wake.set()

    def got(self, change: dict[str, Any]) -> None:
        """A line of the daemon's; called on any thread."""
        self._tell(change)

    def lost(self) -> None:
        """The daemon is gone; called on any thread."""
        self._tell(None)

    def _tell(self, change: dict[str, Any] | None) -> None:
        self._inbox.put(change)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def _tick(self) -> None:
        """Take in what came and draw anew, at most every `TICK_S`, and only what changed."""
        while True:
            if not desk.moves(self.desk, self._clock.now()):
                await self._wake.wait()
            self._wake.clear()
            self.take_in()
            now = self._clock.now()
            self._do(gestures.ticked(self.desk, now))
            self._next = layout.picture(self.desk, now, self._size, self._look)
            if self._next != self._screen:
                self._application.invalidate()
            await asyncio.sleep(TICK_S)

    def take_in(self) -> None:
        """Bring the desk up to date with what the daemon has said."""
        while not self._inbox.empty():
            change = self._inbox.get_nowait()
            now = self._clock.now()
            if change is None:
                self.desk = desk.lost(self.desk, now)
            else:
                self.desk = desk.taken(self.desk, change, now)
                if "error" in change:
                    # What was shown as changed may not be.
                    self.send({"do": "get"})

    def _key(self, event: KeyPressEvent) -> None:
        for press in event.key_sequence:
            name = press.key.value if isinstance(press.key, Keys) else press.key
            self._do(self._struck(name, press.data, self._clock.now()))
        self._wake.set()

    def _struck(self, name: str, data: str, now: float) -> changes.Next:
        match kitty.read(data):
            case Answer(feels_releases=True):
                return gestures.felt(self.desk), []
            case Answer():
                return self.desk, []
            case Away():
                return gestures.let_go(self.desk)
            case Stroke(action=Action.RELEASE):
                return gestures.released(self.desk, name)
            case Stroke(action=Action.REPEAT):
                return gestures.repeated(self.desk, name, now)
        return gestures.pressed(self.desk, name, now)

    def _do(self, step: changes.Next) -> None:
        self.desk, effects = step
        self._next = None
        for effect in effects:
            try:
                self._effect(effect)
            except AntiphonError as error:
                self.desk = desk.said(self.desk, str(error))

    def _effect(self, effect: Effect) -> None:
        match effect:
            case Request(content):
                if not self.desk.linked:
                    self.desk = desk.said(self.desk, "no daemon: nothing was done")
                elif not self.send(content):
                    self.desk = desk.said(self.desk, "the daemon does not take requests")
            case SavePreset(name):
                presets.save(self._presets, name, self.desk.controls)
                self.desk = desk.said(self.desk, f"saved preset {name}")
            case LoadPreset(name):
                self._load(name)
            case NextPreset(current, steps):
                names = self._names()
                at = names.index(current) + steps if current in names else 0 if steps > 0 else -1
                self._load(names[at % len(names)])
            case OfferPresets():
                self._offer(menu.presets(self._names(), self.desk.preset))
            case OfferMorph(first):
                self._offer(menu.morph(self._names(), first))
            case LoadMorph(first, second):
                names = [name for name in (first, second) if name]
                *start, end = (presets.load(self._presets, name) for name in names)
                texts = start[0] if start else {}, end
                self._do(changes.morphing(self.desk, first, second, texts, self._clock.now()))
            case OfferTargets(chosen):
                known = self.desk.status.get("learned")
                self._offer(menu.targets(known, learned.map_names(), chosen))
            case TellReleases(wanted):
                self._ask_releases(kitty.ASK if wanted else kitty.LEAVE)
            case Quit():
                self._application.exit()

    def _ask_releases(self, sequence: str) -> None:
        if self._has_strokes:
            self._application.output.write_raw(sequence)
            self._application.output.flush()

    def _offer(self, offered: Menu) -> None:
        self.desk = replace(self.desk, menu=offered)

    def _names(self) -> list[str]:
        if names := presets.names(self._presets):
            return names
        raise AntiphonError("no preset yet: P saves the controls as one")

    def _load(self, name: str) -> None:
        # Even if it cannot be read, so that the next step goes past it.
        self.desk = replace(self.desk, preset=name)
        texts = presets.load(self._presets, name)
        self._do(changes.loaded(self.desk, name, texts, self._clock.now()))

    def create_content(self, width: int, height: int) -> UIContent:
        """The picture of now, for prompt_toolkit."""
        if self._next is None or self._size != (width, height):
            self._size = width, height
            self._next = layout.picture(self.desk, self._clock.now(), self._size, self._look)
        self._screen = self._next
        lines = self._screen.lines

        def line(row: int) -> StyleAndTextTuples:
            return list(lines[row])

        return UIContent(line, len(lines), show_cursor=False)

    def mouse_handler(self, mouse_event: MouseEvent) -> None:
        """A click or a drag on a slider."""
        deeds = {
            MouseEventType.MOUSE_DOWN: gestures.clicked,
            MouseEventType.MOUSE_MOVE: gestures.dragged,
        }
        deed = deeds.get(mouse_event.event_type)
        if deed is None or mouse_event.button != MouseButton.LEFT:
            return
        if found := layout.hit(self._screen, mouse_event.position.y, mouse_event.position.x):
            self._do(deed(self.desk, *found, self._clock.now()))
            self._wake.set()
