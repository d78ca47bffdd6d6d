"""A list of feeds taken over from another reader."""

from collections.abc import Sequence

from freshwire.progress import progress
from freshwire.sourcebook import Sourcebook, Taken
from query.schema_operator import SourceView
from streams import SourceSpec
from streams.naming import name_for


def imported(specs: Sequence[SourceSpec], book: Sourcebook) -> tuple[list[SourceView], list[str]]:
    """The sources that are new, and a sentence for each that is not taken over.

    A feed whose name another one has gets another name; one that is followed stays as it is.
    """
    held = book.all()
    names = {view.name for view in held}
    urls = {view.url for view in held}
    added: list[SourceView] = []
    problems: list[str] = []
    with progress("Adding sources", len(specs)) as told:
        for place, spec in enumerate(specs, 1):
            if spec.url in urls:
                problems.append(f"{spec.url} is followed already")
            else:
                name = spec.name
                if name in names:
                    name = name_for(spec.url, spec.name, taken=names)
                try:
                    added.append(book.add({"url": spec.url, "name": name, "class": spec.class_}))
                except Taken as error:
                    problems.append(str(error))
                names.add(name)
            told(place)
    return added, problems
