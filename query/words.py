"""The words of a text that carry meaning, reduced so that "rates" meets "rate"."""

import re
from collections.abc import Iterable, Mapping
from math import log

_WORD = re.compile(r"\w+(?:[.,]\d+)*(?:['\u2019]\w+)?")

_STOP = frozenset(
    "a about above after again all also am an and any are as at be been before being between both "
    "but by can could did do does doing down during each few for from further get gets got had has "
    "have having he her here hers him his how i if in into is it its itself just let me more most "
    "my no nor not now of off on once only or other our out over own please same say says she "
    "should so some such tell than that the their them then there these they this those through "
    "to too under until up us very was we were what when where which while who whom whose why will "
    "with would you your today current currently latest recent recently newest last news happen "
    "happens happened happening high low big large long".split()
)


def terms(text: str) -> list[str]:
    """The content words in order, lower case, without common endings; may repeat."""
    words = (match.group().lower() for match in _WORD.finditer(text))
    bare = (re.sub(r"['\u2019].*", "", word) for word in words)
    return [stem(word) for word in bare if word and word not in _STOP]


def stem(word: str) -> str:
    """A word without common English endings; numbers and short words stay as they are."""
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.endswith("ies"):
        return word.removesuffix("ies") + "y"
    if word.endswith("s") and not word.endswith("ss"):
        word = word.removesuffix("s")
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            return word[:-1] if len(word) > 3 and word[-1] == word[-2] != "l" else word
    return word.removesuffix("e") if len(word) > 3 else word


def rarity(asked: Iterable[str], texts: Iterable[frozenset[str]]) -> dict[str, float]:
    """The inverse document frequency of each asked term among texts: rare says more; always > 0."""
    held = list(texts)
    return {
        term: log((len(held) + 1) / (sum(term in text for text in held) + 0.5)) + 0.5
        for term in set(asked)
    }


def coverage(weights: Mapping[str, float], held: frozenset[str]) -> float:
    """The share of the weights whose terms are held, in [0, 1]; 0 when there are none."""
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in held) / total if total else 0.0
