"""Whatever reads what others wrote, as functions of bytes. Each raises where a promise breaks."""

import json
from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from antiphon.daemon import config, configtext, messages, midi, presets, smf, wire
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.osc import packets, wishes
from antiphon.daemon.performer import modelfile, providers
from antiphon.daemon.performer.musician import Musician
from antiphon.daemon.performer.turns import Limits
from antiphon.daemon.ports.hotplug import HotInput
from antiphon.daemon.ports.protocols import MemoryInput
from antiphon.daemon.session import durable, journal, learned, likings, replay, tracks
from antiphon.daemon.session.player import Player
from antiphon.daemon.session.stage import Stage
from antiphon.daemon.show import story
from antiphon.daemon.thru.local import LocalThru
from antiphon.model import checksums, midifile, notation
from tests.daemon.jam import ScriptedEngine
from tests.daemon.session.unthreaded import Listener, client, strictly_json
from tests.fakes import ManualClock, Told
from tests.fuzz.says import Says
from tests.fuzz.shelter import file, folder, process

MOST_STEPS = 50
"""So many runs of the engine are asked of a musician in one case."""


def _text(data: bytes) -> str:
    """Files and lines that are no UTF-8 are refused before anybody reads them."""
    return data.decode(errors="replace")


def read_midi_in(data: bytes) -> None:
    """Bytes as a keyboard may send them: each message behind its length."""
    clock, listener, keys = ManualClock(), Listener(), MemoryInput()
    thru = LocalThru(listener, clock)
    player = Player(Stage(thru=True), thru, clock, _told, _told)
    thru.listen(Told(player))
    port = HotInput("Keys", keys)
    port.listen(thru.receive)
    for message in _framed(data):
        keys.feed(message)
        clock.advance(0.01)
    port.unplug()
    player.close()
    assert not listener.struck_twice
    assert not listener.hears_something


def read_midi_file(data: bytes) -> None:
    """A MIDI file, as for the demo and `antiphon events`."""
    score = smf.read(file("song.mid", data))
    for part in score.parts:
        smf.notes(part.messages)
        smf.pedal_spans(part.messages)
    merged = smf.merge(score.parts)
    assert all(midi.is_channel_message(message) for _, message in merged)


def read_events(data: bytes) -> None:
    """Events as text; what they say can be written as a MIDI file and as text again."""
    found = notation.read(file("events.txt", data))
    path = folder() / "events.mid"
    midifile.write(path, found)
    again = [notation.event_of(line) for line in notation.text(found).splitlines()]
    assert again == found


def read_config(data: bytes) -> None:
    """The settings, and they again from what we would write."""
    found = config.from_toml(_text(data))
    assert config.from_toml(configtext.to_toml(found)) == found


def read_preset(data: bytes) -> None:
    """A preset, and what lies between it and another."""
    texts = presets.from_toml(_text(data))
    presets.morphed(texts, texts, 0.5)


def read_learned(data: bytes) -> None:
    """What was learned, and the map of a controller, which is the same; and it written again."""
    found = learned.from_toml(_text(data))
    for source in found:
        list(source.heads())
    assert learned.from_toml(learned.to_toml(found)) == found


def read_journal(data: bytes) -> None:
    """A journal, torn or not: mended, read, made a MIDI file."""
    path = file(journal.JOURNAL, data)
    durable.mend(path)
    mended = path.read_bytes()
    assert data.startswith(mended) and not mended[-1:].strip(b"\n")
    entries = list(journal.read(path.parent))
    tracks.midi_file(tracks.tracks(entries))


def read_story(data: bytes) -> None:
    """A journal, as `antiphon show` tells it."""
    path = file(journal.JOURNAL, data)
    story.told(list(journal.read(path.parent)))


def read_replay(data: bytes) -> None:
    """A journal, as `antiphon replay` plays it again."""
    path = file(journal.JOURNAL, data)
    replay.replay(journal.read(path.parent), lambda *_: _musician())


def read_likings(data: bytes) -> None:
    """What a player liked; and it again from what we would write."""
    found = likings.from_json(_text(data))
    assert likings.from_json(likings.to_json(found)) == found


def read_client(data: bytes) -> None:
    """Lines of a client on the control socket, and that it leaves."""
    with process(data) as whole:
        asking = client(1)
        for line in data.splitlines():
            whole.ask(asking, line)
        whole.daemon._left(asking.number)
        whole.work()


def read_osc(data: bytes) -> None:
    """An OSC packet, and what each of its messages asks for."""
    for message in packets.decode(data):
        with suppress(AntiphonError):
            wishes.understood(message)


def read_performer(data: bytes) -> None:
    """Lines of a performer, up to the first nonsense; then time goes on."""
    lines = data.splitlines()
    # Most go no further, and need no process for that.
    wire.decode(lines[0] if lines else b"")
    with process(data) as whole:
        if not all(whole.say(line) for line in lines):
            whole.lose(forgets=True)
        whole.clock.advance(0.5)
        whole.daemon.player.play_due()
        whole.work()
        strictly_json(whole.daemon._figures())


def read_told(data: bytes) -> None:
    """Lines that tell a performer what happened, and what it plays then."""
    told = [wire.decode(line) for line in data.splitlines()]
    clock = ManualClock()
    musician = _musician()
    for message in told:
        if isinstance(message, messages.ToPerformer):
            musician.take(message, clock.now())
            clock.advance(0.01)
    for _ in range(MOST_STEPS):
        wake_s = musician.wake_s(clock.now())
        if wake_s is None:
            break
        clock.advance(max(0.0, min(wake_s - clock.now(), 1.0)))
        # Where times go back, which they never do, logarithms of pauses are no numbers.
        with np.errstate(invalid="ignore", divide="ignore"):
            answers = musician.work(clock.now())
        for answer in answers:
            wire.decode(wire.encode(answer))


def read_model(data: bytes) -> None:
    """A model file, up to where an engine would be made of it."""
    path = file("model.onnx", data)
    session = providers.open_session(path, providers.Provider.CPU, 1)
    modelfile.facts_of(session, path)


def read_facts(data: bytes) -> None:
    """What a model says of itself, in JSON here, and the list of checksums beside it."""
    path = file("model.bin", b"")
    (folder() / checksums.SUMS).write_bytes(data)
    with suppress(AntiphonError):
        modelfile.checked_digest(path)
    with suppress(ValueError, RecursionError):
        told = json.loads(data)
        if isinstance(told, dict):
            modelfile.facts_of(Says({name: str(text) for name, text in told.items()}), path)


def _musician() -> Musician:
    return Musician(ScriptedEngine(), Limits(0.3, 1.2), 1, 0.0)


def _told(_: object) -> None:
    """Nobody wants to know."""


def _framed(data: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(data):
        end = place + 1 + data[place] % 16
        yield data[place + 1 : end]
        place = end
