"""Django models without a table: what the stock admin reads through them comes from DynamoDB.

`DATABASES = {}`, so an ORM path that nothing here answers fails loudly instead of finding nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from django.db import NotSupportedError, models
from django.utils.text import Truncator

R = TypeVar("R", bound="Record")

# What separates the parts of a primary key: in no sub, no id and no time.
_SEPARATOR = "~"


class Page(NamedTuple):
    """`following` is where the list goes on; None at its end. A page may be short, even empty, and still go on.

    A list that `is_partial` has more that cannot be gone on to.
    """

    records: Sequence["Record"]
    following: Sequence[str] | None
    is_partial: bool = False


class Criteria(NamedTuple):
    """What a list is asked for: the values of the model's `criteria`, and whether from its end."""

    values: Mapping[str, Any]
    backwards: bool


class Records(models.QuerySet[R]):
    """A queryset as far as ModelAdmin goes: records by their keys, or a page of a list. Nothing is written here."""

    _values: dict[str, Any]
    _backwards = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._values = {}

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._values, clone._backwards = dict(self._values), self._backwards
        # Asked again, the clone of what was read answers the same, without another call.
        clone._result_cache = self._result_cache
        return clone  # type: ignore[no-any-return]

    def _chain(self) -> Self:
        chained = super()._chain()  # type: ignore[misc]
        chained._result_cache = None
        return chained  # type: ignore[no-any-return]

    def filter(self, *args: Any, **kwargs: Any) -> Self:
        wanted = {**dict(pair for q in args for pair in _pairs(q)), **kwargs}
        key = self.model._meta.pk.name
        chained = self._chain()
        for name, value in wanted.items():
            name = {key: "pk", f"{key}__in": "pk__in"}.get(name, name)
            if name not in ("pk", "pk__in", *self.model.criteria):
                raise NotSupportedError(f"{self.model.__name__} is not searched by {name}.")
            chained._values[name] = value
        return chained

    def exclude(self, *args: Any, **kwargs: Any) -> Self:
        raise NotSupportedError(f"{self.model.__name__} is searched by what is, not by what is not.")

    def order_by(self, *names: Any) -> Self:
        chained = self._chain()
        chained._backwards = bool(names) and names[0] == f"-{self.model.sorted_by}"
        return chained

    def page(self, *, limit: int, after: Sequence[str] | None) -> Page:
        return self.model.page(Criteria(self._values, self._backwards), limit=limit, after=after)

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            keys = [self._values["pk"]] if "pk" in self._values else self._values.get("pk__in")
            if keys is None:
                raise NotSupportedError(f"{self.model.__name__} is read by its key, or by the page.")
            self._result_cache = list(self.model.find([str(key) for key in keys]))

    def iterator(self, chunk_size: int | None = None) -> Any:
        self._fetch_all()
        return iter(self._result_cache or ())

    def count(self) -> int:
        self._fetch_all()
        return len(self._result_cache or ())

    def exists(self) -> bool:
        return self.count() > 0


class Record(models.Model):
    """Subclasses say how they are read. Everything is written through the services."""

    # What a list can be filtered by, and the field whose header turns it round.
    criteria: ClassVar[tuple[str, ...]] = ()
    sorted_by: ClassVar[str] = ""

    objects = Records.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def find(cls, keys: Sequence[str]) -> Iterable[Self]:
        """Those that there are of these primary keys, in the order of the keys."""
        raise NotImplementedError

    @classmethod
    def page(cls, criteria: Criteria, *, limit: int, after: Sequence[str] | None) -> Page:
        raise NotImplementedError


def in_order(keys: Sequence[str], records: Iterable[R]) -> list[R]:
    """The records in the order of their keys, each once."""
    found = {record.pk: record for record in records}
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def shorten(text: str) -> str:
    """For headings and messages."""
    return Truncator(text).chars(80)


def join_key(*parts: str) -> str:
    return _SEPARATOR.join(parts)


def split_key(key: str, count: int) -> tuple[str, ...] | None:
    """None for what cannot be a key of so many parts: no part is empty, nor longer than DynamoDB takes."""
    parts = tuple(key.split(_SEPARATOR))
    return (
        parts if len(parts) == count and all(0 < len(part.encode(errors="replace")) <= 200 for part in parts) else None
    )


def _pairs(condition: models.Q) -> Iterable[tuple[str, Any]]:
    """The conditions of a plain conjunction."""
    if condition.negated or condition.connector != models.Q.AND:
        raise NotSupportedError("Only conditions that all hold can be looked up.")
    for child in condition.children:
        if not isinstance(child, tuple):
            raise NotSupportedError("Only plain conditions can be looked up.")
        yield child
