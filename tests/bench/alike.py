"""Do all contenders do the same work? Their answers to the same request, side by side, before anything is measured."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from tests.bench import dataset, load
from tests.bench.measure import check
from tests.bench.servers import OURS, Contender
from tests.bench.stage import Servers
from tests.bench.work import PAGE, WORK, Visitor, Work

# Made anew by each for each request.
_OF_THE_MOMENT = {"todoID", "userID", "fileID", "dateCreated", "dateUpdated", "dateCompleted", "expiresAt"}
# Only ours counts writes, and only ours and nobody else's edits are more than a blind write.
_COMPARED = {"get", "get-new-token", "list-50", "first-1000", "search", "create", "files", "upload"}


class NotAlike(Exception):
    """A contender answers otherwise than ours; they are not to be compared."""


def check_answers(servers: Servers, visitors: Mapping[str, Visitor], contenders: Sequence[Contender]) -> int:
    """How many answers were compared with ours."""
    compared = 0
    for work in WORK:
        if work.name in _COMPARED:
            ours = _answer(servers, work, visitors, OURS)
            for contender in contenders:
                if work.is_done_by(contender) and contender is not OURS:
                    theirs = _answer(servers, work, visitors, contender)
                    if theirs != ours:
                        raise NotAlike(f"{work.title}: {contender.name} answers\n{theirs}\nand ours\n{ours}")
                    compared += 1
    return compared


def _answer(servers: Servers, work: Work, visitors: Mapping[str, Visitor], contender: Contender) -> Any:
    server = servers.of(contender, work.role)
    run = load.closed_loop(server.port, work.requests(visitors[contender.name], 1), connections=1)
    check(run, work, contender)
    answer = run.answers[0]
    assert answer is not None
    return _comparable(work, json.loads(answer.body))


def _comparable(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Without what no two answers have in common. Cursors are each contender's own, and the article has no pages; what
    a round has added comes last."""
    body.pop("nextCursor", None)
    if "todos" in body:
        return {"todos": body["todos"][:PAGE]}
    if work.name == "files":
        files = body["files"][: dataset.FILES]
        return {"files": [{**file, "filePath": urlsplit(file["filePath"]).path} for file in files]}
    if work.name == "upload":
        fields = body["upload"]["fields"]
        kept = {name: fields[name] for name in ("Content-Type", "Content-Disposition")}
        return {"file": _lasting(body["file"]), "fields": {**kept, "names": sorted(fields)}}
    return _lasting(body) if work.name == "create" else body


def _lasting(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _OF_THE_MOMENT}


SIZES = tuple(size for size in dataset.SIZES if size <= 1_000)
