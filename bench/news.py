"""News made up for measuring: the same items for the same numbers, of realistic length.

A text has one to six paragraphs of four to nine sentences; a chunk has about 130 tokens. Names are
drawn by Zipf's law from 20,000, so that the keyword index meets frequent and rare words.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from streams import Item

#: When the made-up stream begins; an item comes every SPACING.
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
SPACING = timedelta(minutes=5)

#: Sources over which the items are spread.
SOURCES = 40

NAMES = 20_000

_SYLLABLES = "ba den cor mi ral to ven sha lu gren pol ka ster ni ho wick mar el du fen".split()
_SENTENCES = (
    "The {role} of {name} said on {day} that {thing} would {verb} by {number} percent this year.",
    "{name} and {name} agreed to {verb2} their {thing} after talks that lasted {number} hours.",
    "Officials in {name} reported {number} new cases, more than in any week since {month}.",
    "Shares of {name} rose {number} percent after the company raised its forecast for {thing}.",
    "“We did not expect {thing} to {verb} so soon,” the {role} told reporters in {name}.",
    "The court in {name} ruled that the {role} had to publish the figures on {thing} by {month}.",
    "Analysts at {name} had expected {thing} to {verb} by about {number} percent.",
    "In a separate statement, {name} denied that it had planned to {verb2} its {thing}.",
    "Rescue teams reached the town of {name} on {day}, where {number} people were still missing.",
    "A spokesman for {name} declined to comment on whether the {role} would step down.",
)
_TITLES = (
    "{name} to {verb2} {thing}, {role} says",
    "{thing} in {name} up {number} percent",
    "{name}: {role} warns of falling {thing}",
)
_WORDS = {
    "role": "minister chairman governor president director commissioner mayor regulator".split(),
    "thing": (
        "interest rates,energy prices,exports,the budget,wages,grain harvests,vaccination,"
        "rail traffic,housing costs,tax revenue,semiconductor sales,emissions,oil output"
    ).split(","),
    "verb": "rise fall recover shrink grow stabilise".split(),
    "verb2": "cut extend suspend review expand postpone".split(),
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "month": "January March April June August October December".split(),
}
_PARAGRAPHS = (1, 1, 2, 2, 3, 4, 6)


def item(number: int, *, edition: int = 0, paragraphs: int | None = None) -> Item:
    """The item of that number; a later `edition` has one sentence more."""
    chance = random.Random(number)
    count = paragraphs or chance.choice(_PARAGRAPHS)
    title = _filled(chance.choice(_TITLES), chance)
    text = "\n\n".join(_paragraph(chance) for _ in range(count))
    for extra in range(edition):
        text += f" Correction {extra + 1}: {_filled(_SENTENCES[0], random.Random(extra))}"
    published = BEGIN + number * SPACING
    return Item(
        source=f"wire-{number % SOURCES}",
        id=f"https://wire-{number % SOURCES}.example/news/{number}",
        title=title,
        text=text,
        url=f"https://wire-{number % SOURCES}.example/news/{number}",
        published=published,
        observed=published + timedelta(minutes=2),
        language="en",
    )


def flash(number: int) -> Item:
    """An item of one chunk."""
    return item(number, paragraphs=1)


def batches(first: int, count: int, size: int = 256) -> Iterator[list[Item]]:
    """Items `first` to `first + count - 1`, in batches."""
    for start in range(first, first + count, size):
        yield [item(number) for number in range(start, min(start + size, first + count))]


def questions(count: int) -> list[str]:
    """Questions about the news, no two alike."""
    chance = random.Random(-1)
    forms = (
        "What did the {role} of {name} say about {thing}?",
        "Why did {thing} {verb} in {name}?",
        "How many people are missing in {name}?",
        "Which court ruled on {thing} in {name}?",
        "Will {name} {verb2} its {thing}?",
    )
    return [_filled(chance.choice(forms), chance) for _ in range(count)]


def _paragraph(chance: random.Random) -> str:
    count = chance.randint(4, 9)
    return " ".join(_filled(chance.choice(_SENTENCES), chance) for _ in range(count))


def _filled(form: str, chance: random.Random) -> str:
    """The form with each slot filled on its own."""
    parts = form.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        slot, rest = part.split("}")
        filled.append(_word(slot, chance) + rest)
    return "".join(filled)


def _word(slot: str, chance: random.Random) -> str:
    if slot == "name":
        return _name(min(int(chance.paretovariate(0.7)), NAMES))
    if slot == "number":
        return str(chance.randint(2, 900))
    return chance.choice(_WORDS[slot])


def _name(rank: int) -> str:
    """A name; those of low rank are met often."""
    syllables, base = [], len(_SYLLABLES)
    rest = rank + base
    while rest:
        rest, place = divmod(rest, base)
        syllables.append(_SYLLABLES[place])
    return "".join(syllables).capitalize()
