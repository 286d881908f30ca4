"""The faults by name: each is done to a daemon so many times, and what it did is counted."""

from collections.abc import Callable, Mapping
from pathlib import Path

from antiphon.daemon.bench.jackd import Server
from tests.torture import disk, hands, inputs, memory, osc, plugs, processes, songs, times
from tests.torture.stand import Tally

Fault = Callable[[Server, Path, int], Tally]

FAULTS: Mapping[str, Fault] = {
    "performer killed": processes.performer_killed,
    "performer frozen": processes.performer_frozen,
    "performer grows": processes.performer_grows,
    "model killed": processes.model_killed,
    "processor loaded": processes.processor_loaded,
    "session killed": processes.session_killed,
    "session ended": processes.session_ended,
    "session hung": processes.session_hung,
    "thru killed": processes.thru_killed,
    "thru frozen": processes.thru_frozen,
    "guardian killed": processes.guardian_killed,
    "all killed": processes.all_killed,
    "memory short": memory.memory_short,
    "server killed": plugs.server_killed,
    "ports pulled": plugs.ports_pulled,
    "synth pulled": plugs.synth_pulled,
    "feedback": plugs.feedback,
    "late feedback": plugs.late_feedback,
    "flood": inputs.flood,
    "oddities": inputs.oddities,
    "long sysex": inputs.long_sysex,
    "thousand a second": hands.thousand,
    "tenfold": hands.tenfold,
    "all channels": hands.all_channels,
    "key stuck": hands.stuck_key,
    "pedal stuck": hands.stuck_pedal,
    "song in mid-bar": songs.in_mid_bar,
    "song jumps": songs.jumps,
    "song stops": songs.stops,
    "tempo doubles": songs.doubles,
    "clock drops out": songs.drops_out,
    "two clocks": songs.two_clocks,
    "OSC flood": osc.flooded,
    "disk full": disk.disk_full,
    "read-only": disk.read_only,
    "sleep": times.sleep,
    "clock jumps": times.clock_jumps,
    "all at once": processes.all_at_once,
}
