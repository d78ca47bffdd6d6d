"""Which sources there are survives restarts, whoever named them."""

from datetime import timedelta
from pathlib import Path

import pytest

from streams import SourceSpec, Unavailable
from streams.catalogue import Catalogue
from streams.naming import name_for

SAMPLE = SourceSpec(name="sample", url="file:///sample.atom", origin="sample")
DEFAULT = SourceSpec(name="bbc", url="https://bbc.example/rss", origin="default")
CONFIG = SourceSpec(name="mine", url="https://mine.example/rss", origin="config")
GIVEN = [SAMPLE, DEFAULT, CONFIG]
NEW = SourceSpec(
    name="new",
    url="https://new.example/rss",
    labels=("a", "b"),
    interval=timedelta(minutes=7),
    columns=(("close", "Price"),),
)


def names(catalogue: Catalogue) -> list[str]:
    """The names of the sources in force."""
    return [spec.name for spec in catalogue.all()]


def test_an_added_source_is_there_after_a_restart(tmp_path: Path) -> None:
    """With all that was said of it, after the given ones."""
    catalogue = Catalogue(tmp_path / "state.db", GIVEN)
    kept = catalogue.add(NEW)
    catalogue.close()

    again = Catalogue(tmp_path / "state.db", GIVEN)

    assert ("added", kept) == (kept.origin, again.get("new"))
    assert ["sample", "bbc", "mine", "new"] == names(again)
    again.close()
    again.close()


def test_removed_sources_stay_removed(tmp_path: Path) -> None:
    """Samples and defaults are remembered as removed; an added one is gone and may come again."""
    catalogue = Catalogue(tmp_path / "state.db", GIVEN)
    catalogue.add(NEW)
    for name in ("sample", "bbc", "new"):
        assert catalogue.remove(name).name == name
    catalogue.close()

    again = Catalogue(tmp_path / "state.db", GIVEN)
    assert ["mine"] == names(again)
    again.add(NEW)
    again.add(DEFAULT)
    assert ["mine", "new", "bbc"] == names(again)
    again.close()


def test_what_the_configuration_names_is_removed_there(tmp_path: Path) -> None:
    """So is nothing that does not exist."""
    catalogue = Catalogue(tmp_path / "state.db", GIVEN)

    with pytest.raises(ValueError, match="configuration file"):
        catalogue.remove("mine")
    with pytest.raises(ValueError, match="no source named"):
        catalogue.remove("nobody")
    catalogue.close()


@pytest.mark.parametrize(
    ("name", "url", "says"),
    [
        ("bbc", "https://other.example/", "named bbc already"),
        ("other", "http://bbc.example/rss/", "followed already, as bbc"),
        ("Not A Name", "https://other.example/", "not of the form"),
    ],
)
def test_a_taken_name_or_address_is_refused(tmp_path: Path, name: str, url: str, says: str) -> None:
    """The sentence says by whom."""
    catalogue = Catalogue(tmp_path / "state.db", GIVEN)

    with pytest.raises(ValueError, match=says):
        catalogue.add(SourceSpec(name=name, url=url))
    assert len(GIVEN) == len(catalogue.all())
    catalogue.close()


def test_the_configuration_stands_above_all(tmp_path: Path) -> None:
    """It hides defaults and added sources of the same name or address."""
    catalogue = Catalogue(tmp_path / "state.db", [DEFAULT])
    catalogue.add(NEW)
    catalogue.close()
    own = [
        SourceSpec(name="my-bbc", url=DEFAULT.url, class_="breaking"),
        SourceSpec(name="new", url="https://newer.example/"),
    ]

    again = Catalogue(tmp_path / "state.db", [DEFAULT, *own])

    assert own == again.all()
    again.close()


def test_several_quotes_may_stand_in_one_file(tmp_path: Path) -> None:
    """Their symbols tell them apart."""
    quotes = [
        SourceSpec(name=symbol.lower(), url="file:///q.csv", kind="market", symbol=symbol)
        for symbol in ("VIX", "BRENT")
    ]
    catalogue = Catalogue(tmp_path / "state.db", quotes)

    assert quotes == catalogue.all()
    catalogue.close()


def test_names_are_made_of_titles_or_hosts_and_are_free(tmp_path: Path) -> None:
    """Accents go, other scripts fall back to the host, a number tells namesakes apart."""
    catalogue = Catalogue(tmp_path / "state.db", GIVEN)
    catalogue.add(NEW)

    assert "cafe-noir" == catalogue.name_for("https://x.example/", "Café — Noir!")
    assert "x.example" == catalogue.name_for("https://www.x.example/rss", "新闻")
    assert ["bbc-2", "new-2"] == [catalogue.name_for("", title) for title in ("BBC", "New")]
    assert "source" == name_for("http://[", "…")
    catalogue.close()


def test_a_file_that_cannot_be_used_is_unavailable(tmp_path: Path) -> None:
    """Neither a folder nor a closed file passes for an empty catalogue."""
    with pytest.raises(Unavailable):
        Catalogue(tmp_path)
    catalogue = Catalogue(tmp_path / "state.db", GIVEN)
    catalogue.close()
    with pytest.raises(Unavailable):
        catalogue.all()
