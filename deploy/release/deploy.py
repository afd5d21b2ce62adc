"""Bring a stage's stacks to what is in cloudformation/: `make deploy STAGE=…`.

From nothing to everything in one go, in an order in which each stack finds what it imports. Two addresses are known
only at the end, where no domain of one's own is given: the stacks that want them are then deployed once more.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.release import image
from deploy.release.change_sets import Wanted, bring
from deploy.release.consent import ARGUMENTS, Consent
from deploy.release.errors import ReleaseError, run
from deploy.release.stage import STACKS, Stage

# CloudFormation takes more from a bucket only.
_LONGEST_BODY = 51_200
# Each is set by its own pipeline; this command gives a tag to a new stack and never changes one.
TAGS = {"service": ("TodosImageTag", "FilesImageTag"), "maintenance": ("MaintenanceImageTag",)}
_LATE = {"data": ("WebsiteOrigin",), "api": ("WebsiteOrigin",), "service": ("ApiOrigin",)}


@dataclass(frozen=True)
class Deployment:
    stage: Stage
    consent: Consent
    tag: str | None = None
    """Of the image that new stacks begin with."""

    def run(self, stacks: Sequence[str]) -> None:
        for name in stacks:
            self._deploy(name)
        for name in stacks:
            if self._has_learnt(name):
                print(f"{self.stage.stack(name)}: once more, with an address that is known only now")
                self._deploy(name)

    def _deploy(self, name: str) -> None:
        stage, body = self.stage, (self.stage.templates / f"{name}.yaml").read_text()
        template = self._template(name, body)
        summary = stage.cloudformation.get_template_summary(**template)
        wanted = Wanted(
            template=template,
            parameters=self._parameters(name, summary["Parameters"]),
            resource_types=summary["ResourceTypes"],
            role_arn="" if name == "pipeline" else stage.outputs("pipeline").get("CloudFormationRoleArn", ""),
            tags={"Service": "todo", "Stage": stage.name},
        )
        if bring(stage.cloudformation, stage.stack(name), wanted, self.consent):
            stage.outputs(name, fresh=True)

    def _template(self, name: str, body: str) -> dict[str, str]:
        if len(body.encode()) <= _LONGEST_BODY:
            return {"TemplateBody": body}
        bucket, key = self.stage.output("pipeline", "ArtifactBucket"), f"templates/{name}.yaml"
        self.stage.client("s3").put_object(Bucket=bucket, Key=key, Body=body.encode())
        return {"TemplateURL": f"https://{bucket}.s3.{self.stage.region}.amazonaws.com/{key}"}

    def _parameters(self, name: str, declared: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Raises ReleaseError where one has no value. What is not in the file has the template's default."""
        given = self._given(name)
        known = {parameter["ParameterKey"]: parameter.get("DefaultValue") for parameter in declared}
        if strange := sorted(given.keys() - known.keys()):
            raise ReleaseError(
                f"{', '.join(strange)}: no parameter of cloudformation/{name}.yaml. Take it out of "
                f"cloudformation/parameters/{self.stage.name}.json, or correct it."
            )
        tags = self._tags(name)
        missing = sorted(key for key, default in known.items() if default is None and key not in {*given, *tags})
        if missing:
            raise ReleaseError(
                f"{self.stage.stack(name)} needs {', '.join(missing)}: write it under {name!r} in "
                f"cloudformation/parameters/{self.stage.name}.json."
            )
        return [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()] + list(tags.values())

    def _given(self, name: str) -> dict[str, str]:
        parameters = self.stage.parameters
        website, api = (parameters.get(each, {}).get("DomainName", "") for each in ("website", "api"))
        website_origin = f"https://{website}" if website else self.stage.outputs("website").get("WebsiteUrl", "")
        api_origin = f"https://{api}" if api else self.stage.outputs("api").get("ApiUrl", "")
        derived = {
            "data": {"WebsiteOrigin": website_origin},
            "api": {"WebsiteOrigin": website_origin},
            "service": {"ApiOrigin": api_origin},
            "website": {"ApiDomainName": api},
        }
        return {"Stage": self.stage.name, **derived.get(name, {}), **parameters.get(name, {})}

    def _tags(self, name: str) -> dict[str, dict[str, Any]]:
        keys = TAGS.get(name, ())
        if not keys:
            return {}
        if self.stage.deployed(name):
            return {key: {"ParameterKey": key, "UsePreviousValue": True} for key in keys}
        tag = self.tag or image.tag_of_this_commit()
        if not self.consent.dry_run:
            image.require(self.stage, tag)
        return {key: {"ParameterKey": key, "ParameterValue": tag} for key in keys}

    def _has_learnt(self, name: str) -> bool:
        """Whether an address that the stack takes is another one than it was given."""
        if name not in _LATE or not (found := self.stage.deployed(name)):
            return False
        has = {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])}
        return any(has.get(key, "") != self._given(name)[key] for key in _LATE[name])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.release.deploy", description=__doc__, parents=[ARGUMENTS])
    parser.add_argument("--stage", required=True)
    parser.add_argument("--stack", action="append", choices=STACKS, help="only this one; may be repeated")
    parser.add_argument("--from", dest="first", choices=STACKS, help="this one and those after it")
    parser.add_argument("--tag", help="image that a new service begins with; this commit's where none is given")
    asked = parser.parse_args()
    stage = Stage.read(asked.stage)
    stage.say_where()
    first = STACKS.index(asked.first) if asked.first else 0
    stacks = [name for name in STACKS[first:] if not asked.stack or name in asked.stack]
    Deployment(stage, Consent.of(asked), asked.tag).run(stacks)


if __name__ == "__main__":
    run(main)
