"""How relevance fades with age: the pure oracle of the formula that the engine computes.

    score = (mix·max(0, cosine) + (1-mix)·bm25/(bm25+saturation)) · (1-w + w·0.5^(age/half_life))

The second factor never falls below 1-w: old and exactly right still beats new and beside the point.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from indexer.store import Decay

#: Recency may take away at most this share of the relevance, whatever a question or caller asks.
MAX_WEIGHT = 0.8

#: What fades how fast, by the class of the source; an absent class (`reference`) does not fade.
#: 14 days at weight 0.5 is measured for news (docs/decisions); an unbounded prior or a weight of
#: 0.8 destroys questions whose answer is old.
DECAYS: Mapping[str, Decay] = MappingProxyType(
    {
        "breaking": Decay(timedelta(days=1), 0.5),
        "news": Decay(timedelta(days=14), 0.5),
        "analysis": Decay(timedelta(days=60), 0.5),
    }
)


@dataclass(frozen=True, slots=True)
class Mix:
    """How the two lanes make up the relevance: `dense` of the cosine, the rest of BM25.

    `saturation` is the BM25 score that counts as half of all that keywords can say.
    """

    dense: float
    saturation: float

    def __post_init__(self) -> None:
        """Refuse what would turn the ranking upside down."""
        if not 0 <= self.dense <= 1 or not self.saturation > 0:
            raise ValueError(f"dense must lie in [0, 1] and saturation above 0: {self}")


def decay(age: timedelta, half_life: timedelta) -> float:
    """0.5 per half-life, in (0, 1]; what lies in the future counts as new. `half_life` > 0."""
    # 2^-1000 is still a normal float; beyond, the factor is 0 for every purpose
    return float(0.5 ** min(1000.0, max(0.0, age / half_life)))


def recency(published: datetime, now: datetime, fading: Decay | None) -> float:
    """What is left of the relevance at `now`, in [1-weight, 1]; 1 without a decay."""
    if fading is None:
        return 1.0
    return 1.0 - fading.weight + fading.weight * decay(now - published, fading.half_life)


def relevance(cosine: float, bm25: float, mix: Mix) -> float:
    """Dense and keyword evidence in one figure in [0, 1]; `bm25` >= 0."""
    return mix.dense * max(0.0, cosine) + (1.0 - mix.dense) * bm25 / (bm25 + mix.saturation)


def weighed(decays: Mapping[str, Decay], multiplier: float) -> dict[str, Decay]:
    """The decays with their weights times `multiplier`, at most MAX_WEIGHT; those of 0 left out."""
    scaled = {
        class_: Decay(fading.half_life, min(MAX_WEIGHT, fading.weight * multiplier))
        for class_, fading in decays.items()
    }
    return {class_: fading for class_, fading in scaled.items() if fading.weight > 0}
