"""What the linters for templates and workflows say: nothing that is not waived, with a reason, beside the resource."""

import json
import re

import pytest

from tests.cloud.linters import Finding, run_cfn_lint, run_checkov, run_guard, waivers
from tests.cloud.templates import FOLDER, STACKS, STAGES, parameters, read, translated


def _waived(tool: str) -> dict[Finding, str]:
    return {finding: reason for stack in STACKS for finding, reason in waivers(stack, read(stack), tool).items()}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("stack", STACKS)
def test_cfn_lint_has_nothing_to_say(stage: str, stack: str) -> None:
    assert run_cfn_lint((FOLDER / f"{stack}.yaml").read_text(), parameters(stage, stack)) == []


@pytest.mark.parametrize("stage", STAGES)
def test_what_sam_makes_of_the_api_is_a_good_template(stage: str) -> None:
    given = parameters(stage, "api")
    plain = translated(read("api"), given)
    assert "Transform" not in plain
    assert run_cfn_lint(json.dumps(plain), given) == []


def test_checkov_finds_nothing_and_needs_every_waiver() -> None:
    failed, skipped = run_checkov()
    assert failed == set()
    assert set(_waived("checkov")) == skipped


def test_the_control_tower_rules_find_what_is_waived_and_nothing_else() -> None:
    assert run_guard() == set(_waived("guard"))


def test_every_waiver_has_a_reason() -> None:
    """A sentence, or `As RULE.` where that rule is waived for the same resource with one."""
    reasons = _waived("checkov") | _waived("guard")
    for finding, reason in reasons.items():
        same = re.fullmatch(r"As (\w+)\.", reason)
        full = reasons[finding._replace(rule=same[1])] if same else reason
        assert len(full.split()) >= 3, finding


def test_a_waiver_of_cfn_lint_has_a_comment_beside_it() -> None:
    for stack in STACKS:
        for line in (FOLDER / f"{stack}.yaml").read_text().splitlines():
            assert "ignore_checks" not in line or re.search(r"# \w+ \w+", line), (stack, line)
