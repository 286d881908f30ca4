"""`antiphon replay`: a recorded jam through stage and musician once more, and what differs."""

import argparse
from pathlib import Path

from antiphon.daemon import messages
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.musician import Musician
from antiphon.daemon.session import journal
from antiphon.daemon.session.replay import Entry, MakeMusician, latency_ms, replay, summary
from antiphon.daemon.shell.handles import say
from antiphon.daemon.shell.sessions import add_session_arguments, chosen
from antiphon.model import checksums

DIFFERS = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon replay`."""
    add_session_arguments(parser)
    parser.add_argument("--model", metavar="PATH", default="", help="the model, if it was moved")


def main(args: argparse.Namespace) -> int:
    """Say what came out the same; 1 if anything differs, `AntiphonError` if it cannot be told."""
    compared = replay(journal.read(chosen(args)), _loader(args.model))
    found = compared.difference
    answer = {"sent": compared.sent, "asked": compared.asked, "entry": found and found.entry}
    say(args, answer, summary(compared))
    return DIFFERS if found else 0


def _loader(model: str) -> MakeMusician:
    def make(session: Entry, ready: messages.Ready) -> Musician:
        # Only now: a damaged journal need not load a model to be told so.
        from antiphon.daemon.performer import __main__ as performer
        from antiphon.daemon.performer import loading

        engine = session["engine"]
        chosen = model or engine["model"]
        path = Path(chosen).expanduser() if chosen else loading.shipped_model()
        if ready.digest and checksums.digest(path) != ready.digest:
            raise AntiphonError(f"{path} is not the model that played: give it with --model")
        loaded = loading.load(str(path), ready.provider, engine["threads"])
        if loaded.problem:
            raise AntiphonError(f"it was played on {ready.provider}: {loaded.problem}")
        reply, seed = session["reply"], session["seed"]
        return performer.musician(loaded.engine, reply, seed, latency_ms(session))

    return make
