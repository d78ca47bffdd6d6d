"""What turns text into vectors, seen from inside; and an embedder without a model for tests."""

import hashlib
from collections.abc import Sequence
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

    def __init__(self, dimension: int = 384) -> None:
        self.dimension = dimension
        self.name = f"hashing-{dimension}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 (len(texts), dimension), unit rows."""
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split() or [""]:
                hashed = int.from_bytes(
                    hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
                )
                out[row, hashed % self.dimension] += 1.0 if hashed >> 63 else -1.0
            norm = float(np.linalg.norm(out[row]))
            if norm == 0.0:  # two words may cancel each other out
                out[row, 0] = norm = 1.0
            out[row] /= norm
        return out

    def embed_question(self, text: str) -> Vectors:
        """float32 (dimension,), unit length."""
        vector: Vectors = self.embed([text])[0]
        return vector
