"""The decay: monotone, bounded, half after a half-life, and equal to what a store computes."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.store import Decay
from query.recency import DECAYS, MAX_WEIGHT, Mix, decay, recency, relevance, weighed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ages = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=700_000))
half_lives = st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=4_000))
weights = st.floats(0, MAX_WEIGHT)


@given(ages, ages, half_lives)
@settings(max_examples=200)
def test_older_never_counts_more(first: timedelta, second: timedelta, half: timedelta) -> None:
    """Of two ages the greater has no greater decay."""
    low, high = sorted((first, second))

    assert decay(high, half) <= decay(low, half) <= 1.0


@given(half_lives)
def test_half_is_left_after_one_half_life(half: timedelta) -> None:
    """One half-life leaves 1/2, two leave 1/4, and nothing is lost at age 0."""
    assert decay(timedelta(0), half) == 1.0
    assert decay(half, half) == pytest.approx(0.5)
    assert decay(2 * half, half) == pytest.approx(0.25)


@given(ages, half_lives, weights)
@settings(max_examples=200)
def test_recency_takes_at_most_its_weight(age: timedelta, half: timedelta, weight: float) -> None:
    """However old, 1 - weight of the relevance is left."""
    published = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
    left = recency(published, published + age, Decay(half, weight))

    assert 1 - weight - 1e-12 <= left <= 1.0


def test_what_lies_in_the_future_counts_as_new() -> None:
    """A date ahead of the asked-for time neither gains nor loses."""
    assert recency(NOW + timedelta(days=3), NOW, Decay(timedelta(days=1), 0.5)) == 1.0


def test_without_a_decay_age_does_not_matter() -> None:
    """A class without a decay keeps its relevance for ever."""
    assert recency(NOW - timedelta(days=9_999), NOW, None) == 1.0
    assert "reference" not in DECAYS


@given(st.floats(-1, 1), st.floats(0, 1000), st.floats(0, 1), st.floats(0.1, 100))
@settings(max_examples=200)
def test_relevance_lies_between_0_and_1(
    cosine: float, bm25: float, dense: float, saturation: float
) -> None:
    """Whatever the lanes say, the relevance stays in [0, 1] and grows with both."""
    mix = Mix(dense, saturation)
    found = relevance(cosine, bm25, mix)

    assert 0 <= found <= 1 + 1e-12
    assert found <= relevance(min(1.0, cosine + 0.1), bm25 + 1, mix) + 1e-12


@given(st.floats(0, 5))
def test_a_question_scales_the_weights_within_bounds(multiplier: float) -> None:
    """No multiplier lets recency take more than MAX_WEIGHT; 0 switches it off."""
    scaled = weighed(DECAYS, multiplier)

    assert all(0 < one.weight <= MAX_WEIGHT for one in scaled.values())
    assert weighed(DECAYS, 0.0) == {}


@pytest.mark.parametrize(("dense", "saturation"), [(-0.1, 1), (1.1, 1), (0.5, 0), (np.nan, 1)])
def test_a_senseless_mix_is_refused(dense: float, saturation: float) -> None:
    """Shares outside [0, 1] and a saturation of 0 raise ValueError."""
    with pytest.raises(ValueError, match="dense must lie"):
        Mix(dense, saturation)
