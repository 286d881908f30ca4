"""`antiphon status`: how the running daemon is doing. Asks and prints; changes nothing."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from antiphon.daemon.config import load
from antiphon.daemon.controls import CONTROLS
from antiphon.daemon.guardian.libjack import Jack
from antiphon.daemon.ports import names
from antiphon.daemon.ports.protocols import Way
from antiphon.daemon.session import control, sockets


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon status`."""
    parser.add_argument("--json", action="store_true", help="print everything, as JSON")
    add_socket_arguments(parser)


def add_socket_arguments(parser: argparse.ArgumentParser) -> None:
    """The options by which a client finds its daemon."""
    parser.add_argument("--socket", metavar="PATH", help="path of the control socket")
    parser.add_argument("--config", type=Path, metavar="PATH", help="configuration file")


def socket_path(args: argparse.Namespace) -> Path:
    """The control socket that the options, or the configuration, or the default name."""
    configured = args.socket or load(args.config).control.socket
    return Path(configured).expanduser() if configured else sockets.default_path()


def main(args: argparse.Namespace) -> int:
    """Print the status; raises `AntiphonError` if no daemon answers."""
    status = control.ask(socket_path(args), {"do": "status"})["status"]
    if status["backend"] == "jack":
        status["sounds_after_ms"] = heard_after_ms()
    sys.stdout.write(json.dumps(status, indent=2) + "\n" if args.json else summary(status))
    return 0


def heard_after_ms() -> float | None:
    """How long what leaves our output takes to sound, as JACK has it; None where nobody says."""
    try:
        jack = Jack(f"{names.OWN_NAME}-status")
    except OSError:
        return None
    client = names.client_name(Way.OUTPUT, "jack")
    found = (
        jack.playback_latency_s(port) for port in jack.ports() if port.startswith(f"{client}:")
    )
    longest_s = max((latency_s for latency_s in found if latency_s), default=None)
    jack.close()
    return None if longest_s is None else round(1e3 * longest_s, 3)


def _counted(counters: dict[str, int]) -> str:
    found = (f"{name.replace('_', ' ')} {count}" for name, count in counters.items() if count)
    return ", ".join(found) or "nothing"


def summary(status: dict[str, Any]) -> str:
    """The status in a few lines."""
    performer, lateness, counts = status["performer"], status["lateness"], status["messages"]
    model = (
        f"{performer['model']} on {performer['provider']}"
        + (f" ({performer['choice']}), " if performer.get("choice") else ", ")
        + f"{performer['step_p50_ms']:.2f} ms a step, {status['restarts']} restarts"
        if performer
        else "not ready yet"
    )
    rows = {
        "ports": f"{status['input']} to {status['output']} ({status['backend']})"
        + (f", sent {early:g} ms early" if (early := status.get("output_latency_ms")) else "")
        + (f", heard {later:g} ms later" if (later := status.get("sounds_after_ms")) else "")
        + "".join(f"; the {way} is lost" for way in status["lost"]),
        "sound": status["sound"]["words"],
        "performer": model,
        "turn": status["turn"],
        "heard": _heard(status.get("state") or {}),
        "messages": f"{counts['passed_on']} passed on, {counts['played']} played, "
        f"{counts['notes_held']} notes sound"
        + (f", {counts['ignored']} came back and were ignored" if counts.get("ignored") else ""),
        "lateness": f"p50 {lateness['p50_ms']:.2f} ms, p99 {lateness['p99_ms']:.2f} ms, "
        f"max {lateness['max_ms']:.2f} ms of {lateness['count']}",
        **({"thru": _thru(thru)} if (thru := status.get("thru_process")) else {}),
        "went wrong": _counted(status.get("counters", {})),
        "recording": status["recording"] or "off",
        **({"osc": _osc(status["osc"])} if status.get("osc") else {}),
        **({} if status.get("link_peers") is None else {"link": _link(status["link_peers"])}),
        "running": f"{status['uptime_s']:.0f} s",
    }
    lines = [f"{name:<10} {text}" for name, text in rows.items()]
    shown = (f"{name}={CONTROLS[name].show(value)}" for name, value in status["controls"].items())
    lines.append(f"{'controls':<10} {' '.join(shown)}")
    lines += [f"{'problem':<10} {text}" for text in status["problems"]]
    return "\n".join(lines) + "\n"


def _thru(process: dict[str, Any]) -> str:
    callback = process["callback"]
    return (
        f"p99 {callback['p99_ms']:.2f} ms, max {callback['max_ms']:.2f} ms in the callback of "
        f"{callback['count']}, {callback['missed']} longer than a period; {process['xruns']} xruns"
    )


def _heard(state: dict[str, Any]) -> str:
    named = {"key": "key", "chord": "chord", "tempo": "tempo_bpm", "style": "style"}
    return ", ".join(f"{name} {state.get(at) or '-'}" for name, at in named.items())


def _link(peers: int) -> str:
    return f"{peers} {'other' if peers == 1 else 'others'} in the session"


def _osc(told: dict[str, Any]) -> str:
    if not told["address"]:
        return "does not listen"
    counts = ", ".join(
        f"{name.replace('_', ' ')} {told.get(name, 0)}"
        for name in ("subscribers", "packets", "malformed", "refused", "left_out")
    )
    return f"on {told['address']}; {counts}"
