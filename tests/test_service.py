"""The HTTP service over a real index and a real daemon."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from query.guard import OTHER_BYTES
from query.schema_operator import AddResponse
from tests.home import Home, open_home, write_feed

RATES = "The central bank kept its target range at three to four percent."
QUESTION = "What target range has the central bank kept?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A Freshwire that follows one feed and holds some pushed items."""
    folder = tmp_path_factory.mktemp("home")
    spec = write_feed(folder / "wire.xml", a=RATES, b="A bridge was opened in the north.")
    with open_home(folder, spec) as home:
        assert home.http.post("/poll").status_code == 200
        yield home


def push(home: Home, *items: dict[str, object]) -> AddResponse:
    """Push items and wait until they are searchable."""
    answer = home.http.post("/items?wait=true", json=list(items))
    assert answer.status_code == 200, answer.text
    return AddResponse.model_validate(answer.json())


def item(id: str, text: str, **rest: object) -> dict[str, object]:
    """An item of the newsroom, as a sender writes it."""
    return {"source": "newsroom", "id": id, "text": text, "published": "2026-03-12"} | rest


def test_pushed_item_is_found_once_the_answer_comes(home: Home) -> None:
    """With wait=true, an item is searchable when the push is answered."""
    answer = push(home, item("1", "Zebras were counted on the plain."))

    hits = home.http.post("/search", json={"query": "zebras counted"}).json()["hits"]
    assert (answer.accepted, answer.searchable) == (1, True)
    assert (hits[0]["source"], hits[0]["id"]) == ("newsroom", "1")


def test_push_without_waiting_answers_once_it_is_durable(home: Home) -> None:
    """Without wait the counts that only indexing knows are 0."""
    sent = [item("2", "Otters.")]
    answer = home.http.post("/items", json=sent)
    again = push(home, *sent)

    assert answer.json()["accepted"] == 1
    assert answer.json()["searchable"] is False
    assert again.unchanged == 1


def test_bad_items_are_named_by_place_and_the_good_ones_go_through(home: Home) -> None:
    """One call may hold good, bad, known and unusable items; each is accounted for."""
    push(home, item("known", "Known already."))
    answer = push(
        home,
        item("good", "Good."),
        {"id": "no source", "text": "x"},
        item("known", "Known already."),
        item("bad", "This is unembeddable, alas."),
        item("long", "", title="x"),
    )

    assert (answer.accepted, answer.unchanged) == (1, 1)
    assert [bad.index for bad in answer.malformed] == [1, 3, 4]
    assert answer.malformed[0].error.startswith("source: missing")
    assert "cannot be embedded" in answer.malformed[1].error


def test_withdrawal_counts_as_accepted_and_is_shown(home: Home) -> None:
    """A withdrawn item keeps its text in its history, marked as closed, and its withdrawal."""
    push(home, item("gone", "It was so."))
    answer = push(home, {"source": "newsroom", "id": "gone", "withdrawn": True})
    versions = home.http.get("/items/newsroom/gone").json()["versions"]

    assert answer.accepted == 1
    assert [version["withdrawn"] for version in versions] == [False, True]
    assert versions[0]["superseded"]


def test_versions_in_one_push_follow_each_other(home: Home) -> None:
    """An item edited and edited back within one request has three versions, the last current."""
    items = [{"source": "a", "id": "aba", "text": text} for text in ("One.", "Two.", "One.")]

    answer = home.http.post("/items?wait=true", json=items).json()
    versions = home.http.get("/items/a/aba").json()["versions"]

    assert (3, 0, 0) == (answer["accepted"], answer["unchanged"], answer["ignored"])
    assert ["One.", "Two.", "One."] == [version["text"] for version in versions]
    assert [False, False, True] == [version["superseded"] is None for version in versions]


def test_ndjson_is_read_line_by_line(home: Home) -> None:
    """A bad line does not spoil the others."""
    body = json.dumps(item("n1", "Line one.")) + "\n{broken\n" + json.dumps(item("n2", "Two."))
    headers = {"Content-Type": "application/x-ndjson"}
    answer = home.http.post("/items?wait=true", content=body, headers=headers).json()

    assert answer["accepted"] == 2
    assert [bad["index"] for bad in answer["malformed"]] == [1]


