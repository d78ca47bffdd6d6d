"""The real model: what its vectors promise, and that a wrong file is never used."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from indexer.neural import DIMENSION, NeuralEmbedder, WrongModel
from indexer.split import PASSAGE_TOKENS
from tests.scratch import scratch

TEXTS = [
    "The central bank cut interest rates by a quarter point.",
    "A storm closed the harbour for two days.",
    "Copper.",
    "",
    " \n\t",
    "Die Notenbank senkt den Leitzins.",
    "中央银行下调利率",
    "\U0001f3f3\ufe0f\u200d\U0001f308 \x00 \u202e",
    "lone \ud800 surrogate",
    "word " * 3_000,
    "x" * 5_000,
    "The merger was approved after a long review. " * 12,
]


@pytest.fixture(scope="module")
def embedder() -> Iterator[NeuralEmbedder]:
    """The model, loaded once."""
    with scratch() as folder:
        yield NeuralEmbedder(folder / "model")


def test_every_text_has_a_unit_row(embedder: NeuralEmbedder) -> None:
    """float32, one row a text, length one, whatever the text."""
    rows = embedder.embed(TEXTS)

    assert ((len(TEXTS), DIMENSION), np.float32) == (rows.shape, rows.dtype)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_no_texts_are_no_rows(embedder: NeuralEmbedder) -> None:
    """An empty batch has the right shape, too."""
    assert (0, DIMENSION) == embedder.embed([]).shape


def test_a_text_has_one_vector_whatever_it_comes_with(embedder: NeuralEmbedder) -> None:
    """Alone, in any order and beside longer texts: the same up to a cosine of 0.9999."""
    alone = np.stack([embedder.embed([text])[0] for text in TEXTS])
    order = list(range(len(TEXTS)))
    random.Random(7).shuffle(order)

    together = embedder.embed([TEXTS[place] for place in order])

    assert ((alone[order] * together).sum(axis=1) > 0.9999).all()


def test_a_question_is_embedded_like_a_passage(embedder: NeuralEmbedder) -> None:
    """Both sessions agree, so that a text finds itself."""
    for text in TEXTS:
        question = embedder.embed_question(text)

        assert ((DIMENSION,), np.float32) == (question.shape, question.dtype)
        assert float(question @ embedder.embed([text])[0]) > 0.9999


def test_meaning_is_close_and_words_are_not(embedder: NeuralEmbedder) -> None:
    """A paraphrase without a common word is nearer than another matter with many."""
    question = embedder.embed_question("Which physicians were jailed for fraud?")
    paraphrase, other = embedder.embed(
        [
            "Two doctors have gone to prison after stealing from their patients.",
            "Which paintings were sold for millions at auctions in London?",
        ]
    )

    assert float(question @ paraphrase) > float(question @ other) + 0.1


def test_the_end_of_the_longest_passage_counts(embedder: NeuralEmbedder) -> None:
    """A passage of the most tokens that the splitter makes is read to its end."""
    passage = "one " * (PASSAGE_TOKENS - 4)
    endings = embedder.embed([passage + "copper mine", passage + "opera singer"])

    assert float(endings[0] @ endings[1]) < 0.9999


def test_a_question_does_not_wait_for_a_bulk(embedder: NeuralEmbedder) -> None:
    """While a long bulk is embedded, questions are answered."""
    done = threading.Event()

    def bulk() -> None:
        embedder.embed(["The merger was approved after a long review. " * 12] * 160)
        done.set()

    thread = threading.Thread(target=bulk)
    thread.start()
    answered = 0
    while not done.is_set() and answered < 5:
        embedder.embed_question("What about copper?")
        answered += not done.is_set()
    thread.join(120)

    assert done.is_set()
    assert 5 == answered


def test_threads_get_their_own_vectors(embedder: NeuralEmbedder) -> None:
    """Four threads at a time: nobody gets the row of another."""
    expected = {text: embedder.embed([text])[0] for text in TEXTS[:4]}
    wrong: list[str] = []

    def work(text: str) -> None:
        for _ in range(10):
            bulk, question = embedder.embed([text, "filler"])[0], embedder.embed_question(text)
            if min(float(expected[text] @ bulk), float(expected[text] @ question)) < 0.9999:
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(text,)) for text in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [] == wrong


def test_another_file_is_refused(tmp_path: Path) -> None:
    """Its checksum is told in one sentence, and how to mend it; nothing is laid out."""
    other = tmp_path / "model.onnx"
    other.write_bytes(b"not the model")

    with pytest.raises(WrongModel, match=r"sha256 .* expected .* install it again") as caught:
        NeuralEmbedder(tmp_path / "models", model=other)

    assert "\n" not in str(caught.value)
    assert not (tmp_path / "models").exists()


def test_it_loads_again_from_the_same_folder(tmp_path: Path) -> None:
    """Laid out twice, and over a leftover of an installation elsewhere."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.onnx").symlink_to(tmp_path / "gone.onnx")
    (folder / "tokenizer.json").write_text("stale")

    first = NeuralEmbedder(folder).embed_question("copper")
    second = NeuralEmbedder(folder).embed_question("copper")

    assert first == pytest.approx(second)
    assert not list(folder.glob(".*"))
