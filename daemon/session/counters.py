"""What went wrong so far, and how often: whole numbers by name, which only ever grow."""

from antiphon.daemon.session import log
from antiphon.daemon.session.control import Server
from antiphon.daemon.session.figures import PlayerFigures
from antiphon.daemon.session.plugs import Plugs
from antiphon.daemon.session.recorder import Recorder
from antiphon.daemon.session.supervisor import Supervisor


def counted(
    player: PlayerFigures, supervisor: Supervisor, plugs: Plugs, recorder: Recorder, server: Server
) -> dict[str, int]:
    """The counters of a daemon, from its parts."""
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