def test_item_is_shown_with_every_version_in_full(home: Home) -> None:
    """The text of a version is all of it, however it was cut; ids may hold anything."""
    id = "https://example.org/a?b=c#d/ü %2F"
    first = {"updated": "2026-03-12T10:00:00Z", "url": "https://example.org/a"}
    push(home, item(id, "First. Second. Third.", **first))
    push(home, item(id, "First. Changed.", updated="2026-03-12T11:00:00Z"))
    shown = home.http.get(f"/items/newsroom/{quote(id, safe='')}").json()

    assert shown["id"] == id
    assert [v["text"] for v in shown["versions"]] == ["First. Second. Third.", "First. Changed."]
    assert shown["versions"][0]["superseded"]
    assert not shown["versions"][1]["superseded"]


def test_unknown_item_is_a_problem_document(home: Home) -> None:
    """What is not held is told in the form of RFC 9457."""
    answer = home.http.get("/items/newsroom/never")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Not Found"


def test_question_is_answered_with_its_sources(home: Home) -> None:
    """The answer cites the feed's item, with its age and the window searched."""
    answer = home.http.post("/ask", json={"question": QUESTION}).json()

    assert "three to four percent" in answer["answer"]
    assert answer["citations"][0]["source"] == "wire"
    assert answer["citations"][0]["age_seconds"] > 0


def test_streamed_answer_ends_with_the_whole(home: Home) -> None:
    """Events meta, sentence and done; each sentence comes with its citations."""
    body = {"question": QUESTION, "stream": True}
    answer = home.http.post("/ask", json=body)
    events = [event.split("\n") for event in answer.text.strip().split("\n\n")]
    names = [lines[0] for lines in events]

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert names[0] == "event: meta"
    assert set(names[1:-1]) == {"event: sentence"}
    assert names[-1] == "event: done"
    assert json.loads(events[1][1].removeprefix("data: "))["citations"]


def test_day_as_of_means_its_end(home: Home) -> None:
    """The morning before the items were published, nothing is there; that day, they are."""
    before = home.http.post("/search", json={"query": "bridge", "as_of": "2026-03-11"}).json()
    day = home.http.post("/search", json={"query": "bridge", "as_of": "2026-03-12"}).json()

    assert before["hits"] == []
    assert day["hits"][0]["id"] == "b"
    assert day["window"]["as_of"].startswith("2026-03-12T23:59:59")


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "x", "asof": "2020-01-01"}',
        b'{"query": "x", "as_of": "soon"}',
        b'{"query": "x", "as_of": "0001-01-01"}',
        b'{"query": "x", "limit": 0}',
        b'{"query": "x", "limit": 1e400}',
        b'{"query": "x", "recency": {"half_life_hours": NaN, "weight": 0.5}}',
        b'{"query": "x", "since": "2025", "until": "2024"}',
        b'{"query": 1}',
        b'{"query": "x"',
        b"\xff",
        b"[" * 100_000,
        b"",
    ],
)
def test_request_that_means_nothing_is_refused(home: Home, body: bytes) -> None:
    """Each is answered 400 with what is wrong, never with an error of ours."""
    headers = {"Content-Type": "application/json"}
    answer = home.http.post("/search", content=body, headers=headers)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ["", " ", "\\u0000", "\\ud800", "\\ud83d\\ude00", "OR NOT (", "%"]
)
def test_any_text_is_a_question(home: Home, query: str) -> None:
    """Search and ask answer whatever is asked."""
    headers = {"Content-Type": "application/json"}
    for path, name in (("/search", "query"), ("/ask", "question")):
        body = f'{{"{name}": "{query}"}}'.encode()
        assert home.http.post(path, content=body, headers=headers).status_code == 200


