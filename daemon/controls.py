"""The live controls: their names, ranges, defaults, and the parsing of `name=value`.

Pure values. How a control acts on the music is the musician's business; who may change one is
the control socket's.
"""

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Value
from antiphon.model.styles import STYLES

ANY_STYLE = "any"
MODES = ("reply", "continue", "together", "harmonise", "trade", "silent")
SYNCS = ("off", "heard", "tap", "midi", "link")
CLOCKS_OUT = ("off", "on")
SCALE_LOCKS = ("off", "soft", "hard")


@dataclass(frozen=True, slots=True)
class Controls:
    """A value for each control. None means: left to the model, or the player's own."""

    mode: str = "reply"
    style: str = ANY_STYLE
    temperature_time: float = 1.0
    temperature_notes: float = 1.0
    temperature_touch: float = 1.0
    top_p: float = 0.98
    density: float | None = None
    loudness: float | None = None
    register: float | None = None
    voices: float | None = None
    arousal: float | None = None
    valence: float | None = None
    eagerness: float = 0.5
    reply_length: float = 1.0
    echo: float = 0.2
    takes: int = 4
    channel: int | None = None
    program: int | None = None
    your_channel: int | None = None
    your_program: int | None = None
    lowest_key: int = 21
    highest_key: int = 108
    polyphony: int = 10
    scale_lock: str = "off"
    sync: str = "heard"
    clock_out: str = "off"
    trade_bars: int = 4
    beats_a_bar: int = 4
    quantise: float = 0.0

    def __post_init__(self) -> None:
        """Raises `AntiphonError` if no key is left to play."""
        if self.lowest_key > self.highest_key:
            raise AntiphonError(
                f"lowest_key {self.lowest_key} is above highest_key {self.highest_key}: "
                "set both so that lowest_key is the smaller"
            )


@dataclass(frozen=True, slots=True)
class Control:
    """What a user needs to know of one control, how its text is read, and how far it goes.

    With `choices` it is one of them, else a number of `low` to `high`; a handle that moves it goes
    by `step`.
    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    step: float = 0.05
    noun: str = "a number"
    is_whole: bool = False
    unset: str = ""
    """How None is written; empty where the control always has a value."""

    @property
    def expected(self) -> str:
        """What may be written, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        reach = f"{self.noun} from {self.low:g} to {self.high:g}"
        return f"{reach}, or {self.unset}" if self.unset else reach

    def parse(self, text: str) -> Value:
        """The value of `text`; raises `AntiphonError` saying what was expected."""
        word = text.strip().lower()
        if self.unset and word == self.unset:
            return None
        try:
            return self._read(word)
        except ValueError:
            hint = nearest(word, self.choices)
            # The complaint stays one line, whatever it is about.
            shown = text.strip() if text.isprintable() else repr(text)
            raise AntiphonError(f"{self.name}={shown}: expected {self.expected}{hint}") from None

    def show(self, value: Value) -> str:
        """A value as `parse` reads it."""
        return self.unset if value is None else str(value)

    def share(self, value: Value) -> float | None:
        """How far along its reach a value lies, 0 to 1; None for one that lies nowhere on it."""
        if self.choices:
            if value not in self.choices:
                return None
            return (self.choices.index(str(value)) + 0.5) / len(self.choices)
        if not isinstance(value, int | float) or not math.isfinite(value):
            return None
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def at(self, share: float) -> str:
        """The text of what lies at `share`, 0 to 1, of the reach."""
        if self.choices:
            return self.choices[min(int(share * len(self.choices)), len(self.choices) - 1)]
        return self.text(self.low + share * (self.high - self.low))

    def text(self, number: float) -> str:
        """The text of the nearest number that is allowed."""
        inside = min(max(number, self.low), self.high)
        return str(round(inside)) if self.is_whole else f"{inside:.4g}"

    def _read(self, word: str) -> Value:
        if self.choices:
            if word not in self.choices:
                raise ValueError(word)
            return word
        number = int(word) if self.is_whole else float(word)
        if not self.low <= number <= self.high:
            raise ValueError(word)
        return number


def _choice(name: str, choices: tuple[str, ...], what: str) -> Control:
    return Control(name, what, choices)


def _number(name: str, low: float, high: float, what: str, step: float = 0.05) -> Control:
    return Control(name, what, low=low, high=high, step=step)


def _position(name: str, what: str) -> Control:
    return Control(name, what, unset="auto")


def _whole(name: str, low: int, high: int, noun: str, what: str, unset: str = "") -> Control:
    return Control(name, what, (), low, high, 1, noun, is_whole=True, unset=unset)


def _key(name: str, what: str) -> Control:
    return _whole(name, 21, 108, "a key number", what)


_YOUR_CHANNEL = "channel on which what you play goes out; same is the one that it comes on"
_SYNC = "whose beat counts: none, yours as heard or tapped, a MIDI clock's, Ableton Link's"
_PROGRAM = "sound of the reply, on a channel that you do not play on; same sends none"
_STYLE_CHOICES = (ANY_STYLE, *STYLES)

