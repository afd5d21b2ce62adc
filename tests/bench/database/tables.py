"""Tables in memory: items in the order of their keys and of each index, read a page of 1 MB at a time."""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import orjson

from tests.bench.database.expressions import Condition, Item, Names, Values, condition, name_of, update

_PAGE_BYTES = 1024 * 1024

# The sort key of an index, made unique by the keys of the table.
Position = tuple[str, ...]


class ConditionFailed(Exception):
    """The item is not as the condition wants it."""


@dataclass
class _Stored:
    item: Item
    rendered: bytes
    """The item as JSON, so that a page of them is only joined."""


@dataclass
class _Index:
    keys: list[str]
    """The hash key, and the range key if it has one."""
    partitions: dict[str, list[Position]] = field(default_factory=dict)


class Table:
    """One table. `keys` are its hash key and, if any, its range key; `indexes` have the same by their names."""

    def __init__(self, keys: list[str], indexes: dict[str, list[str]]) -> None:
        self._keys = keys
        self._items: dict[Position, _Stored] = {}
        self._indexes = {name: _Index(index_keys) for name, index_keys in indexes.items()}
        self._indexes[""] = _Index(keys)

    def get(self, key: Item) -> bytes | None:
        stored = self._items.get(self._position(key))
        return stored.rendered if stored else None

    def put(self, item: Item, check: "Check | None" = None) -> None:
        position = self._position(item)
        before = self._items.get(position)
        _require(check, before)
        self._replace(position, before, item)

    def update(self, key: Item, expression: str, check: "Check | None", names: Names, values: Values) -> bytes:
        position = self._position(key)
        before = self._items.get(position)
        _require(check, before)
        item = dict(before.item) if before else dict(key)
        assignments, removals = update(expression)
        item |= {name_of(path, names): values[value] for path, value in assignments}
        for path in removals:
            item.pop(name_of(path, names), None)
        return self._replace(position, before, item).rendered

    def delete(self, key: Item) -> None:
        position = self._position(key)
        stored = self._items.pop(position, None)
        if stored is not None:
            self._unlist(position, stored.item)

    def query(self, index: str, request: dict[str, Any]) -> "Page":
        """A page of one partition, in order; what the filter drops counts towards the page."""
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        in_range = condition(request["KeyConditionExpression"])
        keep = condition(request["FilterExpression"]) if "FilterExpression" in request else None
        chosen = self._indexes[index]
        hash_value = _hash_value(request["KeyConditionExpression"], chosen.keys[0], names, values)
        partition = chosen.partitions.get(hash_value, [])
        start = 0
        if "ExclusiveStartKey" in request:
            start = bisect_right(partition, self._listed(chosen, request["ExclusiveStartKey"]))
        page = Page()
        most = request.get("Limit", len(partition))
        for position in partition[start:]:
            stored = self._items[self._table_position(chosen, position, hash_value)]
            if not in_range(stored.item, names, values):
                if page.scanned:
                    break
                continue
            if page.scanned == most or page.size > _PAGE_BYTES:
                page.last_key = {name: page.last_item[name] for name in dict.fromkeys(chosen.keys + self._keys)}
                break
            page.add(stored.item, stored.rendered, kept=keep is None or keep(stored.item, names, values))
        else:
            return page
        if page.scanned == most and page.last_key is None and page.last_item:
            page.last_key = {name: page.last_item[name] for name in dict.fromkeys(chosen.keys + self._keys)}
        return page

    def _replace(self, position: Position, before: _Stored | None, item: Item) -> _Stored:
        if before is not None:
            self._unlist(position, before.item)
        stored = self._items[position] = _Stored(item, orjson.dumps(item))
        for index in self._indexes.values():
            if all(name in item for name in index.keys):
                insort(index.partitions.setdefault(item[index.keys[0]]["S"], []), self._listed(index, item))
        return stored

    def _unlist(self, position: Position, item: Item) -> None:
        for index in self._indexes.values():
            if all(name in item for name in index.keys):
                partition = index.partitions[item[index.keys[0]]["S"]]
                del partition[bisect_left(partition, self._listed(index, item))]

    def _position(self, key: Item) -> Position:
        return tuple(key[name]["S"] for name in self._keys)

    def _listed(self, index: _Index, item: Item) -> Position:
        return (*(item[name]["S"] for name in index.keys[1:]), *(item[name]["S"] for name in self._keys))

    def _table_position(self, index: _Index, listed: Position, hash_value: str) -> Position:
        return listed[len(index.keys) - 1 :]


@dataclass(frozen=True)
class Check:
    """A write's condition with what stands behind its names."""

    holds: Condition
    names: Names
    values: Values


@dataclass
class Page:
    rendered: list[bytes] = field(default_factory=list)
    scanned: int = 0
    size: int = 0
    last_item: Item = field(default_factory=dict)
    last_key: Item | None = None

    def add(self, item: Item, rendered: bytes, *, kept: bool) -> None:
        self.scanned += 1
        self.size += len(rendered)
        self.last_item = item
        if kept:
            self.rendered.append(rendered)

    def read_units(self, *, consistent: bool) -> float:
        return ceil(max(self.size, 1) / 4096) * (1 if consistent else 0.5)


def _require(check: Check | None, before: _Stored | None) -> None:
    if check is not None and not check.holds(before.item if before else {}, check.names, check.values):
        raise ConditionFailed


def _hash_value(expression: str, hash_key: str, names: Names, values: Values) -> str:
    """Of the partition: the value that `hash key = :value` names, which must come first."""
    path, operator, value = expression.replace("(", " ").split()[:3]
    if name_of(path, names) != hash_key or operator != "=":
        raise ValueError(f"The hash key must come first: {expression}")
    return str(values[value.rstrip(")")]["S"])
