"""The tables of cloudformation/CAPACITY.md, worked out from the figures.

`python -m deploy.capacity.page` writes them anew; a test fails where the page, or the target of scaling in
service.yaml, is not what comes out here.
"""

import math
import re
from collections.abc import Sequence

from deploy.capacity.costs import (
    A_CORE,
    A_DAY,
    A_MONTH,
    CPU_MS,
    READS,
    TARGET,
    WRITES,
    average,
    cpu_usd,
    fixed,
    instances,
    million,
    month,
    peak,
    tasks,
)
from deploy.capacity.figures import BUSY, CONTAINER_CORES, PRICES, REQUESTS, USERS
from deploy.release.stage import TEMPLATES

PAGE = TEMPLATES / "CAPACITY.md"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float) -> str:
    """Three figures are all that such sums are worth."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    rounded = round(value, 2 - math.floor(math.log10(abs(value))))
    return f"{rounded:,.{min(digits, 2)}f}"


def tables() -> dict[str, str]:
    """Each by the name that stands in the page's marker."""
    return {
        "users": _users(),
        "requests": _requests(),
        "cores": _cores(),
        "million": _million(),
        "fixed": _fixed(),
        "months": _months(),
        "prices": _prices(),
    }


def _users() -> str:
    rows = [
        [
            f"{users:,}",
            f"{users * A_MONTH / 1e6:,g} million",
            f"{average(users):,.1f} a second",
            f"{peak(users):,.0f} a second",
        ]
        for users in USERS
    ]
    return _table(["Users", "Requests a month", "Average over the 10 hours", "Peak"], rows)


def _requests() -> str:
    rows = [
        [name, f"{each.a_day}", f"{each.reads:g}", f"{each.writes:g}", f"{each.cpu_ms} ms"]
        for name, each in REQUESTS.items()
    ]
    mean = [f"**{each}**" for each in ("on average", A_DAY, f"{READS:.2f}", f"{WRITES:.2f}", f"{CPU_MS:.2f} ms")]
    return _table(["Request", "Of a day", "Read units", "Write units", "CPU"], [*rows, mean])


def _cores() -> str:
    rows = [
        [f"{users:,}", f"{peak(users):,.0f}", f"{peak(users) / A_CORE:,.1f}", f"{tasks(users)}", f"{instances(users)}"]
        for users in USERS
    ]
    return (
        f"One core, {BUSY:.0%} busy: {BUSY * 1000:.0f} ms ÷ {CPU_MS:.2f} ms = **{A_CORE:.0f} requests a second**. A "
        f"container of half a core: {A_CORE:.1f} × {CONTAINER_CORES} × 60 = {A_CORE * CONTAINER_CORES * 60:,.0f} a "
        f"minute, hence **`TargetValue: {TARGET}`** in service.yaml.\n\n"
        + _table(["Users", "Peak, a second", "Cores", "Tasks (at least 3)", "Instances (at least 3)"], rows)
    )


def _million() -> str:
    lines = {**million(), "CPU": (f"{CPU_MS:.2f} s ÷ {BUSY}, on half a c7g.large", cpu_usd())}
    rows = [[name, how, f"{usd:.2f}"] for name, (how, usd) in lines.items()]
    together = sum(usd for _, usd in lines.values())
    return _table(["A million requests", "", "$"], [*rows, ["**Together**", "", f"**{together:.2f}**"]])


def _fixed() -> str:
    staging, production = fixed("t4g.small", 2, 1), fixed("c7g.large", 3, 3)
    rows = [
        [name, staging[name][0], f"{staging[name][1]:.1f}", how, f"{usd:.1f}"]
        for name, (how, usd) in production.items()
    ]
    sums = [f"**{sum(usd for _, usd in each.values()):.0f}**" for each in (staging, production)]
    return _table(
        ["A month without any request", "staging", "$", "production", "$"],
        [*rows, ["**Together**", "", sums[0], "", sums[1]]],
    )


def _months() -> str:
    months = [month(users) for users in USERS]
    sums = [sum(each.values()) for each in months]
    return _table(
        ["A month in production, $", *(f"{users:,} users" for users in USERS)],
        [
            *([name, *(_number(each[name]) for each in months)] for name in months[0]),
            ["**Together**", *(f"**{_number(usd)}**" for usd in sums)],
            ["A user", *(f"{usd / users:.4f}" for usd, users in zip(sums, USERS, strict=True))],
        ],
    )


def _prices() -> str:
    rows = [[name, f"{each.usd:g}", each.per, each.found or "†"] for name, each in PRICES.items()]
    return _table(["", "Taken, $", "For a", "Found"], rows)


def written(page: str) -> str:
    """The page with its tables worked out anew. Raises KeyError for a marker without a table."""
    made = tables()
    return re.sub(
        r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)",
        lambda match: f"{match[1]}{made[match[2]]}\n{match[3]}",
        page,
        flags=re.DOTALL,
    )


def main() -> None:
    PAGE.write_text(written(PAGE.read_text()))


if __name__ == "__main__":
    main()
