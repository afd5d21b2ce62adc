"""SECURITY.md: it answers for every requirement, and each test and file that it names is there."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text()
# The ids of ASVS 5.0.0's levels 1 and 2, from its own list.
ASVS = (Path(__file__).parent / "asvs-5.0.0-level-2.txt").read_text().split()
_STANDINGS = {"met", "AWS", "partly", "not met", "none"}


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below the heading, without its head."""
    section = TEXT.split(f"\n## {heading}")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def expanded(cell: str) -> list[str]:
    """`V6.5.3-5`, with the longer dash, is three."""
    found: list[str] = []
    for each in cell.split():
        section, _, numbers = each.rpartition(".")
        first, _, last = numbers.partition("\u2013")
        found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


@cache
def named_in(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


NAMED = sorted(set(re.findall(r"`((?:tests|frontend|cloudformation|todoproject)/[\w./-]+(?:::\w+)?)`", TEXT)))


def test_every_requirement_of_levels_1_and_2_is_answered_for_once() -> None:
    answered = Counter(each for requirement, *_ in rows("ASVS 5.0.0") for each in expanded(requirement))
    assert answered == Counter(ASVS)


def test_every_risk_of_the_top_10_is_answered_for() -> None:
    assert [row[0].split()[0] for row in rows("OWASP API Security Top 10")] == [f"API{each}" for each in range(1, 11)]


def test_an_answer_says_how_it_stands_and_why() -> None:
    for requirement, standing, reason, _ in rows("ASVS 5.0.0"):
        assert standing in _STANDINGS, requirement
        assert reason, requirement


@pytest.mark.parametrize("named", NAMED)
def test_what_is_named_is_there(named: str) -> None:
    name, _, test = named.partition("::")
    path = ROOT / name
    assert path.exists()
    if test:
        assert test in named_in(path)
