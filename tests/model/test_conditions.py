from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.model import conditions
from antiphon.model.conditions import (
    CONTROLS,
    HANDS,
    LEVEL_EDGES,
    LEVELS,
    SIZE,
    STEADY_SIZE,
    hand_index,
    key_correlations,
    level_index,
    level_of,
    measure,
    style_index,
    vector,
)
from antiphon.model.styles import STYLES

C_MAJOR = (60, 64, 67, 62, 65, 69, 71, 60)
C_MINOR = (60, 63, 67, 62, 65, 68, 70, 60)


def measured(
    keys: Sequence[int], gap_s: float = 0.5, length_s: float = 0.5, velocity: int = 60
) -> dict[str, float]:
    onsets = np.arange(len(keys), dtype=np.float64) * np.float64(gap_s)
    velocities = np.full(len(keys), velocity)
    return measure(onsets, onsets + length_s, np.array(keys), velocities)


def test_every_place_of_the_vector_means_one_thing() -> None:
    places = [style_index(style) for style in STYLES]
    places += [hand_index(hand) for hand in HANDS]
    places += [level_index(control, level) for control in CONTROLS for level in range(LEVELS)]
    assert sorted(places) == list(range(STEADY_SIZE))


@pytest.mark.parametrize("control", CONTROLS)
def test_levels_ascend(control: str) -> None:
    edges = LEVEL_EDGES[control]
    assert len(edges) == LEVELS - 1
    assert list(edges) == sorted(set(edges))
    assert level_of(control, edges[0] - 1e-6) == 0
    assert level_of(control, edges[0]) == 1
    assert level_of(control, edges[-1] + 1e-6) == LEVELS - 1


@given(
    st.dictionaries(st.sampled_from(STYLES), st.floats(0.0, 1.0)),
    st.dictionaries(st.sampled_from(CONTROLS), st.floats(-1.0, 2.0)),
    st.sampled_from(HANDS),
)
def test_a_vector_says_what_was_asked_and_nothing_else(
    styles: dict[str, float], controls: dict[str, float], hand: str
) -> None:
    told = vector(styles, controls, hand)
    assert told.shape == (SIZE,)
    assert told.dtype == np.float32
    assert ((told >= 0.0) & (told <= 1.0)).all()
    assert told[[hand_index(name) for name in HANDS]].tolist() == [h == hand for h in HANDS]
    for style in STYLES:
        assert told[style_index(style)] == np.float32(styles.get(style, 0.0))
    for control in CONTROLS:
        levels = told[[level_index(control, level) for level in range(LEVELS)]]
        if control not in controls:
            assert not levels.any()
            continue
        position = min(max(controls[control], 0.0), 1.0)
        assert levels.sum() == pytest.approx(1.0)
        assert levels @ np.arange(LEVELS) / (LEVELS - 1) == pytest.approx(position, abs=1e-6)
        assert np.ptp(np.flatnonzero(levels)) <= 1


def test_density_loudness_and_register_are_what_they_say() -> None:
    found = measured([60, 64, 62, 66, 63], gap_s=0.25, velocity=70)
    assert found["density"] == pytest.approx(5.0)
    assert found["loudness"] == 70.0
    assert found["register"] == 63.0


def test_voices_count_what_sounds_together() -> None:
    together = np.array([0.0, 0.0, 0.0, 2.0, 2.0, 2.0])
    keys, velocities = np.array([60, 64, 67, 60, 64, 67]), np.full(6, 60)
    found = measure(together, together + 1.0, keys, velocities)
    assert found["voices"] == pytest.approx(3.0)
    assert measured([60, 62, 64], length_s=0.4)["voices"] == pytest.approx(1.0)


def test_arousal_rises_with_speed_force_and_gaps() -> None:
    calm = measured(C_MAJOR, gap_s=0.5, length_s=0.5, velocity=50)["arousal"]
    assert measured(C_MAJOR, gap_s=0.2, length_s=0.2, velocity=50)["arousal"] > calm
    assert measured(C_MAJOR, gap_s=0.5, length_s=0.5, velocity=90)["arousal"] > calm
    assert measured(C_MAJOR, gap_s=0.5, length_s=0.2, velocity=50)["arousal"] > calm


def test_valence_grows_in_its_direction() -> None:
    shares = np.bincount([0, 0, 2, 3, 5, 7, 7, 8], minlength=12) / 8.0
    toward = conditions.toward_major(shares)
    assert conditions.valence(shares + 0.1 * toward) > conditions.valence(shares)
    assert conditions.valence(shares - 0.1 * toward) < conditions.valence(shares)


def test_valence_tells_major_from_minor() -> None:
    assert measured(C_MAJOR)["valence"] > 0.0 > measured(C_MINOR)["valence"]


def test_one_note_can_be_measured() -> None:
    assert all(np.isfinite(value) for value in measured([60]).values())


@pytest.mark.parametrize("tonic", range(12))
def test_the_key_of_a_scale_is_found(tonic: int) -> None:
    major = np.bincount([(key + tonic) % 12 for key in C_MAJOR], minlength=12).astype(float)
    minor = np.bincount([(key + tonic) % 12 for key in C_MINOR], minlength=12).astype(float)
    assert key_correlations(major).argmax() == tonic
    assert key_correlations(minor).argmax() == 12 + tonic


def test_nothing_has_no_key() -> None:
    assert not key_correlations(np.zeros(12)).any()
    assert not key_correlations(np.ones(12)).any()
    assert conditions.key_correlations(np.eye(12)[0]).max() <= 1.0
