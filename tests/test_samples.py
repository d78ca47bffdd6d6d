"""The stream that ships: complete, true to its figures, and without hindsight."""

import csv
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.request import url2pathname
from zoneinfo import ZoneInfo

import pytest

from streams import Item, SourceSpec
from streams.feed import parse
from streams.market import MarketSource
from streams.samples import sample_sources

ROOT = Path(__file__).parents[1]
DATA = ROOT / os.environ.get("FRESHWIRE_TEST_DATA", "../shared/data")
NOW = datetime(2026, 9, 1, tzinfo=UTC)

#: Every change of the federal funds target range: day announced, lower and upper end in percent.
DECISIONS = """
2008-12-16 0.00 0.25
2015-12-16 0.25 0.50
2016-12-14 0.50 0.75
2017-03-15 0.75 1.00
2017-06-14 1.00 1.25
2017-12-13 1.25 1.50
2018-03-21 1.50 1.75
2018-06-13 1.75 2.00
2018-09-26 2.00 2.25
2018-12-19 2.25 2.50
2019-07-31 2.00 2.25
2019-09-18 1.75 2.00
2019-10-30 1.50 1.75
2020-03-03 1.00 1.25
2020-03-15 0.00 0.25
2022-03-16 0.25 0.50
2022-05-04 0.75 1.00
2022-06-15 1.50 1.75
2022-07-27 2.25 2.50
2022-09-21 3.00 3.25
2022-11-02 3.75 4.00
2022-12-14 4.25 4.50
2023-02-01 4.50 4.75
2023-03-22 4.75 5.00
2023-05-03 5.00 5.25
2023-07-26 5.25 5.50
2024-09-18 4.75 5.00
2024-11-07 4.50 4.75
2024-12-18 4.25 4.50
2025-09-17 4.00 4.25
2025-10-29 3.75 4.00
2025-12-10 3.50 3.75
"""


class Decision(NamedTuple):
    """One change of the range; `before` is the range that it ended, "" for the first."""

    day: str
    after: str
    before: str
    step: float


def decisions() -> list[Decision]:
    """The decisions, oldest first."""
    made: list[Decision] = []
    lower_before = 1.0
    for line in DECISIONS.split("\n")[1:-1]:
        day, lower, upper = line.split()
        before = made[-1].after if made else ""
        step = float(lower) - lower_before
        made.append(Decision(day, f"{lower} to {upper} percent", before, step))
        lower_before = float(lower)
    return made


def spec(name: str) -> SourceSpec:
    """The sample source of that name."""
    return {each.name: each for each in sample_sources()}[name]


def body(of: SourceSpec) -> bytes:
    """The file of a sample source."""
    return Path(url2pathname(of.url.removeprefix("file://"))).read_bytes()


@pytest.fixture(scope="module")
def items() -> list[Item]:
    """The decisions as the feed path reads them, oldest first."""
    feed = spec("fed-rate-decisions")
    parsed = parse(body(feed), spec=feed, content_type="", base_url=feed.url, observed=NOW)
    found = [each for each in parsed.entries if isinstance(each, Item)]
    assert len(found) == len(parsed.entries)
    return sorted(found, key=lambda each: each.published)


def quotes(of: SourceSpec, data: bytes) -> list[Item]:
    """The bars as the market path reads them; a bad row fails."""
    found = MarketSource(of, read=lambda _: data, now=lambda: NOW).poll(0)
    items = [each for each in found if isinstance(each, Item)]
    assert len(items) == len(found)
    return items


def test_the_sources_are_the_ones_that_are_promised() -> None:
    """Names, kinds and symbols are fixed; each file is there."""
    listed = sample_sources()

    assert [(each.name, each.kind, each.symbol) for each in listed] == [
        ("fed-rate-decisions", "feed", ""),
        ("sample-vix", "market", "VIX"),
        ("sample-brent", "market", "BRENT"),
        ("sample-sp500", "market", "SPX"),
    ]
    for each in listed:
        assert each.origin == "sample"
        assert each.licence
        assert body(each)


def test_every_decision_is_an_item_of_its_own(items: list[Item]) -> None:
    """32 changes, one item each, dated on the day of the announcement in Washington."""
    eastern = ZoneInfo("America/New_York")
    days = [each.published.astimezone(eastern).date().isoformat() for each in items]

    assert days == [decision.day for decision in decisions()]
    assert [each.id.rpartition("/")[2] for each in items] == days
    assert {each.date_quality for each in items} == {"exact"}


