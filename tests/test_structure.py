"""What import-linter cannot say of the code's structure; its contracts are in pyproject.toml."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from deploy.local.standins import ROOT

# What is directly in deploy/ is in the image.
_SERVICE = ["todoproject", "todos", "files", *(f"deploy/{path.name}" for path in (ROOT / "deploy").glob("*.py"))]


def _modules() -> Iterator[Path]:
    for place in _SERVICE:
        path = ROOT / place
        yield from [path] if path.is_file() else path.rglob("*.py")


def _reads_environment(path: Path) -> bool:
    """Any use of `environ` or `getenv`, but for the default of the one variable Django itself must be given."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"environ", "environb", "getenv"}
        and "setdefault" not in ast.unparse(parent)
        for parent in ast.walk(ast.parse(path.read_text()))
        for node in ast.iter_child_nodes(parent)
    )


def test_only_the_settings_read_the_environment() -> None:
    readers = {str(path.relative_to(ROOT)) for path in _modules() if _reads_environment(path)}
    assert readers == {"todoproject/settings.py"}


def _starts_programs(path: Path) -> bool:
    return any(
        (isinstance(node, ast.Import) and any(name.name in {"subprocess", "pty"} for name in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module in {"subprocess", "pty"})
        or (isinstance(node, ast.Attribute) and re.match("system$|popen|exec[lv]|spawn|posix_spawn", node.attr))
        for node in ast.walk(ast.parse(path.read_text()))
    )


def test_the_service_starts_no_program() -> None:
    assert [str(path.relative_to(ROOT)) for path in _modules() if _starts_programs(path)] == []
    assert _starts_programs(ROOT / "tests" / "test_readme.py")


def test_both_apps_have_the_same_files() -> None:
    apps = [{path.name for path in (ROOT / app).glob("*.py")} for app in ("todos", "files")]
    assert apps[0] ^ apps[1] == {"storage.py"}
    maintenance = [{path.name for path in (ROOT / app / "maintenance").glob("*.py")} for app in ("todos", "files")]
    assert maintenance[0] ^ maintenance[1] == {"reconciliation.py"}
