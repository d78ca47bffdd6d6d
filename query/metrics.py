"""What Prometheus reads: the state of the index at that moment, and how long requests took."""

from collections import Counter
from collections.abc import Iterator
from time import perf_counter

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from query.desk import Desk

#: Bucket bounds in seconds: a search takes 5 to 80 ms, a poll up to a minute.
BUCKETS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.5, 5.0, 10.0, 60.0)

#: Every outcome is shown from the start, so that rates have a zero to begin with.
OUTCOMES = ("indexed", "updated", "unchanged", "withdrawn", "ignored", "dead")
HEALTHS = ("waiting", "ok", "failing", "gone")


class Metrics:
    """The metrics of one app, in a registry of their own."""

    def __init__(self, desk: Desk) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Snapshot(desk))
        self._latency = Histogram(
            "freshwire_request_seconds",
            "Time from the request to the end of its answer",
            ("method", "route", "status"),
            registry=self._registry,
            buckets=BUCKETS,
        )

    def text(self) -> bytes:
        """All metrics in the text format 0.0.4. Raises Unavailable."""
        return generate_latest(self._registry)

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """Take note of a request; `route` is the pattern, so that ids make no new series."""
        route = getattr(scope.get("route"), "path", "none")
        self._latency.labels(scope["method"], route, str(status)).observe(seconds)


class Timing:
    """ASGI middleware that takes the time of every request."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and take note of status and time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._metrics.observe(scope, status, perf_counter() - started)


class _Snapshot(Collector):
    """Reads the desk whenever the metrics are asked for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def describe(self) -> list[Metric]:
        """Nothing: registering must not read the index."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The state now."""
        desk, daemon = self._desk, self._desk.daemon
        points = GaugeMetricFamily(
            "freshwire_chunks", "Points in each part of the index", labels=["part"]
        )
        for part, count in desk.store.count().items():
            points.add_metric([part], count)
        yield points
        yield GaugeMetricFamily(
            "freshwire_dead_letters", "Items that could not be indexed", value=desk.dead.count()
        )
        if daemon is None:
            return
        items = CounterMetricFamily(
            "freshwire_items", "Items by what became of them, since the start", labels=["outcome"]
        )
        totals = daemon.totals()
        for outcome in OUTCOMES:
            items.add_metric([outcome], totals.get(outcome, 0))
        yield items
        sources = GaugeMetricFamily("freshwire_sources", "Sources by health", labels=["health"])
        healths = Counter(str(state.health) for state in daemon.sources())
        for health in HEALTHS:
            sources.add_metric([health], healths[health])
        yield sources
        yield GaugeMetricFamily(
            "freshwire_inbox_pending",
            "Pushed items that are not searchable yet",
            value=daemon.intake.pending,
        )
