"""What turns text into vectors, seen from inside; and an embedder without a model for tests."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors. Safe to call from several threads."""

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        ...

    @property
    def texts_per_write(self) -> int:
        """How many texts to embed between two writes: about two seconds of work."""
        ...

    @property
    def name(self) -> str:
        """Names model and preparation; vectors of two names do not mix."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 (len(texts), dimension), unit rows, in the order of `texts`."""
        ...

    def embed_question(self, text: str) -> Vectors:
        """float32 (dimension,), unit length; never waits behind a bulk `embed`."""
        ...


class HashingEmbedder:
    """Feature hashing of words (Weinberger et al. 2009): deterministic, fast, no model.

    For tests, benchmarks of everything but the model, and machines that cannot run one.
    """

    texts_per_write = 512

    def __init__(self, dimension: int = 384) -> None:
        self.dimension = dimension
        self.name = f"hashing-{dimension}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 (len(texts), dimension), unit rows."""
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            places = [_place(word, self.dimension) for word in text.lower().split() or [""]]
            counts = np.bincount(places, minlength=2 * self.dimension)
            out[row] = counts[: self.dimension] - counts[self.dimension :]
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        cancelled = norms[:, 0] == 0.0  # words with opposite signs
        out[cancelled, 0] = norms[cancelled, 0] = 1.0
        out /= norms
        return out

    def embed_question(self, text: str) -> Vectors:
        """float32 (dimension,), unit length."""
        vector: Vectors = self.embed([text])[0]
        return vector


@lru_cache(maxsize=65_536)
def _place(word: str, dimension: int) -> int:
    """Where a word counts: below `dimension` upwards, from there on downwards."""
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    hashed = int.from_bytes(digest)
    return hashed % dimension + (0 if hashed >> 63 else dimension)
