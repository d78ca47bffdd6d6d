"""Full articles: extracted, robots.txt obeyed, each host at its own pace."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.article import Articles, extract
from streams.response import Response
from streams.source import Unavailable
from tests.fakes import Clock
from tests.local_server import LocalServer, Reply, fetchers

SENTENCE = "The committee left its target range unchanged, and the chair explained at length why. "
PAGE = (
    "<html><head><title>Rates</title></head><body><nav><a href='/'>Home</a> Menu</nav>"
    f"<article><h1>Rates unchanged</h1><p>{SENTENCE * 5}</p><p>{SENTENCE * 4}</p></article>"
    "<footer>Imprint and cookies</footer></body></html>"
).encode()
HTML = {"Content-Type": "text/html; charset=utf-8"}


class Desk:
    """Articles with a clock of their own; sleeping moves it and is noted."""

    def __init__(self, articles: Callable[..., Articles]) -> None:
        self.clock = Clock()
        self.slept: list[float] = []
        self.articles = articles(now=self.clock, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.slept.append(seconds)
        self.clock.advance(seconds=seconds)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    """A scripted server whose /a, /b and /private are articles."""
    with LocalServer() as running:
        for path in ("/a", "/b", "/private/a"):
            running.script(path, Reply(body=PAGE, headers=HTML))
        yield running


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Articles over real HTTP."""
    with fetchers() as build:
        fetcher = build()
        yield Desk(lambda **rest: Articles(fetcher, **rest))


def paths(server: LocalServer) -> list[str]:
    """What was asked for, in order."""
    return [request.path for request in server.requests]


def test_article_is_its_text_without_the_menus(server: LocalServer, desk: Desk) -> None:
    """The article's paragraphs arrive, navigation and footer do not."""
    text = desk.articles.full_text(server.url("/a"))

    assert text is not None and SENTENCE.strip() in text
    assert "Imprint" not in text and "Menu" not in text


def test_robots_txt_is_obeyed_and_asked_once(server: LocalServer, desk: Desk) -> None:
    """A forbidden path is not fetched, an allowed one is, with one look at the rules."""
    server.script("/robots.txt", Reply(body=b"User-agent: freshwire\nDisallow: /private/\n"))

    assert desk.articles.full_text(server.url("/private/a")) is None
    assert desk.articles.full_text(server.url("/a"))
    assert paths(server) == ["/robots.txt", "/a"]


def test_rules_expire(server: LocalServer, desk: Desk) -> None:
    """After half a day the rules are read again."""
    desk.articles.full_text(server.url("/a"))
    desk.clock.advance(hours=13)
    server.script("/robots.txt", Reply(body=b"User-agent: *\nDisallow: /\n"))

    assert desk.articles.full_text(server.url("/b")) is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_robots_txt_in_trouble_forbids_for_a_while(
    status: int, server: LocalServer, desk: Desk
) -> None:
    """RFC 9309: a server that cannot give its rules now is left alone, then asked again."""
    server.script("/robots.txt", Reply(status=status), Reply(status=404))

    with pytest.raises(Unavailable, match=r"robots\.txt"):
        desk.articles.full_text(server.url("/a"))
    with pytest.raises(Unavailable, match=r"robots\.txt"):
        desk.articles.full_text(server.url("/a"))
    assert paths(server) == ["/robots.txt"]
    desk.clock.advance(minutes=31)
    assert desk.articles.full_text(server.url("/a"))


def test_redirect_into_forbidden_ground_gives_nothing(server: LocalServer, desk: Desk) -> None:
    """The rules count for where the article really is."""
    server.script("/robots.txt", Reply(body=b"User-agent: *\nDisallow: /private/\n"))
    server.script("/a", Reply(status=302, headers={"Location": "/private/a"}))

    assert desk.articles.full_text(server.url("/a")) is None


def test_one_host_is_asked_at_its_own_pace(server: LocalServer, desk: Desk) -> None:
    """Two seconds between articles, or what Crawl-delay says."""
    desk.articles.full_text(server.url("/a"))
    desk.articles.full_text(server.url("/b"))
    desk.clock.advance(hours=13)
    server.script("/robots.txt", Reply(body=b"User-agent: *\nCrawl-delay: 7\n"))
    desk.articles.full_text(server.url("/a"))
    desk.articles.full_text(server.url("/b"))

    assert desk.slept == [2.0, 7.0]


def test_very_slow_host_is_left_for_later(server: LocalServer, desk: Desk) -> None:
    """An hour between two articles is respected by not waiting for it."""
    server.script("/robots.txt", Reply(body=b"User-agent: *\nCrawl-delay: 3600\n"))

    with pytest.raises(Unavailable, match="enough articles"):
        desk.articles.full_text(server.url("/a"))


@pytest.mark.parametrize(
    ("status", "passing"), [(404, False), (410, False), (403, False), (503, True)]
)
def test_missing_article_is_none_and_trouble_is_passing(
    status: int, passing: bool, server: LocalServer, desk: Desk
) -> None:
    """What will not come is given up, what may come later is Unavailable."""
    server.script("/a", Reply(status=status))

    if passing:
        with pytest.raises(Unavailable):
            desk.articles.full_text(server.url("/a"))
    else:
        assert desk.articles.full_text(server.url("/a")) is None


@pytest.mark.parametrize("url", ["", "http://[", "news", "mailto:a@b", "//x"])
def test_link_that_is_no_url_has_no_article(url: str, desk: Desk) -> None:
    """Feeds link to anything."""
    assert desk.articles.full_text(url) is None


@pytest.mark.parametrize(
    "rules", [b"User-agent: *\nDisallow: //[\n", b"User-agent: *\nCrawl-delay: %C2%B2\n"]
)
def test_rules_that_break_the_library_forbid(rules: bytes, server: LocalServer, desk: Desk) -> None:
    """A robots.txt that cannot be understood is taken for a no."""
    server.script("/robots.txt", Reply(body=rules))

    assert desk.articles.full_text(server.url("/a")) is None


@settings(max_examples=40, deadline=timedelta(seconds=5))
@given(st.binary(max_size=300), st.sampled_from(["", "text/html", "text/html; charset=x"]))
def test_hostile_pages_never_raise(body: bytes, content_type: str) -> None:
    """Any bytes are an article or none."""
    page = Response(status=200, url="http://h/", body=b"<html>" + body, content_type=content_type)

    text = extract(page)

    assert text is None or text
