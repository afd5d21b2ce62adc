"""DynamoDB's expressions, as far as the contenders of the bench use them; anything else is an error, never a guess."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

# An item as DynamoDB writes it, and what stands behind the `:name` and `#name` of an expression.
Item = dict[str, dict[str, Any]]
Values = Mapping[str, dict[str, Any]]
Names = Mapping[str, str]
Condition = Callable[[Item, Names, Values], bool]

_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|[#:]\w+|<=|>=|<>|[=<>(),])")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: bool(left == right),
    "<": lambda left, right: bool(left < right),
    ">": lambda left, right: bool(left > right),
    "begins_with": lambda left, right: bool(left.startswith(right)),
    "contains": lambda left, right: right in left,
}


class Unsupported(Exception):
    """The expression is none that this stand-in knows."""


@lru_cache
def condition(text: str) -> Condition:
    """Terms joined by AND: `path = :value`, also `<` and `>`, `begins_with`, `contains`, `attribute_(not_)exists`."""
    parser = _Parser(text)
    parsed = parser.conjunction()
    if parser.tokens:
        raise Unsupported(text)
    return parsed


@lru_cache
def update(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """`SET path = :value, … REMOVE path, …` as (assignments, removals)."""
    assignments: list[tuple[str, str]] = []
    removals: list[str] = []
    clause = ""
    tokens = _tokens(text)
    while tokens:
        word = tokens.pop(0)
        if word in ("SET", "REMOVE"):
            clause = word
        elif word == ",":
            continue
        elif clause == "SET" and tokens[:1] == ["="] and tokens[1][:1] == ":":
            assignments.append((word, tokens[1]))
            del tokens[:2]
        elif clause == "REMOVE":
            removals.append(word)
        else:
            raise Unsupported(text)
    return assignments, removals


def name_of(path: str, names: Names) -> str:
    return names[path] if path.startswith("#") else path


def _tokens(text: str) -> list[str]:
    if _TOKEN.sub("", text).strip():
        raise Unsupported(text)
    return _TOKEN.findall(text)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)

    def conjunction(self) -> Condition:
        terms = [self._term()]
        while self.tokens[:1] == ["AND"]:
            self.tokens.pop(0)
            terms.append(self._term())
        return lambda item, names, values: all(term(item, names, values) for term in terms)

    def _term(self) -> Condition:
        word = self.tokens.pop(0)
        if word == "(":
            inner = self.conjunction()
            self._expect(")")
            return inner
        if word in ("attribute_exists", "attribute_not_exists"):
            path = self._arguments(1)[0]
            wanted = word == "attribute_exists"
            return lambda item, names, values: (name_of(path, names) in item) is wanted
        if word in ("begins_with", "contains"):
            return _comparison(word, *self._arguments(2))
        operator = self.tokens.pop(0)
        return _comparison(operator, word, self.tokens.pop(0))

    def _arguments(self, count: int) -> list[str]:
        self._expect("(")
        arguments = [self.tokens.pop(0)]
        while len(arguments) < count:
            self._expect(",")
            arguments.append(self.tokens.pop(0))
        self._expect(")")
        return arguments

    def _expect(self, token: str) -> None:
        if self.tokens[:1] != [token]:
            raise Unsupported(self.text)
        self.tokens.pop(0)


def _comparison(operator: str, path: str, value: str) -> Condition:
    if operator not in _COMPARE or not value.startswith(":"):
        raise Unsupported(f"{path} {operator} {value}")
    compare = _COMPARE[operator]

    def holds(item: Item, names: Names, values: Values) -> bool:
        stored = item.get(name_of(path, names))
        if stored is None:
            return False
        ((wanted_type, wanted),) = values[value].items()
        return wanted_type in stored and compare(stored[wanted_type], wanted)

    return holds
