"""A typed client of a running Freshwire, over its HTTP API; the answers are those of the schema."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import quote

import httpx
import pydantic

from query import schema_operator as operator
from query.schema import AskResponse, ItemResponse, SearchResponse
from query.wire import Wire
from streams import Unavailable

#: Seconds to reach a server on this machine or near it.
CONNECT_SECONDS = 5.0

#: Seconds for what ends only when a poll or a batch of items is committed.
LONG_SECONDS = 900.0

_Answer = TypeVar("_Answer", bound=Wire)


class NotRunning(Unavailable):
    """Nothing listens at the address."""


class Rejected(Exception):
    """Freshwire answered, and said no; `problem` is its problem document (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail") or problem.get("title") or f"HTTP {status}"))
        self.status = status
        self.problem = problem


class StreamEvent(NamedTuple):
    """One event of a streamed answer: `meta`, `sentence`, `done` or `error`."""

    event: str
    data: dict[str, Any]


class Client:
    """Asks a running Freshwire. Every method raises Unavailable, NotRunning or Rejected."""

    def __init__(
        self, base_url: str = "http://127.0.0.1:8787", timeout: float = 30.0, *, key: str = ""
    ) -> None:
        self.base_url = base_url.rstrip("/")
        try:
            self._http = httpx.Client(
                base_url=self.base_url,
                timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
                # proxies of the environment are for the world outside
                trust_env=False,
                headers={"Authorization": f"Bearer {key}"} if key else None,
            )
        except httpx.InvalidURL as error:
            raise Unavailable(f"{base_url!r} is no address of a Freshwire: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def search(self, query: str, **options: Any) -> SearchResponse:
        """Hits for `query`; options as in `query.bodies.SearchBody`, None meaning its default."""
        return self._json(SearchResponse, "POST", "/search", **_body(query=query, **options))

    def ask(self, question: str, **options: Any) -> AskResponse:
        """The answer to `question`; options as in `query.bodies.AskBody`."""
        return self._json(AskResponse, "POST", "/ask", **_body(question=question, **options))

    def ask_stream(self, question: str, **options: Any) -> Iterator[StreamEvent]:
        """The events of the answer as they come; the last is `done` or `error`."""
        body = _body(question=question, **options, stream=True)
        try:
            with self._http.stream("POST", "/ask", **body) as response:
                if response.status_code != 200:
                    response.read()
                    raise _refusal(response)
                yield from _events(response.iter_lines())
        except httpx.HTTPError as error:
            raise self._failure(error) from error

    def add(
        self,
        items: bytes | Sequence[Mapping[str, Any]],
        wait: bool = False,
        *,
        content_type: str = "application/json",
    ) -> operator.AddResponse:
        """Push items, or a body of JSON or NDJSON as it is; with `wait` they are searchable."""
        body = items if isinstance(items, bytes) else json.dumps([dict(one) for one in items])
        sent: dict[str, Any] = {"content": body, "headers": {"Content-Type": content_type}}
        params = {"wait": "true"} if wait else {}
        return self._json(
            operator.AddResponse, "POST", "/items", params=params, timeout=LONG_SECONDS, **sent
        )

    def item(self, source: str, id: str) -> ItemResponse:
        """Every version of an item; Rejected with status 404 when there is none."""
        return self._json(ItemResponse, "GET", f"/items/{_segment(source)}/{_segment(id)}")

    def sources(self) -> list[operator.SourceView]:
        """Every source and how it is doing."""
        return self._json(operator.SourceList, "GET", "/sources").sources

    def add_source(self, url: str, **options: Any) -> operator.SourceView:
        """Follow one more feed; options as in `query.bodies.SourceBody`."""
        return self._json(operator.SourceView, "POST", "/sources", **_body(url=url, **options))

    def remove_source(self, name: str) -> operator.Removed:
        """Follow a source no longer."""
        return self._json(operator.Removed, "DELETE", f"/sources/{_segment(name)}")

    def poll(self, name: str | None = None) -> list[operator.PollResult]:
        """Poll one source now, or all; what each brought, once it is committed."""
        if name is None:
            answer = self._json(operator.PollList, "POST", "/poll", timeout=LONG_SECONDS)
            return answer.polls
        path = f"/sources/{_segment(name)}/poll"
        return [self._json(operator.PollResult, "POST", path, timeout=LONG_SECONDS)]

    def status(self) -> operator.Status:
        """Is it well, how fresh, what is wrong, what to do."""
        return self._json(operator.Status, "GET", "/status")

    def health(self) -> operator.Health:
        """The process answers."""
        return self._json(operator.Health, "GET", "/health")

    def ready(self) -> operator.Ready:
        """Whether questions can be answered, and if not, what is missing."""
        return self._json(operator.Ready, "GET", "/ready", fine=(200, 503))

    def dead(self, source: str = "", limit: int = 100) -> operator.DeadList:
        """The latest dead letters, of one source or all."""
        params = {"source": source, "limit": limit} if source else {"limit": limit}
        return self._json(operator.DeadList, "GET", "/dead", params=params)

    def dead_show(self, number: int) -> operator.DeadView:
        """One dead letter with the item as it came."""
        return self._json(operator.DeadView, "GET", f"/dead/{number}")

    def dead_replay(self, numbers: Sequence[int] | None = None) -> operator.DeadReplay:
        """Index these dead letters again, or all."""
        body = _body(all=True) if numbers is None else _body(numbers=list(numbers))
        return self._json(operator.DeadReplay, "POST", "/dead/replay", timeout=LONG_SECONDS, **body)

    def dead_drop(self, numbers: Sequence[int]) -> operator.DeadDrop:
        """Remove these dead letters for good."""
        return self._json(operator.DeadDrop, "DELETE", "/dead", params={"numbers": list(numbers)})

    def _json(
        self,
        model: type[_Answer],
        method: str,
        path: str,
        *,
        fine: tuple[int, ...] = (200, 201),
        **sent: Any,
    ) -> _Answer:
        """The answer to one request, as `model`."""
        try:
            response = self._http.request(method, path, **sent)
        except httpx.HTTPError as error:
            raise self._failure(error) from error
        if response.status_code not in fine:
            raise _refusal(response)
        try:
            return model.model_validate_json(response.content)
        except pydantic.ValidationError as error:
            raise self._stranger() from error

    def _stranger(self) -> Unavailable:
        return Unavailable(
            f"what answers on {self.base_url} is no Freshwire, or one of another version"
        )

    def _failure(self, error: httpx.HTTPError) -> Unavailable:
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return NotRunning(
                f"no Freshwire answers on {self.base_url}; start it with: freshwire run"
            )
        if isinstance(error, httpx.TimeoutException):
            return Unavailable(f"Freshwire on {self.base_url} did not answer in time")
        return Unavailable(f"Freshwire on {self.base_url} broke off: {error}")


def _body(**fields: Any) -> dict[str, Any]:
    """A JSON body of the fields that are given, times as ISO 8601; ASCII, whatever they hold."""
    given = {
        name.rstrip("_"): value.isoformat() if isinstance(value, date) else value
        for name, value in fields.items()
        if value is not None
    }
    return {"content": json.dumps(given), "headers": {"Content-Type": "application/json"}}


def _segment(text: str) -> str:
    """A path segment that holds any text; dots too, or ".." would lead up."""
    return quote(text.encode("utf-8", "replace"), safe="").replace(".", "%2E")


def _refusal(response: httpx.Response) -> Exception:
    """What a status other than success means."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    if response.status_code == 503:
        wish = response.headers.get("Retry-After", "")
        wait = timedelta(seconds=int(wish)) if wish.isdigit() and len(wish) < 7 else None
        return Unavailable(str(problem.get("detail") or "not available now"), retry_after=wait)
    return Rejected(response.status_code, problem)


def _events(lines: Iterator[str]) -> Iterator[StreamEvent]:
    """The events of a stream as Freshwire writes it: one `event` and one `data` line each."""
    name = "message"
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield StreamEvent(name, pydantic.TypeAdapter(dict[str, Any]).validate_json(line[6:]))
