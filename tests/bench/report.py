"""The results as a table on the terminal, as Markdown and as JSON."""

import json
import os
import platform
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.goals import GOALS
from tests.bench.measure import Figures, Results
from tests.bench.servers import CONTENDERS, OURS, PRELOADING, SERVICES, VARIANTS
from tests.bench.work import CREATE, GET, LIST, WORK

_MEGABYTE = 1024 * 1024
_PACKAGES = ("django", "djangorestframework", "pynamodb", "botocore", "orjson", "gunicorn")
Row = list[str]


def machine(load_before: tuple[float, float, float], *, rounds: int, milliseconds: float) -> dict[str, Any]:
    return {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "load_average": {"before": load_before[0], "after": os.getloadavg()[0]},
        "rounds": rounds,
        "milliseconds_of_the_database": milliseconds,
    }


def write(results: dict[str, Any], folder: Path) -> None:
    as_json = json.dumps(results, default=lambda figures: figures.__dict__, indent=1)
    (folder / "results.json").write_text(as_json + "\n")
    (folder / "results.md").write_text(_as_markdown(results))
    readme = folder / "README.md"
    text = readme.read_text()
    about = results["machine"]
    load = about["load_average"]["before"]
    measured = f"Measured {about['when']}, rounds: {about['rounds']}, load average before: {load:.1f}."
    for name, rows in (
        ("goals", _goal_rows(results)),
        ("savings", _saving_rows(results)),
        ("profile", _profile_rows(results["profile"])),
    ):
        text = _with_section(text, name, [measured, "", *_markdown_rows(rows)])
    readme.write_text(text)


def _with_section(text: str, name: str, lines: list[str]) -> str:
    """The README, with what stands between the section's two marks replaced. Raises ValueError without the marks."""
    begin, end = f"<!-- {name}, written by make bench -->", f"<!-- end of {name} -->"
    at, until = text.index(begin) + len(begin), text.index(end)
    return "\n".join([text[:at], *lines, text[until:]])


def as_text(results: dict[str, Any]) -> str:
    return "\n\n".join(f"{title}\n{_aligned(rows)}" for title, rows in _tables(results))


