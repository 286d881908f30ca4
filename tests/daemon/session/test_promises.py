"""Whatever happens in whatever order, the promises hold: the session process on a manual clock.

More of it: ``pytest tests/daemon/session/test_promises.py --hypothesis-profile=long``.
"""

import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from antiphon.daemon import messages, midi, wire
from antiphon.daemon.session import journal
from antiphon.daemon.session.ledger import PLAYER
from antiphon.daemon.thru.core import Passed
from tests.daemon.session.disk import disk
from tests.daemon.session.happenings import (
    ABSURD,
    CHANNELS,
    CLIENTS,
    DELAYS,
    LINES,
    MUSIC,
    NOTES,
    OTHERS,
    PLANS,
    REQUESTS,
    VALUES,
    WAITS,
)
from tests.daemon.session.unthreaded import (
    Listener,
    Place,
    Process,
    client,
    journals_written_when_waited_for,
)


class Evening(RuleBasedStateMachine):
    """A player, a machine, clients, ports and a disk: each does what it will."""

    def __init__(self) -> None:
        super().__init__()
        self._around = ExitStack()
        self.folder = Path(self._around.enter_context(tempfile.TemporaryDirectory()))
        self._around.enter_context(journals_written_when_waited_for())
        self.disk = self._around.enter_context(disk())
        self.process = Process(self.folder, records=True)
        self.process.system.there.add("Organ")
        self.clients = {number: client(number) for number in range(2)}
        self.held: set[Place] = set()
        """The keys of the keyboard that are down."""
        self.swallowed = False
        self.refused = False
        """Whether a port ever took nothing."""
        core = self.process.thru._core
        core.receive = self._watched(core.receive)  # type: ignore[method-assign]

    def _watched(self, receive: Callable[..., Passed]) -> Callable[..., Passed]:
        """Notes that a message was for a control, came back of our own, or is another's clock."""

        def watched(data: bytes, now: float, *, is_echo: bool) -> Passed:
            passed = receive(data, now, is_echo=is_echo)
            self.swallowed = passed.received is None
            return passed

        return watched

    # The player.

    @rule(data=MUSIC | OTHERS)
    def play(self, data: bytes) -> None:
        process, listener = self.process, self.process.listener
        is_heard = process.source.present and process.sink.present and not listener.broken
        before, owed = len(listener.sent), list(process.thru._debts._owed)
        is_machines = midi.is_note_off(data) and (data[0] & 15, data[1]) in process.machines
        self.swallowed = False
        process.play(data)
        if process.source.present:
            self._keep_held(data)
        sent = listener.sent[before:]
        if is_heard and not self.swallowed and not is_machines:
            assert data in sent, "thru was lost"
            first = sent[: sent.index(data)]
            assert all(midi.is_note_off(one) or one in owed for one in first), "thru had to wait"

    @rule(data=NOTES, count=st.integers(2, 40), every_s=st.sampled_from([0.0, 0.0001, 0.02, 0.5]))
    def flood(self, data: bytes, count: int, every_s: float) -> None:
        for _ in range(count):
            self.play(data)
            self.process.clock.advance(every_s)

    @rule(count=st.integers(1, 12), later_s=st.sampled_from([0.001, 0.03, 0.2]))
    def loop_back(self, count: int, later_s: float) -> None:
        """What was sent last comes in again."""
        self.process.clock.advance(later_s)
        for data in self.process.listener.sent[-count:]:
            self.play(data)

    @rule(data=st.builds(midi.control_change, CHANNELS, st.just(21), VALUES) | NOTES)
    def turn_a_knob(self, data: bytes) -> None:
        self.process.turn(data)
        self.play(data)

    # Time.

    @rule(seconds=WAITS | st.sampled_from([600.0, 86_400.0, 4e6]))
    def wait(self, seconds: float) -> None:
        self.process.clock.advance(seconds)
        self.process.daemon.player.play_due()

    # The performer.

    @rule(
        number=PLANS,
        behind=st.sampled_from([0, 0, 0, 1, 10**6]),
        yields=st.booleans(),
        timed=st.lists(st.tuples(DELAYS, MUSIC), min_size=1, max_size=6),
        seconds=WAITS,
    )
    def plan(
        self,
        number: int,
        behind: int,
        yields: bool,
        timed: Sequence[tuple[float, bytes]],
        seconds: float,
    ) -> None:
        now, heard = self.process.clock.now(), self.process.daemon.player._stage._heard
        content = tuple((now + delay, data) for delay, data in timed)
        self._say(messages.Schedule(number, max(0, heard - behind), yields, content))
        self.wait(seconds)

    @rule(number=PLANS, delay=DELAYS | ABSURD)
    def take_back(self, number: int, delay: float) -> None:
        self._say(messages.Cancel(number, self.process.clock.now() + delay / 2))

    @rule(
        source=st.sampled_from(["heard", "tap", "midi", "?"]),
        delay=DELAYS | ABSURD,
        beat=st.sampled_from([0.0, 3.0, -1e12, 1e12]),
        period=st.sampled_from([0.0, 0.15, 0.5, 2.0, 1e-12, -1.0]),
    )
    def tell_a_beat(self, source: str, delay: float, beat: float, period: float) -> None:
        time_s = self.process.clock.now() + delay / 2
        self._say(messages.Beat(source, time_s, beat, period))

    @rule(line=LINES)
    def say(self, line: bytes) -> None:
        if not self.process.say(line):
            self.process.lose()

    @rule(forgets=st.booleans())
    def performer_ends(self, forgets: bool) -> None:
        self.process.lose(forgets=forgets)
        assert not self.process.machines

    # Ports.

    @rule(takes=st.booleans())
    def port(self, takes: bool) -> None:
        """What is plugged in takes messages or refuses them."""
        if self.process.sink.present:
            self.process.listener.broken = not takes
        self.refused = self.refused or not takes
        self.process.daemon.player.play_due()

    @rule(name=st.sampled_from(["Synth", "Organ", "Keys", "Knobs"]), is_there=st.booleans())
    def plug(self, name: str, is_there: bool) -> None:
        (self.process.system.there.add if is_there else self.process.system.there.discard)(name)
        self._look()

    @rule(runs=st.booleans())
    def server(self, runs: bool) -> None:
        if runs:
            self.process.system.server_gone = False
        else:
            self.process.keeper.server_ended()
        self._look()

    # Clients.

    @rule(number=CLIENTS, request=REQUESTS)
    def ask(self, number: int, request: dict[str, Any]) -> None:
        self._ask(number, json.dumps(request).encode())

    @rule(line=st.binary(max_size=20) | st.sampled_from([b"[]", b"7", b"[" * 2000, b'{"do":NaN}']))
    def mumble(self, line: bytes) -> None:
        assert "error" in self._ask(0, line)

    @rule()
    def panic(self) -> None:
        self._ask(0, b'{"do":"panic"}')
        if self.process.sink.present and not self.process.listener.broken:
            assert not self.process.listener.hears_something

    @rule(number=CLIENTS)
    def client_leaves(self, number: int) -> None:
        self.process.daemon._left(number)
        self.clients[number] = client(number)

    # The disk.

    @rule(room=st.integers(0, 3000))
    def disk_fills(self, room: int) -> None:
        self.disk.room = room

    # What must hold.

    @invariant()
    def no_key_is_struck_while_it_sounds(self) -> None:
        for listener in self._listeners():
            assert not listener.struck_twice

    @invariant()
    def the_ledger_is_what_is_heard(self) -> None:
        process, listener = self.process, self.process.listener
        if process.sink.present:
            known = process.ledger - process.missed
            assert listener.sounding - process.owed == known - process.owed
            assert listener.sounding <= process.guardian_sees
        else:
            assert not process.ledger

    @invariant()
    def only_what_somebody_holds_sounds_for_the_player(self) -> None:
        daemon = self.process.daemon
        held = self.held | set(daemon.remote._ledger._keys)
        keys = self.process.thru._core._mixer.ledger._keys
        assert {place for place, owner in keys.items() if owner == PLAYER} <= held

    @invariant()
    def the_session_follows_thru(self) -> None:
        thru, session = self.process.players
        assert thru == session

    @invariant()
    def what_was_left_is_silent(self) -> None:
        for listener in self._listeners()[:-1]:
            assert listener.closed
            assert not listener.hears_something or listener.broken

    @invariant()
    def the_threads_can_do_their_work(self) -> None:
        self.process.work()

    def teardown(self) -> None:
        try:
            self._end()
        finally:
            self._around.close()

    def _end(self) -> None:
        process = self.process
        process.listener.broken = False
        process.system.server_gone = False
        process.system.there |= {"Keys", "Synth", "Organ"}
        process.keeper.look()
        process.close()
        self.no_key_is_struck_while_it_sounds()
        assert not process.listener.hears_something
        # It may end once more what nobody ended before a port was gone.
        assert not process.seen_at_the_end or self.refused
        for path in (self.folder / "jams").glob(f"*/{journal.JOURNAL}"):
            self.disk.check(path)

    def _listeners(self) -> list[Listener]:
        return [one for one in self.process.system.outputs if isinstance(one, Listener)]

    def _keep_held(self, data: bytes) -> None:
        if midi.is_note_on(data):
            self.held.add((midi.channel(data), midi.key(data)))
        elif midi.is_note_off(data):
            self.held.discard((midi.channel(data), midi.key(data)))
        elif midi.is_all_off(data):
            self.held = {place for place in self.held if place[0] != midi.channel(data)}

    def _look(self) -> None:
        self.process.keeper.look()
        if not self.process.source.present:
            self.held.clear()

    def _say(self, message: messages.Message) -> None:
        self.say(wire.encode(message))

    def _ask(self, number: int, line: bytes) -> Any:
        answer = self.process.ask(self.clients[number], line)
        assert "please report this" not in str(answer.get("error", ""))
        return answer


TestEvening = Evening.TestCase
