"""The controls as sliders and choices of a panel, and what moving one asks for. Pure.

Every control has one. How far it goes is the control's own business; the daemon checks each value.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from antiphon.daemon.controls import CONTROLS, Control, Controls, as_values
from antiphon.daemon.messages import Value


@dataclass(frozen=True, slots=True)
class Fader:
    """One control on the panel; `key`, if it has one, chooses it."""

    control: Control
    label: str
    key: str = ""

    @property
    def name(self) -> str:
        """The control's."""
        return self.control.name


_LABELS: Mapping[str, tuple[str, str]] = {
    "mode": ("mode", "m"),
    "style": ("style", "s"),
    "temperature_time": ("rhythm", "1"),
    "temperature_notes": ("pitch", "2"),
    "temperature_touch": ("touch", "3"),
    "top_p": ("top p", "f"),
    "density": ("density", "4"),
    "loudness": ("loudness", "5"),
    "register": ("register", "6"),
    "voices": ("voices", "7"),
    "arousal": ("arousal", "8"),
    "valence": ("valence", "9"),
    "eagerness": ("eagerness", "0"),
    "reply_length": ("length", "l"),
    "echo": ("echo", "h"),
    "takes": ("takes", "v"),
    "channel": ("channel", "c"),
    "program": ("program", "j"),
    "your_channel": ("your ch", ""),
    "your_program": ("your prog", ""),
    "lowest_key": ("lowest", "a"),
    "highest_key": ("highest", "d"),
    "scale_lock": ("scale", "k"),
    "sync": ("sync", "y"),
    "clock_out": ("clock out", "w"),
    "trade_bars": ("bars", "b"),
    "beats_a_bar": ("beats/bar", "n"),
    "quantise": ("quantise", "e"),
}
"""A short name and a key; a control that has none here goes by its own name, and by the arrows."""

FADERS: tuple[Fader, ...] = tuple(
    Fader(control, *_LABELS.get(control.name, (control.name.replace("_", " "),)))
    for control in CONTROLS.values()
)
BY_NAME: Mapping[str, Fader] = {fader.name: fader for fader in FADERS}
PLACES: Mapping[str, int] = {fader.key: place for place, fader in enumerate(FADERS) if fader.key}

_DEFAULTS = as_values(Controls())


def moved(control: Control, value: Value, steps: int) -> str:
    """The text of the value `steps` further; one left to the model starts from the middle."""
    if control.choices:
        if value not in control.choices:
            return control.choices[0]
        place = control.choices.index(str(value)) + steps
        return control.choices[place % len(control.choices)]
    start = float(value) if isinstance(value, int | float) else (control.low + control.high) / 2
    # On the grid of steps, so that there and back again is where it was.
    places = round((start - control.low) / control.step) + steps
    return control.text(control.low + places * control.step)


def placed(control: Control, share: float) -> str:
    """The text of the value nearest to `share`, 0 to 1, of the slider's way."""
    if control.choices:
        return control.at(share)
    places = round(share * (control.high - control.low) / control.step)
    return control.text(control.low + places * control.step)


def shown(control: Control, value: Value) -> str:
    """The value as the panel writes it."""
    return f"{value:.2f}" if isinstance(value, float) else control.show(value)


def reset(control: Control) -> str:
    """The text that leaves a control to the model, or its default where that cannot be."""
    value = _DEFAULTS[control.name]
    return control.text(value) if isinstance(value, int | float) else control.show(value)
