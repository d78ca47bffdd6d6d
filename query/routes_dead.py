"""Dead letters: list, show, replay, drop."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query

from indexer import Report
from indexer.deadletter import DeadLetterSource
from query.bodies import LAST_NUMBER, NUMBERS, Number, ReplayBody
from query.desk import AtDaemon, AtDesk, ending_on_bug
from query.problem import Refusal, responses
from query.schema_operator import DeadDrop, DeadList, DeadReplay, DeadView

#: Letters that are replayed at a time; each may hold megabytes.
TOGETHER = 50

router = APIRouter(prefix="/dead", tags=["dead letters"])


@router.get("", responses=responses(400, 503))
def dead(
    desk: AtDesk,
    source: Annotated[str, Query(description="of this source only")] = "",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> DeadList:
    """The latest dead letters first, without the items themselves."""
    letters = desk.dead.latest(source=source, limit=limit)
    return DeadList(letters=[DeadView.of(one) for one in letters], count=desk.dead.count())


@router.get("/{number}", responses=responses(400, 404, 503))
def show(number: Annotated[int, Path(ge=1, le=LAST_NUMBER)], desk: AtDesk) -> DeadView:
    """One dead letter with the item as it came."""
    letter = desk.dead.show(number)
    if letter is None:
        raise Refusal(404, f"there is no dead letter {number}")
    return DeadView.of(letter, with_raw=True)


@router.post("/replay", responses=responses(400, 405, 413, 415, 503))
def replay(body: ReplayBody, desk: AtDesk, daemon: AtDaemon) -> DeadReplay:
    """Index these letters again, or all (at most the latest 10,000).

    Those that fail again stay, the others are gone.
    """
    numbers = list(dict.fromkeys(body.numbers))
    if body.all:
        numbers = [one.number for one in desk.dead.latest(limit=NUMBERS)]
    report = Report()
    with desk.waiting():
        for start in range(0, len(numbers), TOGETHER):
            part = numbers[start : start + TOGETHER]
            source = DeadLetterSource(desk.dead, part, now=desk.now)
            report += ending_on_bug(daemon, partial(daemon.process, source))
    return DeadReplay.of(report)


@router.delete("", responses=responses(400, 405, 503))
def drop(
    numbers: Annotated[list[Number], Query(min_length=1, max_length=NUMBERS)],
    desk: AtDesk,
    daemon: AtDaemon,
) -> DeadDrop:
    """Remove these letters for good."""
    return DeadDrop(dropped=desk.dead.drop(numbers))
