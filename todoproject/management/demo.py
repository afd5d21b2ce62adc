"""Believable users, made up by a seed: the same seed and day give the same users, todos and files."""

import io
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from files.maintenance import copies as file_copies
from todoproject.aws.dynamodb import Item, written_time
from todoproject.management.samples import pdf, png
from todos.maintenance import copies as todo_copies
from todos.models import create_hash_of
from todos.services import DAYS_IN_TRASH

_ACTS = (
    "Call {who} about {what}",
    "Pay for {what}",
    "Ask {who} for {what}",
    "Bring {what} to {who}",
    "Look for {what}",
    "Renew {what}",
    "Cancel {what}",
    "Repair {what}",
    "Thank {who} for {what}",
    "Compare prices of {what}",
    "Book {what} with {who}",
    "Write to {who}: {what}",
)
_WHO = (
    "the dentist",
    "Marta",
    "the landlord",
    "Grandma",
    "the bank",
    "Jana",
    "the school",
    "Señor Ruiz",
    "Dr. Pohl",
    "the neighbours",
    "Zoë",
    "the choir",
    "the roofer",
    "Łukasz",
)
_WHAT = (
    "the invoice",
    "the spare key",
    "the passport",
    "winter tyres",
    "the bicycle light",
    "two theatre tickets",
    "the garden hose",
    "the insurance",
    "a birthday cake",
    "the school trip",
    "the router",
    "firewood",
    "a table for six",
    "the photo book",
    "the attic window",
    "crème brûlée",
)
_MORE = (
    "Open from eight, closed on Thursdays.",
    "Has to be in writing.\nA scan is not enough.",
    "About 120 €, perhaps less.",
    "The number is on the fridge.",
    "Ask again when nobody has answered by Friday.",
    "第二の引き出しに入っています。",
    "Bring the old one along.",
)
_DAY = 86_400


class DemoTodo(NamedTuple):
    item: Item
    files: list[tuple[Item, io.BytesIO]]


def demo_user(
    seed: int, number: int, *, todos: int, files: int, today: date, user_id: str | None = None
) -> Iterator[DemoTodo]:
    """A user's todos, a quarter of them completed, some in the trash; and so many files, spread over them."""
    random = Random(f"{seed}:{number}")  # noqa: S311 - made up, not secret
    own_id = _uuid(random)
    for index in range(todos):
        item = todo_copies.item_of(user_id or own_id, _todo(random, today))
        count = files * (index + 1) // todos - files * index // todos
        yield DemoTodo(item, [_file(random, item) for _ in range(count)])


def _todo(random: Random, today: date) -> dict[str, Any]:
    title = random.choice(_ACTS).format(who=random.choice(_WHO), what=random.choice(_WHAT))
    due = today + timedelta(days=random.randint(-20, 60))
    texts = {
        "title": title,
        "description": random.choice(_MORE) if random.random() < 0.5 else "",
        "notes": " ".join(random.sample(_MORE, 3)) if random.random() < 0.2 else "",
        "dateDue": due.isoformat() if random.random() < 0.7 else "",
    }
    midnight = datetime.combine(today, time(tzinfo=UTC))
    created = midnight - timedelta(seconds=random.uniform(60 * _DAY, 200 * _DAY))
    # In the trash, and not yet due.
    deleted = midnight - timedelta(seconds=random.uniform(1, (DAYS_IN_TRASH - 1) * _DAY))
    done = min(created + (midnight - created) * random.random(), deleted)
    completed, trashed = random.random() < 0.25, random.random() < 0.05
    updated = deleted if trashed else done if completed else created
    return {
        **{name: text for name, text in texts.items() if text},
        "todoID": _uuid(random),
        "completed": completed,
        "dateCreated": written_time(created),
        "dateUpdated": written_time(updated),
        **({"dateCompleted": written_time(done)} if completed else {}),
        **({"dateDeleted": written_time(deleted)} if trashed else {}),
        "version": 1 + completed + trashed,
        "createHash": create_hash_of(
            title=title, description=texts["description"], notes=texts["notes"], date_due=texts["dateDue"]
        ),
    }


def _file(random: Random, todo: Item) -> tuple[Item, io.BytesIO]:
    subject, lines = random.choice(_WHAT), random.sample(_MORE, 3)
    kind = random.choice(("txt", "pdf", "png"))
    if kind == "txt":
        content_type, content = "text/plain", "\n".join(lines).encode()
    elif kind == "pdf":
        content_type, content = "application/pdf", pdf([subject.encode("ascii", "replace").decode()])
    else:
        content_type, content = "image/png", png(random.randint(20, 60), random.randint(20, 60))
    created = datetime.fromisoformat(todo["dateCreated"]["S"]) + timedelta(seconds=random.randint(60, _DAY))
    record = {
        "fileID": _uuid7(random, created),
        "fileName": f"{subject}.{kind}",
        "size": len(content),
        "contentType": content_type,
        "dateCreated": written_time(created),
    }
    return file_copies.item_of(todo["userID"]["S"], todo["todoID"]["S"], record), io.BytesIO(content)


def _uuid(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def _uuid7(random: Random, moment: datetime) -> str:
    value = int(moment.timestamp() * 1000) << 80 | random.getrandbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    return str(uuid.UUID(int=value & ~(0b11 << 62) | 0b10 << 62))
