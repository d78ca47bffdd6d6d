"""What indexing costs: with the model, with everything but the model, and when nothing is new."""

from collections.abc import Iterator

from bench import home, news
from bench.figure import Figure
from bench.limit import Alone, chunk_texts, edge_alone
from bench.meter import Meter, memory_mb
from bench.plan import Plan
from indexer.embedder import HashingEmbedder
from streams import Item

UNIT = "chunks per CPU-second"


def with_model(plan: Plan) -> Iterator[Figure]:
    """The pipeline with the model beside onnxruntime alone, on the same texts, turn by turn."""
    items = _items_of(plan.model_chunks)
    texts = chunk_texts(items)
    embedder = home.make_embedder(plan)
    embedder.embed(texts[:8])
    pipeline, alone = Meter(), Meter()
    chunks, peak_mb = 0, 0.0
    raw: Alone | None = None
    for turn in range(plan.model_rounds):
        with home.open_index(plan.folder / f"model-{turn}", embedder) as index:
            for start in range(0, len(items), 256):
                with pipeline:
                    chunks += index.take(items[start : start + 256]).embedded
        if raw is None:
            peak_mb = memory_mb(peak=True)  # before the second model is loaded
            raw = Alone(texts)
            best = raw.best_budget(texts[: max(plan.model_chunks // 4, 1)])
        with alone:
            raw.run(best)
    assert raw is not None
    limit = alone.per_cpu_s(plan.model_rounds * len(texts))
    facts = {"chunks": chunks, "mean_tokens": raw.mean_tokens, "wall_s": pipeline.wall_s}
    yield Figure(
        "index.model.chunks_per_cpu_s",
        pipeline.per_cpu_s(chunks),
        UNIT,
        facts | {"per_wall_s": pipeline.per_wall_s(chunks)},
    )
    yield Figure(
        "limit.model.chunks_per_cpu_s",
        limit,
        UNIT,
        {"tokens_per_pass": best, "wall_s": alone.wall_s, "per_wall_s": alone.per_wall_s(chunks)},
    )
    yield Figure("index.model.of_limit", pipeline.per_cpu_s(chunks) / limit, "ratio")
    yield Figure("index.model.peak_mb", peak_mb, "MB")


def without_model(plan: Plan) -> Iterator[Figure]:
    """Decide, split, hash, write: builds the base index; beside it the engine alone."""
    built = home.build_base(plan)
    yield Figure(
        "index.hash.chunks_per_cpu_s",
        built.meter.per_cpu_s(built.chunks),
        UNIT,
        {
            "chunks": built.chunks,
            "items": built.items,
            "wall_s": built.meter.wall_s,
            "per_wall_s": built.meter.per_wall_s(built.chunks),
        },
    )
    meter, count = edge_alone(plan.folder / "edge", plan.edge_chunks)
    yield Figure(
        "limit.edge.chunks_per_cpu_s",
        meter.per_cpu_s(count),
        UNIT,
        {"chunks": count, "wall_s": meter.wall_s},
    )


def unchanged(plan: Plan) -> Iterator[Figure]:
    """Items that the base index holds are seen again; then with 1 % of them corrected."""
    held = min(home.base_items(plan), plan.unchanged_items)
    recorder = home.Recorder(HashingEmbedder())
    with home.open_index(plan.base, recorder) as index:
        for name, every in (("unchanged", 0), ("changed", 100)):
            meter, embedded = Meter(), 0
            for batch in news.batches(0, held):
                if every:
                    batch[0::every] = [_corrected(item.id) for item in batch[0::every]]
                with meter:
                    embedded += index.take(batch).embedded
            yield Figure(
                f"{name}.items_per_cpu_s",
                meter.per_cpu_s(held),
                "items per CPU-second",
                {"items": held, "embedded": embedded, "wall_s": meter.wall_s},
            )


def _corrected(id: str) -> Item:
    return news.item(int(id.rsplit("/", 1)[1]), edition=1)


def _items_of(chunks: int) -> list[Item]:
    """As many items as make at least so many chunks."""
    items: list[Item] = []
    made = 0
    while made < chunks:
        items.append(news.item(len(items)))
        made += len(chunk_texts(items[-1:]))
    return items