def _as_markdown(results: dict[str, Any]) -> str:
    about = results["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in about["packages"].items())
    lines = [
        "# Results of `make bench`",
        "",
        f"{about['when']}, {about['cores']} cores, {about['rounds']} rounds, {about['minutes']} minutes; load average "
        f"{about['load_average']['before']:.1f} before, {about['load_average']['after']:.1f} after (the bench itself "
        f"makes about 2). Python {about['python']}, {packages}. How to read them: [README.md](README.md).",
    ]
    for title, rows in _tables(results):
        lines += ["", f"## {title}", "", *_markdown_rows(rows)]
    return "\n".join(lines) + "\n"


def _tables(results: dict[str, Any]) -> Iterable[tuple[str, list[Row]]]:
    yield "Goals", _goal_rows(results)
    yield "What each saving saves: ours against ours without it", _saving_rows(results)
    yield "Where a request's CPU time goes (one thread, without gunicorn)", _profile_rows(results["profile"])
    title = "CPU milliseconds a request, of all the server's processes (median ± half the interquartile range)"
    yield title, _cpu_rows(results["cpu"], [contender.name for contender in CONTENDERS])
    yield "First pages of 50, ours alone, one after the other", _cpu_rows(results["pages"], [OURS.name])
    yield (
        "The same with DynamoDB Local behind it",
        _cpu_rows(results["cpu_on_dynamodb_local"], [contender.name for contender in SERVICES]),
    )
    yield "One worker under load", _load_rows(results["load"])
    yield "Start and memory, two workers", _start_rows(results["starts"])
    yield "Calls of DynamoDB, and read and write units, a request", _unit_rows(results["units"])


def _goal_rows(results: dict[str, Any]) -> list[Row]:
    rows = [["Ours", "Measured", "At most", ""]]
    for goal in GOALS:
        figure = goal.figure(results)
        reached = "reached" if figure <= goal.most else "**not reached**"
        rows.append([goal.title, f"{figure:.3g}", f"{goal.most:g}", reached])
    return rows


def _saving_rows(results: dict[str, Any]) -> list[Row]:
    works = (GET, LIST, CREATE)
    rows = [["", *(f"CPU, {work.title}" for work in works), "memory a worker", "start to first answer"]]
    for variant in VARIANTS:
        cells = []
        for work in works:
            figures = results["savings"][work.name]
            cells.append(_saved(figures[OURS.name].cpu_milliseconds, figures[variant.name].cpu_milliseconds))
        for figure in ("worker_bytes", "start_seconds"):
            if variant is PRELOADING:
                cells.append(_saved(results["starts"][OURS.name][figure], results["starts"][variant.name][figure]))
            else:
                cells.append("")
        rows.append([variant.title, *cells])
    return rows


def _saved(ours: Sequence[float], without: Sequence[float]) -> str:
    """Round by round, since both are measured one after the other."""
    return f"{1 - median(one / other for one, other in zip(ours, without, strict=True)):.0%}"


def _profile_rows(profile: dict[str, dict[str, float]]) -> list[Row]:
    works = (GET, LIST, CREATE)
    layers = [name for name in profile[GET.name] if name != "milliseconds"]
    rows = [["", *(work.title for work in works)]]
    rows += [[layer, *(f"{profile[work.name][layer]:.0%}" for work in works)] for layer in layers]
    return rows


def _cpu_rows(results: Results, names: Sequence[str]) -> list[Row]:
    rows = [["", *map(_title, names)]]
    for work in WORK:
        if work.name in results:
            rows.append([work.title, *(_cpu_cell(results[work.name].get(name)) for name in names)])
    return rows


def _cpu_cell(figures: Figures | None) -> str:
    if figures is None:
        return "-"
    return f"{figures.cpu:.2f}" + (f" ± {figures.spread:.0%}" if len(figures.cpu_milliseconds) > 1 else "")


def _load_rows(load: dict[str, Any]) -> list[Row]:
    at_own = ["p50 ms at 70 %", "p99 ms at 70 %", "not served"]
    rows = [["", "", "Requests a second", *at_own, "p99 ms at the article's 70 %", "not served"]]
    titles = {work.name: work.title for work in WORK}
    for work, by_contender in load.items():
        for name, figures in by_contender.items():
            middle = {figure: median(values) for figure, values in figures.items()}
            cells = [f"{middle['per_second']:.0f}"]
            cells += [f"{middle['p50']:.1f}", f"{middle['p99']:.1f}", f"{middle['unserved']:.1%}"]
            cells += [f"{middle['p99_at_same_rate']:.1f}", f"{middle['unserved_at_same_rate']:.1%}"]
            rows.append([titles[work], _title(name), *cells])
    return rows


def _start_rows(starts: dict[str, Any]) -> list[Row]:
    rows = [["", "Start to the first todo, s", "Memory a worker (PSS), MB"]]
    for name, figures in starts.items():
        seconds, size = median(figures["start_seconds"]), median(figures["worker_bytes"]) / _MEGABYTE
        rows.append([_title(name), f"{seconds:.2f}", f"{size:.0f}"])
    return rows


def _unit_rows(units: dict[str, dict[str, dict[str, float]]]) -> list[Row]:
    names = [contender.name for contender in SERVICES]
    rows = [["", *map(_title, names)]]
    for work in WORK:
        if work.name in units:
            rows.append([work.title, *(_unit_cell(units[work.name].get(name)) for name in names)])
    return rows


def _unit_cell(figures: dict[str, float] | None) -> str:
    if figures is None:
        return "-"
    parts = [f"{figures['calls']:g} calls" if figures["calls"] != 1 else "1 call"]
    parts += [f"{figures[kind]:g} {letter}" for kind, letter in (("read", "R"), ("write", "W")) if figures[kind]]
    return ", ".join(parts)


def _title(name: str) -> str:
    titles = {contender.name: contender.title for contender in CONTENDERS}
    return titles.get(name, "this service, importing after the fork")


def _aligned(rows: list[Row]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _markdown_rows(rows: list[Row]) -> list[str]:
    head, *rest = rows
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rest)]
