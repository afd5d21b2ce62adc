"""The JSON filter patterns of CloudWatch Logs, and the patterns of EventBridge's rules, as AWS documents them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import fnmatch
import json
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.cloud.deployment import Deployment

Test = Callable[[Any], bool]
"""Whether a log event, read from its JSON, has what is asked for."""

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<selector>\$(?:\.[\w-]+|\[\d+\]|\.?\[(?:'[^']*'|"[^"]*")\])+)
    | (?P<symbol>&&|\|\||!=|<=|>=|[=<>(){}])
    | (?P<quoted>"(?:[^"\\]|\\.)*")
    | (?P<word>[\w.*+-]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.([\w-]+)|\[(\d+)\]|\.?\[['"](.*?)['"]\]""")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CONSTANTS = {"NULL": None, "TRUE": True, "FALSE": False}
_MISSING = object()


class Undocumented(Exception):
    """What AWS does not say; no filter may rest on it."""


def matches(pattern: str, line: str) -> bool:
    """Whether a log event is counted. Raises Undocumented where the answer would be a guess."""
    test = _parsed(pattern)
    try:
        event = json.loads(line)
    except ValueError:
        return False
    return test(event)


def _parsed(pattern: str) -> Test:
    tokens = list(_tokens(pattern))
    if not tokens or tokens[0] != "{" or tokens[-1] != "}":
        raise Undocumented(f"Not a pattern for JSON, and words would match anywhere in the line: {pattern}")
    inner = tokens[1:-1]
    test = _any(inner)
    if inner:
        raise Undocumented(f"{' '.join(inner)!r} is left over: {pattern}")
    return test


def _tokens(pattern: str) -> Iterator[str]:
    position, pattern = 0, pattern.rstrip()
    while position < len(pattern):
        found = _TOKEN.match(pattern, position)
        if not found:
            raise Undocumented(f"Cannot be read from {pattern[position:]!r}: {pattern}")
        yield found[0].strip()
        position = found.end()


def _any(tokens: list[str]) -> Test:
    tests = [_all(tokens)]
    while tokens[:1] == ["||"]:
        tokens.pop(0)
        tests.append(_all(tokens))
    return lambda event: any(test(event) for test in tests)


def _all(tokens: list[str]) -> Test:
    tests = [_one(tokens)]
    while tokens[:1] == ["&&"]:
        tokens.pop(0)
        tests.append(_one(tokens))
    return lambda event: all(test(event) for test in tests)


def _one(tokens: list[str]) -> Test:
    match tokens:
        case ["(", *_]:
            tokens.pop(0)
            test = _any(tokens)
            if tokens[:1] != [")"]:
                raise Undocumented(f"A bracket is not closed before {tokens}")
            tokens.pop(0)
            return test
        case [selector, "NOT", "EXISTS", *_] if selector.startswith("$"):
            del tokens[:3]
            return lambda event: _found(event, selector) is _MISSING
        case [selector, "IS", constant, *_] if selector.startswith("$") and constant in _CONSTANTS:
            del tokens[:3]
            return lambda event: _found(event, selector) is _CONSTANTS[constant]
        case [selector, how, wanted, *_] if selector.startswith("$") and how in _ORDER:
            del tokens[:3]
            return lambda event: _compared(_found(event, selector), how, wanted)
    raise Undocumented(f"No condition: {' '.join(tokens)}")


def _found(event: Any, selector: str) -> Any:
    for key, index, quoted in _STEP.findall(selector):
        if index:
            event = event[int(index)] if isinstance(event, list) and int(index) < len(event) else _MISSING
        else:
            event = event.get(key or quoted, _MISSING) if isinstance(event, dict) else _MISSING
    return event


def _compared(value: Any, how: str, wanted: str) -> bool:
    if value is _MISSING:
        return False
    if _NUMBER.fullmatch(wanted):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Undocumented(f"A number in the pattern, {value!r} in the line: {how} {wanted}")
        return _ORDER[how](value, float(wanted))
    if not isinstance(value, str) or how not in ("=", "!="):
        raise Undocumented(f"A text in the pattern, {value!r} in the line: {how} {wanted}")
    # Only the asterisk means more than itself.
    text = re.sub(r"([?[])", r"[\1]", wanted.strip('"'))
    return fnmatch.fnmatchcase(value, text) is (how == "=")


def counted(deployment: Deployment, log_group: str, *lines: str) -> Counter[str]:
    """How often each metric is raised by one by lines in a log group, whether or not their JSON has blanks."""
    found: Counter[str] = Counter()
    for each in deployment.of_type("AWS::Logs::MetricFilter"):
        (made,) = each.properties["MetricTransformations"]
        if each.properties["LogGroupName"] == log_group and made["MetricValue"] == "1":
            for line in lines:
                answers = {matches(each.properties["FilterPattern"], form) for form in _forms(line)}
                assert len(answers) == 1, (each, line)
                found[made["MetricName"]] += answers.pop()
    return +found


def measured(deployment: Deployment, log_group: str, line: str) -> dict[str, tuple[float, dict[str, str]]]:
    """What the filters that take a number from the line report of it: the number, and the dimensions it is kept by."""
    found = {}
    for each in deployment.of_type("AWS::Logs::MetricFilter"):
        (made,) = each.properties["MetricTransformations"]
        mine = each.properties["LogGroupName"] == log_group and made["MetricValue"] != "1"
        if mine and matches(each.properties["FilterPattern"], line):
            event = json.loads(line)
            value = _found(event, made["MetricValue"])
            assert isinstance(value, int | float), (each, line)
            by = {dimension["Key"]: _found(event, dimension["Value"]) for dimension in made.get("Dimensions", [])}
            found[made["MetricName"]] = (float(value), by)
    return found


def _forms(line: str) -> list[str]:
    try:
        event = json.loads(line)
    except ValueError:
        return [line]
    return [line, json.dumps(event, separators=(",", ":")), json.dumps(event, separators=(" , ", " : "))]


def is_sent(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether EventBridge sends the event to the targets of a rule with this pattern: text and `prefix` only."""
    return all(
        is_sent(wanted, event.get(name, {}))
        if isinstance(wanted, Mapping)
        else any(_is_like(event.get(name), each) for each in wanted)
        for name, wanted in pattern.items()
    )


def _is_like(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return any(_is_like(each, wanted) for each in value)
    if isinstance(wanted, Mapping):
        ((kind, text),) = wanted.items()
        assert kind == "prefix", wanted
        return isinstance(value, str) and value.startswith(text)
    return bool(value == wanted)
