"""The typed client against a real service, and against what is none."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from query.client import Client, NotRunning, Rejected
from query.schema import SearchResponse
from streams import Unavailable
from tests.home import Home, open_home, write_feed
from tests.local_server import LocalServer, Reply

ITEM = {"source": "desk", "id": "..", "title": "Otters", "text": "Otters swim in the river."}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A Freshwire that follows one feed."""
    folder = tmp_path_factory.mktemp("home")
    with open_home(folder, write_feed(folder / "wire.xml", a="One.", b="Two.")) as home:
        yield home


@pytest.fixture
def client(home: Home) -> Iterator[Client]:
    """A client of it."""
    with Client(home.url) as client:
        yield client


def test_added_items_are_found_and_shown(client: Client) -> None:
    """Items go in and come out typed; an id of two dots is an id."""
    added = client.add([ITEM], wait=True)
    found = client.search("otters river", limit=1, sources=["desk"], explain=True)
    shown = client.item("desk", "..")

    assert added.searchable
    assert (found.hits[0].id, found.hits[0].class_) == ("..", "news")
    assert found.hits[0].why
    assert shown.versions[0].text == ITEM["text"]


def test_answer_over_http_prints_as_one_made_here(home: Home, client: Client) -> None:
    """The JSON that a command prints is the same with and without a daemon."""
    request = {"query": "otters", "as_of": datetime(2199, 1, 1, tzinfo=UTC)}
    over_http = client.search(**request)
    again = SearchResponse.model_validate_json(over_http.to_json())

    assert again == over_http
    assert '"class":"news"' in over_http.to_json()


def test_body_of_lines_is_sent_as_it_is(client: Client) -> None:
    """A file of NDJSON goes through whole, its bad lines named."""
    added = client.add(b'{"source":"desk","text":"x"}\nbad\n', content_type="application/x-ndjson")

    assert (added.accepted, [bad.index for bad in added.malformed]) == (1, [1])


def test_question_is_answered_and_streamed(client: Client) -> None:
    """The last event of a stream is the answer that comes without one."""
    client.add([ITEM], wait=True)
    whole = client.ask("Where do otters swim in the river?", recency="off")
    events = list(client.ask_stream("Where do otters swim in the river?", recency="off"))

    assert (events[0].event, events[-1].event) == ("meta", "done")
    assert events[-1].data["answer"] == whole.answer


def test_any_text_can_be_asked(client: Client) -> None:
    """Arguments of a command may hold bytes that are no UTF-8."""
    assert client.search("\udc80 otters \u2028 \0").hits
    assert client.ask("\udc80").question


def test_sources_are_followed_and_left(client: Client) -> None:
    """Add, list, poll one or all, remove."""
    added = client.add_source("http://127.0.0.1:9/x", name="off", class_="analysis")
    polled = client.poll("off")
    everything = client.poll()
    listed = client.sources()
    client.remove_source("off")

    assert (added.name, added.class_) == ("off", "analysis")
    assert polled[0].error
    assert {poll.name for poll in everything} == {"off", "wire"}
    assert [source.name for source in listed] == ["off", "wire"]


def test_operator_sees_state_and_dead_letters(client: Client) -> None:
    """Status, health, readiness; dead letters listed, shown, replayed and dropped."""
    client.add([ITEM | {"id": "x", "text": "unembeddable"}], wait=True)
    number = client.dead(source="desk").letters[0].number

    assert client.health().status == "alive"
    assert client.ready().ready
    assert client.status().dead_letters == 1
    assert "unembeddable" in (client.dead_show(number).raw or "")
    assert client.dead_replay().dead == 1
    assert client.dead_replay([number]).dead == 1
    assert client.dead_drop([number]).dropped == 1
    assert client.dead().count == 0


def test_refusal_carries_the_problem(client: Client) -> None:
    """What Freshwire says no to comes as Rejected, with its words."""
    with pytest.raises(Rejected, match="no item") as unknown:
        client.item("desk", "never")
    with pytest.raises(Rejected) as invalid:
        client.search("x", limit=0)

    assert unknown.value.status == 404
    assert invalid.value.problem["errors"][0]["field"] == "limit"


def test_nobody_there_says_how_to_start() -> None:
    """With no daemon, the sentence says what to type."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with (
            Client(url) as client,
            pytest.raises(NotRunning, match=f"no Freshwire answers on {url}; .*freshwire run"),
        ):
            client.status()


def test_strangers_and_outages_are_unavailable() -> None:
    """Another program on the port, a busy Freshwire, a garbled answer."""
    with LocalServer() as server, Client(server.url("")) as client:
        server.script("/status", Reply(body=b"<html>"))
        with pytest.raises(Unavailable, match="is no Freshwire"):
            client.status()
        busy = Reply(status=503, body=b'{"detail": "full"}', headers={"Retry-After": "7"})
        server.script("/status", busy)
        with pytest.raises(Unavailable, match="full") as failure:
            client.status()
        server.script("/status", Reply(body=b"plain", headers={"Content-Encoding": "gzip"}))
        with pytest.raises(Unavailable, match="broke off"):
            client.status()
        server.script("/status", Reply(status=404))
        with pytest.raises(Rejected):
            client.status()

    assert failure.value.retry_after == timedelta(seconds=7)


def test_reader_that_only_answers_rejects_items(tmp_path: Path) -> None:
    """Where nothing is taken in, adding is refused with a sentence."""
    with (
        open_home(tmp_path, writes=False) as home,
        Client(home.url) as client,
        pytest.raises(Rejected, match="only answers questions"),
    ):
        client.add([ITEM])