def test_foreign_names_are_refused(home: Home) -> None:
    """A page whose name was turned to this machine (DNS rebinding) gets nothing."""
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[::1", "localhost@evil.example"):
        assert home.http.get("/status", headers={"Host": host}).status_code == 421
    for host in ("localhost:8787", "127.0.0.1", "[::1]:8787", "LOCALHOST"):
        assert home.http.get("/health", headers={"Host": host}).status_code == 200


def test_other_sites_cannot_write(home: Home) -> None:
    """No form and no script of another page can push, poll or remove."""
    form = {"Content-Type": "text/plain"}
    assert home.http.post("/items", content=b"{}", headers=form).status_code == 415
    elsewhere = {"Origin": "https://evil.example"}
    assert home.http.post("/poll", headers=elsewhere).status_code == 403
    assert home.http.post("/poll", headers={"Origin": "null"}).status_code == 403
    assert home.http.post("/poll", headers={"Origin": "http://localhost:3000"}).status_code == 403
    assert home.http.post("/poll", headers={"Origin": home.url}).status_code == 200


def test_large_bodies_are_refused(home: Home) -> None:
    """By their length, and by what comes when they do not say it."""
    large = b'"' + b"x" * OTHER_BYTES + b'"'
    headers = {"Content-Type": "application/json"}

    assert home.http.post("/search", content=large, headers=headers).status_code == 413
    parts = iter([large[:1000], large[1000:]])
    assert home.http.post("/search", content=parts, headers=headers).status_code == 413


def test_sources_are_added_listed_polled_and_removed(home: Home) -> None:
    """A source that cannot be reached says so; its name comes from its address."""
    url = "http://127.0.0.1:9/feed.xml"
    added = home.http.post("/sources", json={"url": url, "class": "breaking"})
    name = added.json()["name"]
    again = home.http.post("/sources", json={"url": url})
    polled = home.http.post(f"/sources/{name}/poll").json()
    listed = {one["name"]: one for one in home.http.get("/sources").json()["sources"]}
    removed = home.http.delete(f"/sources/{name}")

    assert (added.status_code, added.json()["class"]) == (201, "breaking")
    assert again.status_code == 409
    assert polled["error"]
    assert listed[name]["health"] == "failing"
    assert removed.json() == {"removed": name}
    assert home.http.delete(f"/sources/{name}").status_code == 404
    assert home.http.delete("/sources/wire").status_code == 409


def test_source_must_be_on_the_web(home: Home) -> None:
    """Nobody may read this machine's files through a source."""
    for url in ("file:///etc/passwd", "ftp://x/", "http://", "x", "http://[", "http://a b/"):
        assert home.http.post("/sources", json={"url": url}).status_code == 400


def test_poll_tells_what_it_brought(tmp_path: Path) -> None:
    """New, updated and unchanged items are counted once they are searchable."""
    spec = write_feed(tmp_path / "wire.xml", a="One.", b="Two.")
    with open_home(tmp_path, spec) as home:
        home.http.post("/sources/wire/poll")
        write_feed(tmp_path / "wire.xml", a="One.", b="Two, but longer.", c="Three.")
        second = home.http.post("/sources/wire/poll").json()
        unknown = home.http.post("/sources/nobody/poll")

    assert (second["new"], second["updated"], second["error"]) == (1, 1, "")
    assert unknown.status_code == 404


def test_dead_letters_are_listed_shown_replayed_and_dropped(tmp_path: Path) -> None:
    """What broke on its way is kept as it came until it goes through or is dropped."""
    with open_home(tmp_path) as home:
        push(home, item("x", "unembeddable one"), item("y", "unembeddable two"))
        listed = home.http.get("/dead?source=newsroom").json()
        number = listed["letters"][0]["number"]
        shown = home.http.get(f"/dead/{number}").json()
        replayed = home.http.post("/dead/replay", json={"all": True}).json()
        both = home.http.post("/dead/replay", json={"all": True, "numbers": [1]})
        dropped = home.http.delete("/dead", params={"numbers": [number]}).json()
        left = home.http.get("/dead").json()["count"]
        gone = home.http.get(f"/dead/{number}").status_code

    assert listed["count"] == 2
    assert "unembeddable" in shown["raw"]
    assert (replayed["replayed"], replayed["dead"]) == (2, 2)
    assert (both.status_code, dropped, left, gone) == (400, {"dropped": 1}, 1, 404)


def test_reader_without_a_daemon_takes_nothing_in(tmp_path: Path) -> None:
    """It answers questions; every route that writes says 405."""
    with open_home(tmp_path, writes=False) as home:
        written = [
            home.http.post("/items", json=[item("1", "x")]),
            home.http.post("/sources", json={"url": "http://a.example/"}),
            home.http.delete("/sources/a"),
            home.http.post("/sources/a/poll"),
            home.http.post("/poll"),
            home.http.post("/dead/replay", json={"all": True}),
            home.http.delete("/dead?numbers=1"),
        ]
        assert [answer.status_code for answer in written] == [405] * len(written)
        assert all("allow" in answer.headers for answer in written)
        assert home.http.post("/search", json={"query": "x"}).json()["hits"] == []
        assert home.http.get("/ready").status_code == 200
        assert home.http.get("/sources").json() == {"sources": []}


def test_status_says_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    """Failing sources, dead letters and what is newest, on one screen."""
    spec = write_feed(tmp_path / "wire.xml", a="One.")
    with open_home(tmp_path, spec) as home:
        home.http.post("/poll")
        added = home.http.post("/sources", json={"url": "http://127.0.0.1:9/", "name": "off"})
        home.http.post("/sources/off/poll")
        push(home, item("x", "unembeddable"))
        status = home.http.get("/status").json()

    assert added.status_code == 201
    assert (status["ready"], status["version"], status["dead_letters"]) == (True, "1.2.3", 1)
    assert [source["name"] for source in status["failing"]] == ["off"]
    assert status["newest"]["id"] == "a"
    assert {problem["do"].split(";")[0] for problem in status["problems"]} >= {
        "freshwire sources list",
        "freshwire dead list",
    }


def test_metrics_tell_items_sources_and_latency(home: Home) -> None:
    """Prometheus reads counts by outcome, sources by health and times by route."""
    home.http.get("/items/newsroom/never")
    text = home.http.get("/metrics").text

    assert 'freshwire_items_total{outcome="indexed"}' in text
    assert 'freshwire_sources{health="ok"} 1.0' in text
    assert 'freshwire_chunks{part="current"}' in text
    assert "freshwire_inbox_pending 0.0" in text
    assert "freshwire_dead_letters" in text
    assert 'route="/items/{source}/{id:path}",status="404"' in text


def test_stopped_index_is_not_ready(tmp_path: Path) -> None:
    """A service whose daemon ends says so, with 503."""
    with open_home(tmp_path) as home:
        assert home.http.get("/health").json()["status"] == "alive"
        assert home.daemon
        home.daemon.end()
        answer = home.http.get("/ready")
        waited = home.http.post("/items?wait=true", json=item("1", "x")).json()

    assert answer.status_code == 503
    assert answer.json()["missing"]
    assert (waited["accepted"], waited["searchable"]) == (1, False)


def test_page_answers_without_scripts(home: Home) -> None:
    """A question in the address is answered on the page, with its sources."""
    page = home.http.get("/", params={"q": QUESTION})

    assert page.status_code == 200
    assert "three to four percent" in page.text
    assert "Title of a" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert home.http.get("/page/style.css").headers["content-type"].startswith("text/css")


def test_page_has_a_space_between_its_sentences(home: Home) -> None:
    """Facts that stand beside each other do not run together."""
    page = home.http.get("/", params={"q": QUESTION})

    text = " ".join(re.sub(r"<[^>]*>", "", page.text).split())
    assert "Ready. " in text or "Not ready yet. " in text
    assert re.search(r"Title of a\S* \S", text)


def test_page_shows_hostile_text_as_text(home: Home) -> None:
    """Neither a question nor an item can add to the page's markup."""
    text = "<script>alert(1)</script> quaggas graze at dawn on <b>Monday</b>."
    push(home, item("evil", text, title='"><img src=x onerror=alert(1)>'))
    page = home.http.get("/", params={"q": "<script>quaggas</script> graze at dawn on Monday?"})

    assert page.status_code == 200
    assert "<script" not in page.text
    assert "<img" not in page.text
