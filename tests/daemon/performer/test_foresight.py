"""The network that foresees ends of turns: what comes with the package, and damaged files."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.foresight import OUTCOMES, read_foresight, shipped_foresight
from antiphon.daemon.performer.harmony import Key
from antiphon.daemon.performer.moments import FEATURES, features, moment
from antiphon.daemon.performer.turns import Call
from antiphon.model.events import MACHINE, PLAYER, STEP_S, STEPS


def expecting(player: float, within_s: float) -> NDArray[np.float32]:
    """The next event is the player's so likely, and comes within some time; else the machine's."""
    who_step = np.full((2, STEPS), 1e-6)
    soon = within_s >= STEP_S
    who_step[PLAYER, soon] = player / soon.sum()
    who_step[MACHINE] = (1.0 - player) / STEPS
    return np.asarray(np.log(who_step / who_step.sum()), np.float32)


def scale(until: int = 12, gap_s: float = 0.25) -> Call:
    call = Call()
    for index in range(until):
        call.onset(1.0 + index * gap_s, 60 + index)
        call.other(1.0 + index * gap_s + 0.2)
    return call


def test_before_anything_was_played_there_are_features_too() -> None:
    row = features(Call(), Hands(), None, expecting(0.5, 1.0))
    assert row.shape == (FEATURES,)
    assert row.dtype == np.float32
    assert np.isfinite(row).all()


def test_the_shipped_network_gives_chances() -> None:
    chances = shipped_foresight().chances(np.zeros(FEATURES, np.float32))
    assert chances.shape == (OUTCOMES,)
    assert chances.sum() == pytest.approx(1.0)


def test_a_player_in_full_flow_is_seldom_thought_done() -> None:
    """Eighth notes that the model expects to go on, or a long last chord at rest on the tonic."""
    flowing = moment(scale(), Hands(), Key(5, False, 0.9), expecting(0.95, 0.3))
    resting = scale()
    resting.onset(4.0, 60)
    resting.other(5.5)
    rested = moment(resting, Hands(), Key(0, False, 0.9), expecting(0.2, 4.0))
    chances = shipped_foresight().chances
    assert chances(flowing.features)[-1] < chances(rested.features)[-1]


@pytest.mark.parametrize("fault", ["lacks an array", "has other features", "is no archive"])
def test_a_damaged_file_is_refused_in_a_line(fault: str, tmp_path: Path) -> None:
    path = tmp_path / "turns.npz"
    arrays = asdict(shipped_foresight())
    if fault == "lacks an array":
        del arrays["second"]
    if fault == "has other features":
        arrays["first"] = arrays["first"][:, 1:]
    np.savez(path, **arrays)
    if fault == "is no archive":
        path.write_bytes(b"turns")
    with pytest.raises(AntiphonError, match="no weights for the end of a turn"):
        read_foresight(path)
