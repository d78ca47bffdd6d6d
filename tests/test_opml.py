"""Lists of feeds come in from other readers and go out to them."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from streams import SourceSpec
from streams.opml import CLASSES, read_opml, write_opml

DATA = Path(__file__).parent / "data"


def test_a_list_with_folders_gives_its_feeds_once_with_unique_names() -> None:
    """Names are slugs of the titles or hosts; folders and categories that are classes count."""
    specs, problems = read_opml((DATA / "opml-folders.opml").read_bytes())

    assert [
        ("groe-co", "https://a.example/feed", "breaking"),
        ("b", "https://b.example/rss", "analysis"),
        ("b-2", "https://b2.example/rss", "news"),
        ("c.example", "https://www.c.example/rss", "news"),
    ] == [(spec.name, spec.url, spec.class_) for spec in specs]
    assert {"added"} == {spec.origin for spec in specs}
    assert any("more.example" in problem for problem in problems)
    assert any("Local" in problem for problem in problems)


def test_what_is_no_list_is_one_problem() -> None:
    """A feed, a page or nothing at all: no feeds, one sentence."""
    for body in (b"", b"<html></html>", (DATA / "rss-2.0-plain.xml").read_bytes(), b"\xff\x00"):
        specs, problems = read_opml(body)
        assert ([], 1) == (specs, len(problems))


@given(
    st.lists(
        st.sampled_from(
            [
                "<outline>",
                "</outline>",
                "<outline xmlUrl='http://a/'/>",
                "&x;",
                "<body>",
                "</body>",
                "<opml>",
                "<outline type='include'/>",
                "<a:b xmlns:a=''>",
            ]
        ),
        max_size=12,
    )
)
@settings(max_examples=200, deadline=None)
def test_no_broken_list_makes_it_fail(parts: list[str]) -> None:
    """Wrong nesting gives feeds or a problem, never an error."""
    specs, problems = read_opml(("<opml>" + "".join(parts)).encode())

    assert len(specs) <= 1 and len(problems) < 20


urls = st.from_regex(r"https?://[a-z]{1,9}\.example/[a-z0-9?=&'\"%]{0,20}", fullmatch=True)
names = st.from_regex(r"[a-z0-9]([a-z0-9-]?[a-z0-9]){0,10}", fullmatch=True)


@given(st.dictionaries(names, st.tuples(urls, st.sampled_from(CLASSES)), max_size=8))
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_read_back(sources: dict[str, tuple[str, str]]) -> None:
    """Names, addresses and classes come back; only feeds go out."""
    once = {url: (name, url, class_) for name, (url, class_) in sources.items()}
    specs = [SourceSpec(name=name, url=url, class_=class_) for name, url, class_ in once.values()]
    quotes = SourceSpec(name="vix", url="file:///vix.csv", kind="market")

    back, problems = read_opml(write_opml([*specs, quotes]))

    assert [] == problems
    assert list(once.values()) == [(spec.name, spec.url, spec.class_) for spec in back]