def test_announcements_came_at_the_hour_they_came(items: list[Item]) -> None:
    """Two o'clock Eastern, with the three known exceptions."""
    eastern = ZoneInfo("America/New_York")
    exceptions = {"2008-12-16": "14:15", "2020-03-03": "10:00", "2020-03-15": "17:00"}

    for each in items:
        local = each.published.astimezone(eastern)
        assert f"{local:%H:%M}" == exceptions.get(f"{local:%Y-%m-%d}", "14:00")


@pytest.mark.parametrize("number", range(32))
def test_figures_in_the_text_are_those_of_the_decision(items: list[Item], number: int) -> None:
    """New range, old range, step in points and basis points, and no other range."""
    item, decision = items[number], decisions()[number]
    first, _, _ = item.text.partition(". ")
    ranges = set(re.findall(r"\d+\.\d\d to \d+\.\d\d percent(?! ?age)", item.title + item.text))

    assert decision.after in item.title
    assert decision.after in first
    assert ranges == {decision.after, decision.before} - {""}
    assert f"{abs(decision.step):.2f} percentage point" in item.text or number == 0
    assert f"{abs(decision.step) * 100:.0f} basis points" in item.text
    assert re.search("federal funds target range|target range for the federal funds", item.text)
    assert "Federal Open Market Committee" in first
    assert item.text.count(". ") >= 1
    day = datetime.fromisoformat(decision.day)
    assert f"{day.day} {day:%B} {day.year}" in first


def test_the_direction_is_told_right(items: list[Item]) -> None:
    """Cuts are cuts and increases are increases."""
    down = re.compile(r"\b(cut|cuts|lowered|reduced|reduction)\b", re.IGNORECASE)
    up = re.compile(r"\b(raise|raised|rises?|increased?|increases|lifted|lifts)\b", re.IGNORECASE)

    for item, decision in zip(items, decisions(), strict=True):
        assert (down if decision.step < 0 else up).search(f"{item.title} {item.text}")


def test_no_text_knows_what_came_later(items: list[Item]) -> None:
    """No item names a year that had not come yet: a question as of then gets no hindsight."""
    for item in items:
        years = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", item.title + item.text)]
        assert max(years) <= item.published.year


def test_texts_are_told_in_their_own_words(items: list[Item]) -> None:
    """No two titles and no two opening sentences are alike but for the figures."""
    titles = {re.sub(r"[\d.]+", "", each.title) for each in items}
    texts = {re.sub(r"[\d.]+", "", each.text) for each in items}

    assert len(titles) == len(texts) == len(items)


@pytest.mark.parametrize("name", ["sample-vix", "sample-brent", "sample-sp500"])
def test_quotes_cover_two_years_and_end_in_2026(name: str) -> None:
    """Every row is a quote; 24 months at least."""
    made = quotes(spec(name), body(spec(name)))

    assert made[-1].published.year == 2026
    assert (made[-1].published - made[0].published).days >= 700
    assert all(each.kind == "quote" and each.date_quality == "day" for each in made)


def origins() -> Iterator[tuple[str, Path]]:
    """The full files that the samples were taken from, where they are at hand."""
    for name, file in (("vix", "vix-daily"), ("brent", "brent-daily"), ("sp500", "sp500-monthly")):
        path = DATA / "market" / f"{file}.csv"
        if path.is_file():
            yield f"sample-{name}", path
    for each in sample_sources():
        if each.kind == "market":
            yield each.name, Path(url2pathname(each.url.removeprefix("file://")))


@pytest.mark.parametrize(("name", "path"), list(origins()))
def test_quotes_equal_their_origin(name: str, path: Path) -> None:
    """Figure by figure, what ships is what the origin says."""
    origin = {each.id: each.figures for each in quotes(spec(name), path.read_bytes())}

    for each in quotes(spec(name), body(spec(name))):
        assert origin[each.id] == each.figures


FACTS = [path for path in [DATA / "fomc-target-range.csv"] if path.is_file()]


@pytest.mark.parametrize("path", [None, *FACTS], ids=["own", *(path.name for path in FACTS)])
def test_decisions_are_those_of_the_record(path: Path | None) -> None:
    """The table above is complete and in order; where the full record is at hand, it is equal."""
    table = [tuple(line.split()) for line in DECISIONS.split("\n")[1:-1]]
    rows = table if path is None else list(csv.reader(path.read_text().splitlines()))[1:]

    assert [tuple(row) for row in rows] == table
    assert table == sorted(table)
    assert all(round(float(high) - float(low), 2) == 0.25 for _, low, high in table)
