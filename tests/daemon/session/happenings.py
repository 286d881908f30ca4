"""What may happen to the session process: what players, performers and clients may send."""

from typing import Any

from hypothesis import strategies as st

from antiphon.daemon import messages, midi, wire
from antiphon.daemon.controls import CONTROLS, MODES

CHANNELS = st.integers(0, 1)
KEYS = st.integers(60, 62)
VALUES = st.sampled_from([0, 1, 63, 64, 127])
NOTES = st.one_of(
    st.builds(midi.note_on, CHANNELS, KEYS, VALUES), st.builds(midi.note_off, CHANNELS, KEYS)
)
MUSIC = NOTES | st.builds(midi.sustain, CHANNELS, VALUES)
OTHERS = st.one_of(
    st.builds(
        midi.control_change, CHANNELS, st.sampled_from([1, 66, 69, 120, 121, 123, 127]), VALUES
    ),
    st.sampled_from([midi.CLOCK, midi.START, midi.CONTINUE, midi.STOP, b"\xf2\x10\x00", b"\xfe"]),
    st.sampled_from([b"", b"\x90", b"\x90\x3c", b"\x90\x80\x40", b"\xf0\x7e\xf7", b"\xc0\x02"]),
    st.binary(max_size=6),
)
DELAYS = st.sampled_from([-9.0, -0.1, 0.0, 0.01, 0.3, 2.0])
ABSURD = st.sampled_from([-1e12, -1e6, 1e6, 1e12])
PLANS = st.integers(0, 3)
WAITS = st.sampled_from([0.001, 0.01, 0.1, 0.6, 3.0])
SETTINGS = st.sampled_from(
    [
        *({"mode": mode} for mode in MODES),
        *({"sync": sync} for sync in CONTROLS["sync"].choices),
        *({"clock_out": out} for out in CONTROLS["clock_out"].choices),
        *({"channel": "2"}, {"temperature": "1.2"}, {"density": "0.7"}, {"lowest_key": "999"}),
    ]
)
CLIENTS = st.sampled_from([0, 1])
SAID: list[messages.Message] = [
    messages.Verdict(True, ((0.0, midi.note_on(0, 60, 80)),)),
    messages.Verdict(False, ((1e12, b"\xf8"),)),
    messages.State("listening", {"key": "C", "x": 1e12}),
    messages.Ready("a.onnx", "cpu", 0.5, 0.7, 0.9),
    messages.Took((1.0, 1.0)),
    messages.Problem("a step failed"),
    messages.Ask(1.0),
]
LINES = st.one_of(
    st.binary(max_size=20),
    st.just(b'{"is":"Cancel","plan":1,"after":1e999}'),
    st.builds(
        lambda time, data: wire.encode(messages.Schedule(9, 10**9, False, ((time, data),))),
        ABSURD | st.just(100.0),
        MUSIC | OTHERS,
    ),
    st.sampled_from(SAID).map(wire.encode),
)
REQUESTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda values: {"do": "set", "values": values}, SETTINGS),
    st.sampled_from(
        ["tap", "good", "bad", "forget", "status", "watch", "ports", "keep", "own"]
    ).map(lambda deed: {"do": deed}),
    st.builds(lambda data: {"do": "play", "data": data.hex()}, MUSIC),
    st.builds(lambda on: {"do": "record", "on": on}, st.booleans()),
    st.builds(
        lambda name: {"do": "connect", "output": name}, st.sampled_from(["Synth", "Organ", ""])
    ),
    st.sampled_from(
        [
            {"do": "learn", "target": "density"},
            {"do": "learn", "target": "panic"},
            {"do": "learn", "forget": "density"},
            {"do": "learn", "map": "nanokontrol2"},
            {"do": "learn", "stop": True},
            {"do": "set", "values": {"mode": 10**40}},
            {"do": ["set"]},
        ]
    ),
)
