"""``python -m tests.torture``: every fault so many times, and a table of what came of it."""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from antiphon.daemon.bench import jackd, thru
from antiphon.daemon.bench.figures import spread
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session import journal
from tests.torture.faults import FAULTS
from tests.torture.stand import Tally

BACK_S = 2.0
"""So soon, in 99 of 100 cases, it plays again."""


def tried(rounds: int, names: list[str], period: int, manner: Sequence[str]) -> dict[str, Tally]:
    """The tallies of these faults, or of all."""
    tallies = {}
    with tempfile.TemporaryDirectory() as folder, jackd.private_server(period, manner) as server:
        for name in names or FAULTS:
            place = Path(folder) / name.replace(" ", "-")
            try:
                tallies[name] = FAULTS[name](server, place, rounds)
            except TimeoutError:
                tallies[name] = Tally(failures=["it never came back"])
            except (AntiphonError, OSError) as error:
                # Such as a server of the harness's own that did not come up.
                tallies[name] = Tally(failures=[str(error)])
            tallies[name].damaged += sum(map(is_damaged, place.rglob(journal.JOURNAL)))
            tell(name, tallies[name])
    return tallies


def is_damaged(path: Path) -> bool:
    """Whether a recording has a line that cannot be read, or makes no MIDI file."""
    journal.recover(path.parents[1])
    lines = path.read_bytes().splitlines()
    try:
        kinds = [json.loads(line)["is"] for line in lines]
    except (ValueError, KeyError):
        return True
    return kinds[:1] != ["Session"] or not (path.parent / journal.MIDI_FILE).exists()


def held(tally: Tally) -> bool:
    """Whether the promises were kept."""
    in_time = spread(tally.silent_s).p99 <= BACK_S if tally.silent_s else True
    broken = tally.hung or tally.thru_lost or tally.damaged or tally.failures
    return in_time and not broken


def table(tallies: Mapping[str, Tally]) -> str:
    """One line a fault: notes hung, thru notes lost, recordings damaged, and times.

    They are the p50, the p99 and the most of the seconds until it played again and, where nothing
    could, of those for which notes rang on.
    """
    counts = f"{'rounds':>7}{'hung':>6}{'lost':>6}{'damaged':>9}"
    lines = [f"{'fault':<18}{counts}  {'silent s':<18}{'rang s':<18}".rstrip()]
    for name, tally in tallies.items():
        counts = f"{tally.rounds:>7}{tally.hung:>6}{tally.thru_lost:>6}{tally.damaged:>9}"
        times = f"{_times(tally.silent_s):<18}{_times(tally.rang_s):<18}"
        answers = [f"answers after {_times(tally.answered_s)} s"] if tally.answered_s else []
        words = "; ".join([*dict.fromkeys(tally.failures), *answers, *tally.notes])
        lines.append(f"{name:<18}{counts}  {times}{words}".rstrip())
    return "\n".join(lines) + "\n"


def _times(values: Sequence[float]) -> str:
    s = spread(values)
    return f"{s.p50:.2f} {s.p99:.2f} {s.most:.2f}" if values else "-"


def tell(name: str, tally: Tally) -> None:
    """Say at once how it went: the whole takes hours."""
    sys.stderr.write(table({name: tally}).splitlines()[1] + "\n")


def main() -> int:
    """0 if every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("faults", nargs="*", help=f"of {', '.join(FAULTS)}; all if none is named")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is done")
    parser.add_argument("--server", choices=thru.MANNERS, default="synchronous", help="of JACK")
    parser.add_argument("--period", type=int, default=jackd.PERIOD_FRAMES, help="in frames")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    args = parser.parse_args()
    tallies = tried(args.rounds, args.faults, args.period, thru.MANNERS[args.server])
    content = {name: asdict(tally) for name, tally in tallies.items()}
    sys.stdout.write(json.dumps(content, indent=2) + "\n" if args.json else table(tallies))
    return 0 if all(held(tally) for tally in tallies.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
