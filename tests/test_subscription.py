"""A feed as a source: handed out until committed, resumed after a restart; with full articles."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.item import Item
from streams.source import Unavailable
from streams.subscription import ARTICLES_PER_POLL
from tests.feed_bench import Bench, feed_bench, ids, numbered
from tests.local_server import Reply


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench whose files and connections are closed after the test."""
    with feed_bench(tmp_path) as opened:
        yield opened


def test_entries_come_oldest_first_and_again_until_committed(bench: Bench) -> None:
    """Two polls without a commit hand out the same entries with a single request."""
    bench.server.script("/feed", Reply(body=numbered(1, 3)))
    source = bench.source()

    first = source.poll(0)

    assert [entry.id for entry in first] == ["n1", "n2", "n3"]
    assert source.poll(0) is first
    assert len(bench.asked()) == 1
    source.commit()
    assert source.cursor.last_new == source.cursor.last_success == bench.clock()
    source.commit()
    source.close()
    source.close()


def test_304_after_a_restart(bench: Bench) -> None:
    """Validators are kept over a restart: nothing new costs one small request."""
    headers = {"ETag": '"a"', "Last-Modified": "Sun, 01 Mar 2026 11:00:00 GMT"}
    bench.server.script("/feed", Reply(body=numbered(1, 3), headers=headers), Reply(status=304))
    ids(bench.source())

    restarted = bench.source()

    assert not restarted.due(bench.clock())
    assert ids(restarted) == []
    sent = bench.asked()[1].headers
    assert sent["if-none-match"] == '"a"'
    assert sent["if-modified-since"] == "Sun, 01 Mar 2026 11:00:00 GMT"
    assert restarted.cursor.etag == '"a"'


def test_crash_before_the_commit_loses_nothing(bench: Bench) -> None:
    """What was polled but not committed is polled again by the next process."""
    bench.server.script("/feed", Reply(body=numbered(1, 3), headers={"ETag": '"a"'}))
    bench.source().poll(0)

    restarted = bench.source()

    assert restarted.due(bench.clock())
    assert ids(restarted) == ["n1", "n2", "n3"]
    assert "if-none-match" not in bench.asked()[1].headers


def test_page_that_is_no_feed_is_a_failure(bench: Bench) -> None:
    """An HTML page in the place of the feed is said to be none."""
    page = Reply(body=b"<!doctype html><html><body>Sign in</body></html>")
    bench.server.script("/feed", page)
    source = bench.source()

    with pytest.raises(Unavailable):
        source.poll(0)
    assert source.cursor.failures == 1 and source.cursor.last_error


def long_text(url: str) -> str:
    """The article behind `url`, longer than any text of the feed."""
    return f"The whole article behind {url}, with all its paragraphs and not only its first words."


def test_full_text_replaces_the_feeds_own(bench: Bench) -> None:
    """With `full_text` the item says what the article says, and is not handed out twice."""
    bench.server.script("/feed", Reply(body=numbered(1, 2)), Reply(body=numbered(1, 3)))
    source = bench.source(article=long_text, full_text=True)

    texts = [entry.text for entry in source.poll(0) if isinstance(entry, Item)]
    source.commit()

    assert texts == [long_text("http://wire.example/n1"), long_text("http://wire.example/n2")]
    assert ids(source) == ["n3"]


def test_without_full_text_no_article_is_fetched(bench: Bench) -> None:
    """Articles are fetched for sources that want them only."""
    bench.server.script("/feed", Reply(body=numbered(1, 2)))

    entries = bench.source(article=long_text).poll(0)

    assert [entry.text for entry in entries if isinstance(entry, Item)] == ["text 1", "text 2"]


def test_failing_article_leaves_the_feeds_own_text(bench: Bench) -> None:
    """No article, a shorter one, a host in trouble: the feed's words stay; trouble is retried."""
    answers: dict[str, str | None] = {"n1": None, "n2": "x"}

    def article(url: str) -> str | None:
        name = url.rsplit("/", 1)[1]
        if name not in answers:
            raise Unavailable("try later")
        return answers[name]

    headers = {"ETag": '"a"'}
    bench.server.script("/feed", Reply(body=numbered(1, 3), headers=headers))
    source = bench.source(article=article, full_text=True)

    texts = [entry.text for entry in source.poll(0) if isinstance(entry, Item)]
    source.commit()
    assert texts == ["text 1", "text 2", "text 3"]

    answers["n3"] = long_text("n3")
    again = [entry.text for entry in source.poll(0) if isinstance(entry, Item)]
    source.commit()
    assert again == [long_text("n3")]
    assert "if-none-match" not in bench.asked()[1].headers
    assert ids(source) == []


def test_one_poll_fetches_a_bounded_number_of_articles(bench: Bench) -> None:
    """A long feed does not hold its source up: the newest articles first, the rest next time."""
    asked: list[str] = []

    def article(url: str) -> str | None:
        asked.append(url.rsplit("/", 1)[1])
        return long_text(url)

    bench.server.script("/feed", Reply(body=numbered(1, ARTICLES_PER_POLL + 5)))
    source = bench.source(article=article, full_text=True)

    assert len(ids(source)) == ARTICLES_PER_POLL + 5
    assert asked == [f"n{number}" for number in range(ARTICLES_PER_POLL + 5, 5, -1)]
    assert ids(source) == ["n1", "n2", "n3", "n4", "n5"]
    assert ids(source) == []
