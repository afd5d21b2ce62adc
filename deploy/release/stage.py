"""A stage: its stacks in the order in which they build on each other, their parameters and what they gave back.

With boto3, AWS's own library, and not the AWS CLI: `aws cloudformation deploy` shows no change set, and what is here
can be tested.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from deploy.release.errors import NO_REGION, ReleaseError

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "cloudformation"
STACKS = (
    "pipeline",
    "network",
    "data",
    "auth",
    "cluster",
    "service",
    "maintenance",
    "api",
    "website",
    "watch",
)
# Of a stack that holds nothing: its first change set was abandoned, or its first creation taken back.
_EMPTY = {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"}
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 8})


@dataclass(frozen=True)
class Stage:
    name: str
    parameters: dict[str, dict[str, str]]
    """By stack, as the stage's file has them."""
    region: str
    templates: Path = TEMPLATES
    _outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str, templates: Path = TEMPLATES) -> "Stage":
        """Raises ReleaseError where the file is missing or is not of the form that the folder's files have."""
        folder = templates / "parameters"
        known = sorted(file.stem for file in folder.glob("*.json"))
        if name not in known:
            raise ReleaseError(
                f"There is no stage {name!r}: name one of {', '.join(known)} (STAGE=…), or write its parameters into "
                f"cloudformation/parameters/{name or '<stage>'}.json."
            )
        file = folder / f"{name}.json"
        try:
            parameters = json.loads(file.read_text())
        except ValueError as error:
            raise ReleaseError(f"{file.name} is not JSON: {error}") from error
        if not _is_of_the_form(parameters):
            raise ReleaseError(f'{file.name} must be of the form {{"<stack>": {{"<parameter>": "<text>"}}}}.')
        if strange := sorted(parameters.keys() - set(STACKS)):
            raise ReleaseError(
                f"{file.name} names what is no stack: {', '.join(strange)}. Stacks: {', '.join(STACKS)}."
            )
        return cls(name, parameters, _region(), templates)

    def client(self, service: str) -> Any:
        """Kept, because making one takes a tenth of a second."""
        if service not in self._clients:
            # botocore itself reads only AWS_DEFAULT_REGION.
            made = boto3.client(service, region_name=self.region, config=_CONFIG)  # type: ignore[call-overload]
            self._clients[service] = made
        return self._clients[service]

    @property
    def cloudformation(self) -> Any:
        return self.client("cloudformation")

    def stack(self, name: str) -> str:
        return f"todo-{self.name}-{name}"

    def describe(self, name: str) -> dict[str, Any] | None:
        """The stack as CloudFormation describes it, or None where there is none."""
        return describe(self.cloudformation, self.stack(name))

    def deployed(self, name: str) -> dict[str, Any] | None:
        """As describe, but None too where there is no more than the name of a stack."""
        found = self.describe(name)
        return found if found and found["StackStatus"] not in _EMPTY else None

    def outputs(self, name: str, *, fresh: bool = False) -> dict[str, str]:
        """Empty where the stack is not there (yet)."""
        if fresh or name not in self._outputs:
            found = self.describe(name) or {}
            self._outputs[name] = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
        return self._outputs[name]

    def output(self, name: str, key: str) -> str:
        """Raises ReleaseError where the stack or the output is not there."""
        try:
            return self.outputs(name)[key]
        except KeyError:
            raise ReleaseError(
                f"{self.stack(name)} has no output {key}: deploy it first (make deploy STAGE={self.name})."
            ) from None

    def say_where(self) -> None:
        caller = self.client("sts").get_caller_identity()
        print(f"Stage {self.name} in account {caller['Account']}, {self.region}, as {caller['Arn'].rpartition(':')[2]}")


def describe(cloudformation: Any, stack: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    return found


def _is_of_the_form(parameters: Any) -> bool:
    return isinstance(parameters, dict) and all(
        isinstance(values, dict) and all(isinstance(value, str) for value in values.values())
        for values in parameters.values()
    )


def _region() -> str:
    region = os.environ.get("AWS_REGION") or boto3.session.Session().region_name
    if not region:
        raise ReleaseError(NO_REGION)
    return region