CONTROLS: Mapping[str, Control] = {
    control.name: control
    for control in (
        _choice(
            "mode",
            MODES,
            "what the machine does: answer you, go on, play along, harmonise, trade bars, listen",
        ),
        _choice("style", _STYLE_CHOICES, "style of music"),
        _number("temperature_time", 0.05, 2, "freedom of rhythm: low is strict, high is wild"),
        _number("temperature_notes", 0.05, 2, "freedom of pitch: low is safe, high is daring"),
        _number("temperature_touch", 0.05, 2, "freedom of velocity"),
        _number("top_p", 0.5, 1, "share of the likeliest choices kept; 1 keeps them all", 0.01),
        _position("density", "how many notes a second; auto is as you play"),
        _position("loudness", "how loud; auto is as you play"),
        _position("register", "how high; auto is as you play"),
        _position("voices", "how many notes at once; auto is as you play"),
        _position("arousal", "calm to excited"),
        _position("valence", "dark to bright"),
        _number("eagerness", 0, 1, "how soon a pause counts as the end of your turn"),
        _number("reply_length", 0.25, 4, "length of the reply as a multiple of your call", 0.25),
        _number("echo", 0, 1, "how much of what you played this evening comes back in replies"),
        _whole("takes", 1, 8, "a number", "how many beginnings of a reply are made to choose from"),
        _whole("channel", 1, 16, "a channel", "channel of the reply; same is yours", "same"),
        _whole("program", 1, 128, "a program", _PROGRAM, "same"),
        _whole("your_channel", 1, 16, "a channel", _YOUR_CHANNEL, "same"),
        _whole(
            "your_program", 1, 128, "a program", "sound of what you play; same sends none", "same"
        ),
        _key("lowest_key", "lowest key that a reply may use (60 is middle C)"),
        _key("highest_key", "highest key that a reply may use"),
        _whole("polyphony", 1, 10, "a number", "how many keys the machine may hold at once"),
        _choice("scale_lock", SCALE_LOCKS, "how firmly replies keep to the key that was heard"),
        _choice("sync", SYNCS, _SYNC),
        _choice("clock_out", CLOCKS_OUT, "a MIDI clock sent in the tempo heard, tapped or Link's"),
        _whole("trade_bars", 1, 32, "a number", "in trade, how many bars each of you has in turn"),
        _whole("beats_a_bar", 1, 16, "a number", "how many quarter notes a bar has"),
        _number(
            "quantise", 0, 1, "how far the machine's notes are pulled to the beat's sixteenths"
        ),
    )
}

ALIASES: Mapping[str, tuple[str, ...]] = {
    "temperature": ("temperature_time", "temperature_notes", "temperature_touch"),
}
"""Names that set several controls at once."""

DEEDS: Mapping[str, str] = {
    "panic": "silence everything at once",
    "keep": "save the last two minutes, recording or not",
    "tap": "tap the beat: two taps or more set the tempo",
    "good": "that was good: its figures and its character return",
    "bad": "not that: it stops at once, and returns less",
    "forget": "forget what was liked, and what was played",
}
"""What can be done at any moment, beside setting a control: what for."""


def parse(name: str, text: str) -> dict[str, Value]:
    """What `name=text` changes, by control name; raises `AntiphonError` in one line."""
    known = name.strip().lower()
    if known in ALIASES:
        changes: dict[str, Value] = {}
        for target in ALIASES[known]:
            changes[target] = replace(CONTROLS[target], name=known).parse(text)
        return changes
    if known not in CONTROLS:
        raise AntiphonError(f"no control {name.strip()!r}{nearest(known, (*CONTROLS, *ALIASES))}")
    return {known: CONTROLS[known].parse(text)}


def parse_all(pairs: Iterable[str]) -> dict[str, str]:
    """Split `name=value` words into texts by name; raises `AntiphonError` for another form."""
    texts: dict[str, str] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip() or not text.strip():
            raise AntiphonError(f"{pair!r} is not of the form name=value, such as style=jazz")
        texts[name.strip()] = text.strip()
    return texts


def changed(controls: Controls, texts: Mapping[str, str]) -> tuple[Controls, dict[str, Value]]:
    """All of `texts` applied or none: the new controls, and the changes by control name."""
    changes: dict[str, Value] = {}
    for name, text in texts.items():
        changes.update(parse(name, text))
    # Any: each value was made by the reader of the control that it goes to.
    fields: dict[str, Any] = {**changes}
    return replace(controls, **fields), changes


def as_values(controls: Controls) -> dict[str, Value]:
    """Every control by name, None for one left to the model: what `messages.Settings` carries."""
    return asdict(controls)


def from_values(values: Mapping[str, Value]) -> Controls:
    """Controls from `messages.Settings` values; raises `AntiphonError` for an unknown name."""
    texts = {name: CONTROLS[name].show(value) for name, value in values.items() if name in CONTROLS}
    for name in values.keys() - texts.keys():
        raise AntiphonError(f"no control {name!r}{nearest(name, CONTROLS)}")
    return changed(Controls(), texts)[0]


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of an error line, naming what was probably meant; empty if nothing is near."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {matches[0]}?" if matches else ""
