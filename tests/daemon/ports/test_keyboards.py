import pytest

from antiphon.daemon.ports.keyboards import keyboards, lasting


@pytest.mark.parametrize(
    ("backend", "names", "found"),
    [
        ("alsa", ["Midi Through:Midi Through Port-0 14:0"], []),
        (
            "alsa",
            ["Keystation 49:Keystation 49 MIDI 1 20:0", "Keystation 49:Keystation 49 MIDI 2 20:1"],
            ["Keystation 49:Keystation 49 MIDI 1 20:0"],
        ),
        ("alsa", ["VMPK Output:out 129:0", "antiphon:in 130:0"], []),
        (
            "alsa",
            ["Keystation 49:MIDI 1 20:0", "Digital Piano:MIDI 1 24:0"],
            ["Keystation 49:MIDI 1 20:0", "Digital Piano:MIDI 1 24:0"],
        ),
        (
            "alsa",
            ["nanoKONTROL2:nanoKONTROL2 _ CTRL 24:0", "Piano:MIDI 1 28:0"],
            ["Piano:MIDI 1 28:0"],
        ),
        ("jack", ["jack-keyboard:midi_out", "Carla:events-out", "antiphon-out:out"], []),
        ("jack", ["system:midi_capture_1"], ["system:midi_capture_1"]),
        (
            "jack",
            [
                "a2j:Midi Through [14] (capture): Midi Through Port-0",
                "a2j:Keystation 49 [20] (capture): Keystation 49 MIDI 1",
                "a2j:Keystation 49 [20] (capture): Keystation 49 MIDI 2",
                "a2j:FLUID Synth (77) [128] (capture): FLUID",
            ],
            ["a2j:Keystation 49 [20] (capture): Keystation 49 MIDI 1"],
        ),
        (
            "jack",
            [
                "Midi-Bridge:Midi Through:(capture_0) Midi Through Port-0",
                "Midi-Bridge:Keystation 49:(capture_0) Keystation 49 MIDI 1",
            ],
            ["Midi-Bridge:Keystation 49:(capture_0) Keystation 49 MIDI 1"],
        ),
        ("coremidi", ["IAC Driver Bus 1", "Keystation 49"], ["Keystation 49"]),
        ("winmm", ["loopMIDI Port 0", "Keystation 49 1"], ["Keystation 49 1"]),
    ],
)
def test_keyboards_are_told_from_programs(backend: str, names: list[str], found: list[str]) -> None:
    assert keyboards(backend, names) == found


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("Keystation 49:Keystation 49 MIDI 1 20:0", "Keystation 49:Keystation 49 MIDI 1"),
        ("a2j:Keystation 49 [20] (capture): Keystation 49 MIDI 1", "Keystation 49"),
        ("system:midi_capture_1", "system:midi_capture_1"),
        ("Keystation 49", "Keystation 49"),
        ("", ""),
    ],
)
def test_what_changes_of_a_name_is_not_remembered(name: str, rest: str) -> None:
    assert lasting(name) == rest
