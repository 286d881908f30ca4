"""Weights are read whole, or one line says what is wrong with them."""

from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.metre import read_metre, shipped_metre
from antiphon.model.rhythm import FEATURES, PERIODS_S, PLACES


def test_the_shipped_weights_read_a_beat() -> None:
    metre = shipped_metre()
    state, odds = metre.read(metre.silence, np.zeros(FEATURES))
    assert state.shape == metre.silence.shape
    assert odds.shape == (len(PERIODS_S), PLACES)
    assert np.isfinite(odds).all()


@pytest.mark.parametrize("content", [b"", b"notes", b"PK\x03\x04 damaged"])
def test_a_damaged_file_is_told_of(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "beat.npz").write_bytes(content)
    with pytest.raises(AntiphonError, match=r"no weights for the beat"):
        read_metre(tmp_path / "beat.npz")


def test_so_are_other_arrays_and_no_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "beat.npz", anything=np.zeros(3))
    for name in ("beat.npz", "missing.npz"):
        with pytest.raises(AntiphonError, match=r"no weights for the beat"):
            read_metre(tmp_path / name)
