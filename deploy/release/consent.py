"""Who agrees to a change: a person at the terminal, a pipeline beforehand, or, in a dry run, nobody."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deploy.release.errors import ReleaseError

# Their data stays when they are replaced or removed (DeletionPolicy: Retain), but the service would find an empty one.
KEEP_DATA = {
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}
# Of the commands that change stacks.
ARGUMENTS = argparse.ArgumentParser(add_help=False)
ARGUMENTS.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
ARGUMENTS.add_argument("--yes", action="store_true", help="agree to every change that loses no data")
_SIGNS = {"Add": "+", "Modify": "~", "Remove": "-", "Import": "<", "Dynamic": "?"}


@dataclass(frozen=True)
class Consent:
    dry_run: bool = False
    yes: bool = False

    @classmethod
    def of(cls, asked: argparse.Namespace) -> "Consent":
        return cls(dry_run=asked.dry_run, yes=asked.yes)

    def to_changes(self, stack: str, changes: Sequence[dict[str, Any]]) -> bool:
        """Show the changes; False in a dry run. Raises ReleaseError where somebody says no, or nobody can be asked."""
        lost = [change["LogicalResourceId"] for change in changes if _loses_data(change)]
        print(f"{stack}: {len(changes)} change{'' if len(changes) == 1 else 's'}")
        for change in changes:
            print(f"  {_described(change)}")
        if lost:
            print(f"  CAREFUL: the service would no longer see what is now in {', '.join(lost)}.")
        if self.dry_run:
            return False
        if lost and self.yes:
            raise ReleaseError(
                f"{stack} was not changed: {', '.join(lost)} would be replaced or removed, and what is in it no longer "
                "seen. If that is meant, deploy from a terminal without YES and confirm by the stack's name."
            )
        if lost:
            self._ask(f"Type {stack} to carry this out: ", wanted=stack, stack=stack)
        elif not self.yes:
            self._ask("Carry this out? [y/N] ", wanted="y", stack=stack)
        return True

    def to_act(self, stack: str, what: str) -> bool:
        """As to_changes, for an act that is said in a sentence."""
        print(f"{stack}: {what}")
        if self.dry_run:
            return False
        if not self.yes:
            self._ask("Carry this out? [y/N] ", wanted="y", stack=stack)
        return True

    def by_name(self, stack: str) -> None:
        """The name must be typed; YES does not stand in for it, so that no pipeline gets here."""
        self._ask(f"Type {stack} to go on: ", wanted=stack, stack=stack)

    def _ask(self, question: str, *, wanted: str, stack: str) -> None:
        if not sys.stdin.isatty():
            hint = "; YES=1 agrees beforehand" if wanted == "y" else ""
            raise ReleaseError(f"{stack} was not changed: there is no terminal to ask at{hint}.")
        try:
            answer = input(question)
        except EOFError:
            answer = ""
        if answer.strip().lower() != wanted.lower():
            raise ReleaseError(f"{stack} was not changed, nor anything after it.")


def _loses_data(change: dict[str, Any]) -> bool:
    return change["ResourceType"] in KEEP_DATA and (
        change["Action"] == "Remove" or change.get("Replacement") in ("True", "Conditional")
    )


def _described(change: dict[str, Any]) -> str:
    replaced = {"True": ", replaced", "Conditional": ", perhaps replaced"}.get(change.get("Replacement", ""), "")
    names = {detail["Target"].get("Name") or detail["Target"]["Attribute"] for detail in change.get("Details", [])}
    because = f" ({', '.join(sorted(names))})" if names and change["Action"] == "Modify" else ""
    sign = _SIGNS.get(change["Action"], "?")
    return f"{sign} {change['LogicalResourceId']:<28} {change['ResourceType']}{replaced}{because}"
