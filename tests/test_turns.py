"""Turns: one thread at a time per source, and no thread waits for ever."""

import threading

from indexer.turns import Turns


def test_a_source_waits_for_who_has_its_turn() -> None:
    """While one thread has the turn of a source, another gets it only afterwards."""
    turns, events = Turns(), []
    taken, waiting = threading.Event(), threading.Event()

    def second() -> None:
        waiting.set()
        with turns.take({"wire", "other"}):
            events.append("second")
            taken.set()

    with turns.take({"wire"}):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(5)
        assert not taken.wait(0.05)
        events.append("first")
    thread.join(5)

    assert ["first", "second"] == events


def test_overlapping_sets_in_any_order_do_not_block_each_other() -> None:
    """Threads that take many sources, each in an order of its own, all come through, alone."""
    turns = Turns()
    names = [f"source-{number}" for number in range(100)]
    inside: list[str] = []
    crowded: list[str] = []

    def work(mine: list[str]) -> None:
        for _ in range(50):
            with turns.take(set(mine)):
                inside.append("x")
                if len(inside) > 1:
                    crowded.append("x")
                inside.pop()

    pools = [names, names[::-1], names[50:] + names[:50], [*names[1:], names[0]]]
    threads = [threading.Thread(target=work, args=(mine,), daemon=True) for mine in pools]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert not any(thread.is_alive() for thread in threads)
    assert [] == crowded


def test_a_failure_gives_the_turn_back() -> None:
    """An exception while holding a turn does not keep the source locked."""
    turns = Turns()
    try:
        with turns.take({"wire"}):
            raise ValueError("broken")
    except ValueError:
        pass

    got = threading.Event()

    def again() -> None:
        with turns.take({"wire"}):
            got.set()

    threading.Thread(target=again, daemon=True).start()
    assert got.wait(5)
