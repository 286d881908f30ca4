"""FluidSynth on a sound card, played by MIDI messages. Only this module knows pyfluidsynth.

It renders on a thread of its own, on which nothing of Python runs.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from antiphon.daemon import midi
from antiphon.daemon.config import AUTO, AudioSettings
from antiphon.daemon.errors import AntiphonError

RATE_HZ: Final = 48_000
NAME: Final = "antiphon-sound"
"""Of its client on JACK."""

_MODULE: Final = "fluidsynth"
_USUAL: Final = {
    "linux": ("pipewire", "pulseaudio", "alsa"),
    "darwin": ("coreaudio",),
    "win32": ("wasapi", "dsound"),
}
_PERIODS: Final = {"alsa": 4, "pulseaudio": 1, "pipewire": 1, "wasapi": 1}
"""Into how many parts a driver divides the buffer that it counts by; others know best themselves.

One: the size of a part is all that the driver goes by.
"""
_FEWEST_PERIODS: Final = 2
_SMALLEST_PERIOD: Final = 64
_LIBRARY: Final = {
    "linux": "apt install libfluidsynth3",
    "darwin": "brew install fluid-synth",
    "win32": "FluidSynth's own release, with its folder bin on the PATH",
}


def lacking() -> str:
    """What has to be installed first; empty if nothing. Loads nothing."""
    return "" if find_spec(_MODULE) else "pip install 'antiphon[audio]'"


def drivers(wanted: str, backend: str, platform: str = sys.platform) -> tuple[str, ...]:
    """What to try, in this order, to get at the sound card.

    Where JACK carries the MIDI it has the sound card, too: to take that from under a server that is
    just being started again would keep it from starting.
    """
    if wanted != AUTO:
        return (wanted,)
    return ("jack",) if backend == "jack" else _USUAL.get(platform, _USUAL["linux"])


def buffering(driver: str, frames: int) -> dict[str, int]:
    """FluidSynth's settings for a buffer of so many frames; none where the driver knows best."""
    parts = _PERIODS.get(driver)
    if parts is None:
        return {}
    size = max(_SMALLEST_PERIOD, frames // parts)
    return {"audio.period-size": size, "audio.periods": max(_FEWEST_PERIODS, parts)}


class Fluid:
    """One synthesiser with one soundfont; silent until `start`."""

    def __init__(self, settings: AudioSettings, font: Path, backend: str) -> None:
        """Load library and soundfont; raises `AntiphonError` that says what is missing."""
        self._library = _loaded()
        self._buffer_frames = settings.buffer_frames
        self._drivers = drivers(settings.driver, backend)
        self._driver: Any = None
        options = {
            # Only what is played is loaded: a second less to wait, and memory saved.
            "synth.dynamic-sample-loading": 1,
            "synth.reverb.active": int(settings.reverb),
            "synth.chorus.active": 0,
            "audio.jack.autoconnect": 1,
            "audio.jack.id": NAME,
        }
        self._synth = self._library.Synth(
            gain=settings.gain, samplerate=RATE_HZ, channels=len(midi.CHANNELS), **options
        )
        if self._synth.sfload(str(font), 1) < 0:
            raise AntiphonError(f"{font} is not a soundfont that FluidSynth can read")

    def start(self) -> str | None:
        """Begin to sound; by which driver, None if none of them gets at a sound card."""
        for name in self._drivers:
            self._synth.setting("audio.driver", name)
            for setting, value in buffering(name, self._buffer_frames).items():
                self._synth.setting(setting, value)
            # Not by `Synth.start`: that would open MIDI ports, too.
            self._driver = self._library.new_fluid_audio_driver(
                self._synth.settings, self._synth.synth
            )
            if self._driver:
                return name
        return None

    def stop(self) -> None:
        """End all that sounds, and give the sound card up."""
        # First: from now on `play`, on another thread, begins no note.
        driver, self._driver = self._driver, None
        self.silence()
        if driver:
            self._library.delete_fluid_audio_driver(driver)

    def sounds(self) -> bool:
        """Whether anything is to be heard."""
        return bool(self._library.fluid_synth_get_active_voice_count(self._synth.synth))

    def silence(self) -> None:
        """End everything at once."""
        for data in midi.panic_messages():
            self.play(data)

    def let_go(self) -> None:
        """End every note as if its key were let go."""
        for channel in midi.CHANNELS:
            self.play(midi.sustain(channel, 0))
            self.play(midi.control_change(channel, midi.ALL_NOTES_OFF, 0))

    def play(self, data: bytes) -> None:
        """Play one message of a channel; notes are dropped while nothing can sound."""
        synth, channel, first = self._synth, midi.channel(data), data[1]
        match data[0] & 0xF0:
            case 0x90 if data[2]:
                if self._driver:
                    synth.noteon(channel, first, data[2])
            case 0x80 | 0x90:
                synth.noteoff(channel, first)
            case 0xB0:
                synth.cc(channel, first, data[2])
            case 0xC0:
                synth.program_change(channel, first)
            case 0xE0:
                synth.pitch_bend(channel, first + 128 * data[2] - 8192)


def _loaded() -> Any:
    if missing := lacking():
        raise AntiphonError(missing)
    try:
        import fluidsynth
    except (ImportError, OSError) as error:
        install = _LIBRARY.get(sys.platform, "install libfluidsynth")
        reason = str(error).rstrip(".") or "libfluidsynth does not load"
        raise AntiphonError(f"{reason}: {install}") from None
    return fluidsynth
