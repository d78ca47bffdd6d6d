"""How the three shards of the index are laid out: vectors, keyword side, payload indexes."""

from collections.abc import Mapping
from typing import Any

import qdrant_edge as engine

from indexer.edge_query import DENSE, KEYWORDS

_KEYWORD, _DATETIME = engine.PayloadSchemaType.Keyword, engine.PayloadSchemaType.Datetime
_KEY = {
    "key": engine.UuidIndexParams(),
    "ordinal": engine.IntegerIndexParams(lookup=True, range=False),
}
CURRENT_INDEXES: Mapping[str, Any] = (
    _KEY
    | dict.fromkeys(("source", "kind", "class", "region", "labels"), _KEYWORD)
    | dict.fromkeys(("published", "version_time", "observed"), _DATETIME)
)
HISTORY_INDEXES = {**CURRENT_INDEXES, "superseded": _DATETIME, "valid_until": _DATETIME}
LEDGER_INDEXES: Mapping[str, Any] = (
    _KEY
    | dict.fromkeys(("symbol", "labels"), _KEYWORD)
    | dict.fromkeys(("published", "superseded"), _DATETIME)
)


def chunk_config(dimension: int) -> engine.EdgeConfig:
    """No HNSW, so nothing has to be built: p50 4.9 ms at 300,000 chunks, recall@10 1.000."""
    codes = engine.TurboQuantQuantizationConfig(bits=engine.TurboQuantBitSize.Bits4)
    return engine.EdgeConfig(
        vectors={
            DENSE: engine.EdgeVectorParams(
                size=dimension, distance=engine.Distance.Cosine, quantization_config=codes
            )
        },
        sparse_vectors={KEYWORDS: engine.EdgeSparseVectorParams(modifier=engine.Modifier.Idf)},
        hnsw_config=engine.HnswIndexConfig(m=0, ef_construct=16, full_scan_threshold=10),
    )


def ledger_config() -> engine.EdgeConfig:
    """Points without vectors; the engine wants at least one vector name, so an unused one."""
    return engine.EdgeConfig(sparse_vectors={"none": engine.EdgeSparseVectorParams()})
