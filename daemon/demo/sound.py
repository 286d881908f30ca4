"""A MIDI file made audible as WAV: FluidSynth and a soundfont where there are some.

Elsewhere the plain synthesiser of `strings` sounds it, so that the demo can always be heard.
"""

import shutil
import subprocess
import wave
from pathlib import Path
from typing import Final

from antiphon.daemon.audio import soundfonts
from antiphon.daemon.demo import strings
from antiphon.daemon.smf import read

RATE_HZ: Final = 44_100
TIMEOUT_S: Final = 300.0


def render(midi: Path, wav: Path) -> str:
    """Write the sound of a MIDI file and name what made it.

    Raises AntiphonError for a file that cannot be read, OSError if `wav` cannot be written.
    """
    parts = read(midi).parts
    program = shutil.which("fluidsynth")
    font = soundfonts.find()
    if program is not None and font is not None and _fluidsynth(program, font, midi, wav):
        return f"FluidSynth, {font.name}"
    strings.write_wav(wav, strings.render(parts, RATE_HZ), RATE_HZ)
    return "built-in synthesiser"


def _fluidsynth(program: str, font: Path, midi: Path, wav: Path) -> bool:
    made = wav.with_suffix(".part.wav")
    command = [program, "-n", "-i", "-q", "-r", str(RATE_HZ), "-F", str(made)]
    try:
        done = subprocess.run(  # noqa: S603 - the program found on PATH, with paths as arguments
            [*command, str(font), str(midi)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        # It reports a missing file on stderr and ends with 0 all the same.
        if done.returncode != 0 or not made.is_file():
            return False
        samples = strings.read_wav(made)
    # A build without libsndfile writes bare samples, which `wave` refuses.
    except (OSError, subprocess.TimeoutExpired, wave.Error):
        return False
    else:
        strings.write_wav(wav, samples, RATE_HZ)
        return True
    finally:
        made.unlink(missing_ok=True)
