"""cfn-lint, checkov and cfn-guard as the tests call them, and the waivers that stand beside the resources."""

import functools
import json
import platform
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cfnlint.config import ConfigMixIn, ParameterSet
from cfnlint.decode.decode import decode_str
from cfnlint.rules import Rules
from cfnlint.runner import Runner, run_template_by_data

from deploy.local.standins import ROOT
from tests.cloud.templates import FOLDER, REGION, Template

_FOLDER = ROOT / "tests" / "cloud"
_GUARD = _FOLDER / "node_modules" / "@cdklabs" / "cdk-validator-cfnguard"
_CHECKOV = ROOT / ".venv" / "checkov" / "bin" / "checkov"


class Finding(NamedTuple):
    """`rule` is what the tool calls it, `resource` the logical id."""

    stack: str
    resource: str
    rule: str


def run_cfn_lint(template: str, parameters: Mapping[str, str]) -> list[str]:
    """What it says about a template, given as text, that is deployed with these parameters."""
    read, unreadable = decode_str(template)
    config = ConfigMixIn(regions=[REGION], parameters=[ParameterSet(source=None, parameters=dict(parameters))])
    found = unreadable or run_template_by_data(read, config, _rules())
    return [f"{each.linenumber}: {each.rule.id} {each.message}" for each in found]


@functools.cache
def _rules() -> Rules:
    """Read once, and not by cfnlint.api.lint, which would read them each time: it takes as long as a template."""
    return Runner(ConfigMixIn(cli_args=[])).rules


def run_checkov(folder: Path = FOLDER) -> tuple[set[Finding], set[Finding]]:
    """What failed, and what was waived, over all templates at once: its start takes longer than its work."""
    command = [
        str(_CHECKOV),
        "--framework",
        "cloudformation",
        "--skip-download",
        "--output",
        "json",
        "--directory",
        str(folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    results = json.loads(done.stdout)["results"]
    assert not results["parsing_errors"], results["parsing_errors"]
    failed, skipped = (
        {
            Finding(Path(each["file_path"]).stem, each["resource"].rpartition(".")[2], each["check_id"])
            for each in results[kind]
        }
        for kind in ("failed_checks", "skipped_checks")
    )
    return failed, skipped


def run_guard(folder: Path = FOLDER) -> set[Finding]:
    """What the Control Tower rules refuse. Their own waivers they do not read: the caller does."""
    system = {"Linux": "ubuntu", "Darwin": "macos"}[platform.system()]
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    program = _GUARD / "bin" / system / machine / "cfn-guard"
    # npm unpacks without asking what is a program.
    program.chmod(0o755)
    rules = _GUARD / "rules" / "control-tower" / "cfn-guard"
    command = [
        str(program),
        "validate",
        "--rules",
        str(rules),
        "--show-summary",
        "none",
        "--output-format",
        "json",
        "--structured",
    ]
    for template in sorted(folder.glob("*.yaml")):
        command += ["--data", str(template)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode in (0, 19), done.stderr
    return {finding for report in json.loads(done.stdout) for finding in _refused(report)}


def _refused(report: Mapping[str, Any]) -> Iterator[Finding]:
    stack = Path(report["name"]).stem
    for rule in report["not_compliant"]:
        name = rule["Rule"]["name"].removesuffix("_check").upper()
        for path in _paths(rule):
            yield Finding(stack, path.split("/")[2], name)


def _paths(node: Any) -> Iterator[str]:
    """Where in the template something was refused."""
    if isinstance(node, dict):
        path = node.get("path")
        if isinstance(path, str) and path.startswith("/Resources/"):
            yield path
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _paths(child)


def waivers(stack: str, template: Template, tool: str) -> dict[Finding, str]:
    """The reason of each waiver for `checkov` or `guard`; "" where none is given."""
    found = {}
    for name, resource in template["Resources"].items():
        told = resource.get("Metadata", {}).get(tool, {})
        for each in told.get("skip", []):
            found[Finding(stack, name, each["id"])] = each.get("comment", "")
        for rule in told.get("SuppressedRules", []):
            found[Finding(stack, name, rule)] = told.get("Reasons", {}).get(rule, "")
    return found
