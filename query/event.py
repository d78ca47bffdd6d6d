"""Which events a sentence states: the direction of a change, and when it took place. Pure."""

from collections.abc import Collection
from datetime import UTC, datetime

from query.calendar_words import spans
from query.words import terms

#: Verbs and nouns for one direction of a change; what was "last cut" may have been "lowered".
_UP = frozenset(
    terms("raise raised rise rises rising rose risen increase lift hike climb boost jump gain")
)
_DOWN = frozenset(
    terms("cut lowered lowering lowers reduce reduction decrease fall fell fallen drop decline")
    + terms("trim slash shrink")
)

_DATES = frozenset(("iso", "dotted", "dmy", "mdy", "my", "yesterday"))
#: Any day will do: whether an expression is a date does not depend on when it is read.
_READ_AT = datetime(2000, 1, 1, tzinfo=UTC)


def kind_of(words: Collection[str]) -> frozenset[str]:
    """The terms of the direction that `words` (terms) name; none for no direction or for both."""
    named = [kind for kind in (_UP, _DOWN) if not kind.isdisjoint(words)]
    return named[0] if len(named) == 1 else frozenset()


def has_date(sentence: str) -> bool:
    """Whether it names a day or a month of a year."""
    return any(span.kind in _DATES for span in spans(sentence, _READ_AT))
