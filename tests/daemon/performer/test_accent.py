"""What a style that is asked for changes, and what it leaves to the player."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from antiphon.daemon.controls import Controls
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.accent import read_accents, shipped_accents
from antiphon.daemon.performer.line import Line
from antiphon.daemon.performer.partner import Partner
from antiphon.model import conditions
from antiphon.model.dialects import GAP_CLASSES, INTERVALS
from antiphon.model.events import NOTE_OFF
from antiphon.model.styles import STYLES


def heard() -> Partner:
    """Of a player of thick, fast chords in the middle."""
    partner = Partner()
    partner.begin()
    for index in range(40):
        time_s = 0.1 * index
        for key in (48, 60, 64, 67):
            partner.hear(time_s, key, 64)
            partner.hear(time_s + 0.09, NOTE_OFF + key)
    return partner


def after(*keys: int) -> Line:
    line = Line()
    for index, key in enumerate(keys):
        line.follow(50.0 + 0.3 * index, key)
        line.follow(50.0 + 0.3 * index + 0.2, NOTE_OFF + key)
    return line


FOLK, ANY = Controls(style="folk"), Controls()


def test_every_style_has_its_accent() -> None:
    assert tuple(shipped_accents()) == STYLES


def test_the_style_is_told_with_emphasis_and_by_its_own_hand() -> None:
    told = heard().condition(FOLK)
    styles = told[: len(STYLES)]
    assert np.argmax(styles) == conditions.style_index("folk")
    assert styles.sum() == pytest.approx(1.0)
    assert told[conditions.hand_index("score")] == 1.0
    assert told[conditions.hand_index("performed")] == 0.0


def test_pace_and_voices_are_the_styles_and_the_rest_the_players() -> None:
    partner = heard()
    own, folk = partner.asked(ANY), partner.asked(FOLK)
    assert folk["voices"] < own["voices"]
    assert folk["density"] < own["density"]
    assert {name: folk[name] for name in ("register", "loudness")} == {
        name: own[name] for name in ("register", "loudness")
    }


def test_what_is_set_counts_more_than_the_style() -> None:
    assert heard().asked(replace(FOLK, voices=0.9))["voices"] == 0.9


def test_gaps_are_the_styles_from_the_players_on() -> None:
    partner = heard()
    own, folk = partner.rhythm(ANY), partner.rhythm(FOLK)
    assert not own.missing.any()
    assert (folk.lately == own.lately).all()
    assert folk.missing.any()


def test_a_tune_goes_by_steps_in_folk_and_from_nothing_as_it_likes() -> None:
    partner = heard()
    gained = partner.leaning(after(60, 64), FOLK) - partner.leaning(after(60, 64), ANY)
    assert gained[62] > 0.0 > gained[76]
    assert not gained[NOTE_OFF:].any()
    assert not partner.leaning(Line(), FOLK).any()


def test_what_no_style_has_costs_no_more_than_it_may() -> None:
    for accent in shipped_accents().values():
        assert np.isfinite(accent.gains).all()
        assert np.abs(accent.gains).max() < 8.0


@pytest.mark.parametrize("wrong", ["hand", "names", "gaps", "density"])
def test_other_arrays_are_told_of(tmp_path: Path, wrong: str) -> None:
    arrays: dict[str, Any] = {
        "names": np.array(["jazz", "hymn"]),
        "hand": np.array(["performed", "score"]),
        "density": np.ones(2),
        "voices": np.ones(2),
        "gaps": np.ones((2, GAP_CLASSES)),
        "intervals": np.ones((2, INTERVALS)),
    }
    np.savez(tmp_path / "good.npz", **arrays)
    assert set(read_accents(tmp_path / "good.npz")) == {"jazz", "hymn"}
    spoilt: dict[str, Any] = {
        "hand": np.array(["performed", "gloved"]),
        "names": np.array(["jazz", "polka"]),
        "gaps": np.ones((2, 3)),
        "density": np.full(2, np.nan),
    }
    np.savez(tmp_path / "bad.npz", **{**arrays, wrong: spoilt[wrong]})
    with pytest.raises(AntiphonError, match=r"no weights for the style"):
        read_accents(tmp_path / "bad.npz")
