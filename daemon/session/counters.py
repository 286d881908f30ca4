"""What was done and what went wrong so far, as numbers by name."""

import os
from dataclasses import asdict
from typing import Any

from antiphon.daemon.session import log
from antiphon.daemon.session.control import Server
from antiphon.daemon.session.figures import PlayerFigures
from antiphon.daemon.session.plugs import Plugs
from antiphon.daemon.session.processor import used_s
from antiphon.daemon.session.recorder import Recorder
from antiphon.daemon.session.supervisor import Supervisor
from antiphon.daemon.thru.local import Thru


def figured(
    player: PlayerFigures,
    thru: Thru,
    supervisor: Supervisor,
    plugs: Plugs,
    recorder: Recorder,
    server: Server,
) -> dict[str, Any]:
    """What those who watch a daemon are told again and again, from its parts."""
    played = asdict(player)
    return {
        "lateness": played.pop("lateness"),
        "messages": played,
        "counters": {
            **_counted(player, supervisor, plugs, recorder, server),
            "thru_restarts": thru.losses,
            "callbacks_too_long": thru.figures.callback.missed,
        },
        "processor_s": used_s(
            {"midi": os.getpid(), "thru": thru.process_id, "model": supervisor.process_id}
        ),
    }


def _counted(
    player: PlayerFigures, supervisor: Supervisor, plugs: Plugs, recorder: Recorder, server: Server
) -> dict[str, int]:
    """What went wrong, and how often; it only ever grows."""
    return {
        "restarts": supervisor.losses,
        "ports_lost": plugs.losses,
        "messages_refused": player.failed,
        "messages_late": player.lateness.late,
        "messages_come_back": player.ignored,
        "plans_refused": player.refused,
        "entries_dropped": recorder.dropped,
        "log_lines_dropped": log.dropped(),
        "clients_hung_up": server.hung_up,
    }
