"""cost.svg from results.json: what a page costs against the length of the list. Run in the bench's environment."""

import json
from pathlib import Path
from statistics import median

from matplotlib import pyplot, rcParams

_FOLDER = Path(__file__).parent
_WORKS = {50: "list-50", 1_000: "first-1000", 10_000: "first-10000", 100_000: "first-100000"}
_LINES = {
    "article": ("Flask + boto3: all of the list", "#c2410c", "s"),
    "ours": ("this service: a page of 50", "#1d4ed8", "o"),
    "floor": ("floor: one tuned botocore call", "#6b7280", "^"),
}


def main() -> None:
    # The same file for the same figures.
    rcParams["svg.hashsalt"] = "bench"
    cpu = json.loads((_FOLDER / "results.json").read_text())["cpu"]
    figure, axes = pyplot.subplots(figsize=(7, 4.2))
    for name, (label, colour, marker) in _LINES.items():
        costs = [median(cpu[work][name]["cpu_milliseconds"]) for work in _WORKS.values()]
        axes.plot(list(_WORKS), costs, label=label, color=colour, marker=marker)
        axes.annotate(f"{costs[-1]:,.1f}", (100_000, costs[-1]), xytext=(6, -3), textcoords="offset points")
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="todos in the list",
        ylabel="CPU milliseconds a request",
        title="What the first page of a list costs",
    )
    axes.set_xticks(list(_WORKS), [f"{size:,}" for size in _WORKS])
    axes.margins(x=0.12)
    axes.grid(which="major", color="#e5e7eb")
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(_FOLDER / "cost.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
