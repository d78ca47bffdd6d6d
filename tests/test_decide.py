"""Decisions: what an arriving item means, rule by rule, and what holds for any stream."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.decide import DIGEST_CHARS, Decision, decide
from indexer.payload import in_order, iso
from indexer.store import Held
from streams import Item
from tests.fakes import START, item

DAY = timedelta(days=1)


class Index:
    """What is held of one key, and the end of each closed version; decisions are applied to it."""

    def __init__(self) -> None:
        self.held: tuple[Held, ...] = ()
        self.ends: dict[str, object] = {}

    def take(self, what: Item) -> Decision:
        """Decide on an item and do what was decided."""
        decision = decide(what, self.held)
        held = [
            version._replace(state="closed") if version.version in decision.closes else version
            for version in self.held
        ]
        self.ends |= dict.fromkeys(decision.closes, decision.valid_until)
        self.ends |= dict(decision.shortens)
        if decision.opens:
            assert decision.opens not in self.names
            state = "closed" if decision.late else "current"
            times = (what.updated, what.published, what.observed)
            held.append(Held(decision.opens, what.digest, *times, state, decision.late))  # type: ignore[arg-type]
            if decision.late:
                self.ends[decision.opens] = decision.valid_until
        if decision.marks:
            kept = [v for v in held if v.state != "withdrawn"]
            marks = [v for v in held if v.state == "withdrawn"]
            mark = decision.marks
            held = [*kept, *(v for v in marks if v.version != mark.version), mark]
        self.held = in_order(held)
        return decision

    @property
    def names(self) -> set[str]:
        """The names of all versions with a text."""
        return {v.version for v in self.held if v.state != "withdrawn"}

    @property
    def current(self) -> list[Held]:
        """The versions that search finds."""
        return [v for v in self.held if v.state == "current"]


def after(*items: Item) -> Index:
    """The index once these items have come, in this order."""
    index = Index()
    for each in items:
        index.take(each)
    return index


def test_a_new_item_is_indexed_under_its_digest() -> None:
    """Without `updated` the digest names the version; never a clock of ours."""
    wanted = item("a", "One.")

    decision = decide(wanted, ())

    assert ("indexed", wanted.digest[:DIGEST_CHARS]) == (decision.outcome, decision.opens)
    assert () == decision.closes
    assert decision.opens == decide(replace(wanted, observed=START + DAY), ()).opens


def test_updated_names_the_version() -> None:
    """With `updated` that is the name, whatever the text."""
    decision = decide(item("a", "One.", updated=START), ())

    assert iso(START) == decision.opens


def test_the_same_text_again_is_unchanged() -> None:
    """Seen again later, or older, or with another date of publication: nothing to do."""
    index = after(item("a", "One.", minute=5))

    for again in (item("a", "One.", minute=9), item("a", "One.", minute=0)):
        assert Decision(outcome="unchanged", valid_until=again.version_time) == decide(
            again, index.held
        )


def test_another_text_closes_the_current_version() -> None:
    """The new version is opened and ends the old one at its own version time."""
    index = after(item("a", "One.", minute=0))
    changed = item("a", "Two.", minute=5, published=START)

    decision = decide(changed, index.held)

    assert "updated" == decision.outcome
    assert (index.current[0].version,) == decision.closes
    assert changed.version_time == decision.valid_until
    assert not decision.late


def test_a_title_is_part_of_the_content() -> None:
    """A changed headline is a new version."""
    index = after(item("a", "One.", title="Old"))

    assert "updated" == decide(item("a", "One.", title="New", minute=1), index.held).outcome


def test_an_older_version_that_comes_late_is_closed_never_current() -> None:
    """Its `updated` decides, though it was observed later; it ends where the next one begins."""
    index = after(item("a", "New.", minute=0, updated=START + DAY))

    decision = index.take(item("a", "Old.", minute=5, updated=START))

    assert decision.late
    assert () == decision.closes
    assert START + DAY == decision.valid_until
    assert [iso(START + DAY)] == [v.version for v in index.current]


def test_without_updated_the_observed_times_decide() -> None:
    """Observed before the current version, it is late, whoever hands it in."""
    index = after(item("a", "New.", minute=10))

    assert index.take(item("a", "Old.", minute=3)).late
    assert not index.take(item("a", "Newer.", minute=11)).late


def test_one_version_without_updated_is_ordered_by_observed() -> None:
    """`updated` counts only when both have it."""
    index = after(item("a", "Dated.", minute=0, updated=START + 9 * DAY))

    assert not index.take(item("a", "Undated.", minute=5)).late


def test_an_edit_without_a_new_date_is_a_version_of_its_own() -> None:
    """The same `updated` with another text gets a numbered name, and is current."""
    index = after(item("a", "One.", updated=START), item("a", "Two.", minute=1, updated=START))

    assert [f"{iso(START)}.2"] == [v.version for v in index.current]
    assert {iso(START), f"{iso(START)}.2"} == index.names


def test_a_closed_version_that_comes_again_with_an_older_clock_is_a_replay() -> None:
    """The same or an older `observed`: ignored."""
    first, second = item("a", "One.", minute=2), item("a", "Two.", minute=5)
    index = after(first, second)

    assert "ignored" == decide(first, index.held).outcome
    assert "ignored" == decide(replace(first, observed=START), index.held).outcome


def test_a_text_that_is_changed_back_is_current_again() -> None:
    """Observed after what replaced it, it is a new version, with a name of its own."""
    index = after(item("a", "One."), item("a", "Two.", minute=1), item("a", "One.", minute=2))

    assert ["closed", "closed", "current"] == [v.state for v in index.held]
    assert 3 == len(index.names)


def test_a_withdrawal_closes_what_is_current() -> None:
    """Nothing is current after it, and a mark is left for every indexer to see."""
    index = after(item("a", "One."))

    decision = index.take(item("a", minute=5, withdrawn=True))

    assert "withdrawn" == decision.outcome
    assert [] == index.current
    assert {"closed", "withdrawn"} == {v.state for v in index.held}
    assert START + timedelta(minutes=5) == decision.valid_until


def test_a_withdrawal_again_changes_nothing() -> None:
    """The same withdrawal a second time is no news."""
    gone = item("a", minute=5, withdrawn=True)
    index = after(item("a", "One."), gone)

    assert "unchanged" == decide(gone, index.held).outcome


def test_a_withdrawal_of_something_unknown_is_remembered() -> None:
    """Its item may still be on the way, and must then not become current."""
    index = after(item("a", minute=5, withdrawn=True))

    assert index.take(item("a", "One.", minute=1)).late
    assert [] == index.current


def test_a_replayed_item_stays_withdrawn() -> None:
    """What was published before the withdrawal does not come back."""
    first = item("a", "One.")
    index = after(first, item("a", minute=5, withdrawn=True))

    assert "ignored" == index.take(first).outcome


def test_an_item_published_again_after_its_withdrawal_is_current() -> None:
    """Observed later than the withdrawal, even the same text counts."""
    index = after(item("a", "One."), item("a", minute=5, withdrawn=True))

    assert not index.take(item("a", "One.", minute=9)).late
    assert 1 == len(index.current)


def test_a_withdrawal_older_than_the_current_version_is_ignored() -> None:
    """By `updated` where both have it."""
    index = after(item("a", "New.", updated=START + DAY))

    old = item("a", minute=9, withdrawn=True, updated=START)
    assert "ignored" == decide(old, index.held).outcome
    assert "withdrawn" == decide(item("a", minute=9, withdrawn=True), index.held).outcome


def test_what_was_erased_does_not_come_back() -> None:
    """A suppression counts against any item and any withdrawal of its key."""
    held = (Held("s", "", None, START, START, "suppressed"),)

    for what in (item("a", minute=9), item("a", minute=9, updated=START + DAY, withdrawn=True)):
        assert Decision(outcome="ignored", reason="erased, and not to come back") == decide(
            what, held
        )


def test_a_crash_that_left_two_current_versions_is_mended() -> None:
    """Seen again, the newer one closes the older, and stays."""
    old, new = item("a", "One."), item("a", "Two.", minute=1)
    held = tuple(
        Held(what.text, what.digest, None, what.published, what.observed, "current")
        for what in (old, new)
    )

    assert ("One.",) == decide(new, held).closes
    assert () == decide(old, held).closes


def test_a_source_that_stops_dating_changes_nothing() -> None:
    """The same text with and without `updated` is one version."""
    dated, undated = item("a", "One.", updated=START), item("a", "One.", minute=3)

    assert "unchanged" == decide(undated, after(dated).held).outcome
    assert "unchanged" == decide(replace(dated, observed=START + DAY), after(undated).held).outcome


@st.composite
def arrivals(draw: st.DrawFn) -> list[Item]:
    """Versions of one key, dated or not, withdrawn or not, observed in any order."""
    return [
        item(
            "a",
            draw(st.sampled_from(["One.", "Two.", "Three."])),
            minute=draw(st.integers(0, 9)),
            published=START,
            updated=draw(st.none() | st.integers(0, 4).map(lambda days: START + days * DAY)),
            withdrawn=draw(st.integers(0, 5)) == 0,
        )
        for _ in range(draw(st.integers(1, 8)))
    ]


@settings(max_examples=300, deadline=None)
@given(items=arrivals())
def test_deciding_again_once_applied_is_no_change(items: list[Item]) -> None:
    """Each item taken twice in a row leaves what the first taking left."""
    index = Index()
    for each in items:
        index.take(each)
        held = index.held

        again = index.take(each)

        assert again.outcome in ("unchanged", "ignored")
        assert (held, "", None) == (index.held, again.opens, again.marks)


@settings(max_examples=300, deadline=None)
@given(items=arrivals())
def test_at_most_one_version_is_current_and_late_ones_never_are(items: list[Item]) -> None:
    """After any stream."""
    index = after(*items)

    assert len(index.current) <= 1
    assert not any(version.late for version in index.current)
    assert {v.version for v in index.held if v.state == "closed"} == set(index.ends)


@settings(max_examples=300, deadline=None)
@given(days=st.permutations(range(6)))
@example(days=[0, 5, 2, 3, 1, 4])
def test_dated_versions_end_the_same_in_whatever_order_they_come(days: list[int]) -> None:
    """The latest is current, and each of the others lasts until the next one begins."""
    index = after(
        *(
            item("a", f"Day {day}.", minute=minute, updated=START + day * DAY)
            for minute, day in enumerate(days)
        )
    )

    assert [iso(START + 5 * DAY)] == [version.version for version in index.current]
    times = [START + day * DAY for day in range(6)]
    assert {iso(a): b for a, b in pairwise(times)} == index.ends


@settings(max_examples=200, deadline=None)
@given(
    days=st.permutations(range(5)), texts=st.lists(st.sampled_from("AB"), min_size=5, max_size=5)
)
def test_no_two_versions_are_valid_at_one_time(days: list[int], texts: list[str]) -> None:
    """Also when a text is changed back: a question about a day finds one version at most."""
    index = after(
        *(
            item("a", texts[day], minute=minute, updated=START + day * DAY)
            for minute, day in enumerate(days)
        )
    )

    begins = {v.version: v.version_time for v in index.held}
    for day in range(6):
        at = START + day * DAY
        valid = [
            name
            for name, begin in begins.items()
            if begin <= at and (name not in index.ends or index.ends[name] > at)  # type: ignore[operator]
        ]
        assert len(valid) <= 1
