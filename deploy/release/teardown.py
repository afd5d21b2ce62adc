"""Take a stage down: `make teardown STAGE=…`. Refuses while data would be lost sight of, and says what stays.

Tables, buckets, pools, the secret, images and logs are kept whatever is deleted (DeletionPolicy: Retain). But nothing
would know of them any more, and a new deployment makes new, empty ones. So a stage that holds data goes only with
--keep-data, and never without the typed name of the stage.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from deploy.release.consent import Consent
from deploy.release.errors import ReleaseError, run
from deploy.release.progress import delete
from deploy.release.stage import STACKS, Stage

# Names that are given, not made: who deploys the stage again meets them.
_IN_THE_WAY = {
    "AWS::ECR::Repository": (
        "A new pipeline stack cannot be made while {name} is there. Delete it with its images "
        "(aws ecr delete-repository --force --repository-name {name}), or import it into the new stack."
    ),
    "AWS::IAM::OIDCProvider": (
        "A new pipeline stack finds it by its parameter: write "
        '"GitHubOidcProviderArn": "{name}" under "pipeline" in the stage\'s file.'
    ),
}


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags, whose values are of no interest here."""


_Loader.add_multi_constructor("!", lambda *_: None)


@dataclass(frozen=True)
class Teardown:
    stage: Stage
    consent: Consent

    def run(self, *, keep_data: bool) -> None:
        stacks = [name for name in reversed(STACKS) if self.stage.describe(name)]
        if not stacks:
            raise ReleaseError(f"Stage {self.stage.name} has no stack in this account and region.")
        kept = list(self._kept(stacks))
        held = [
            f"{each['ResourceType'].rpartition('::')[2]} {each['PhysicalResourceId']}: {what}"
            for name in stacks
            for each in self._resources(name)
            # Kept or not: what a template does not keep would be lost altogether.
            if (what := self._content(each["ResourceType"], each["PhysicalResourceId"]))
        ]
        print("To be deleted: " + ", ".join(map(self.stage.stack, stacks)))
        print("To stay, until you delete it by hand:" + "".join(f"\n  {kind} {name}" for kind, name in kept))
        if held and not keep_data:
            raise ReleaseError(
                "Nothing was deleted, since there is data:\n  " + "\n  ".join(held) + "\nExport it, or let it stay "
                "where it is with KEEP_DATA=1: this service, deployed again, would not find it there."
            )
        if self.consent.dry_run:
            return
        self.consent.by_name(f"todo-{self.stage.name}")
        for name in stacks:
            self._release_protections(name)
            print(f"{self.stage.stack(name)}: deleting")
            delete(self.stage.cloudformation, self.stage.stack(name))
        for kind, name in kept:
            if kind in _IN_THE_WAY:
                print(_IN_THE_WAY[kind].format(name=name))

    def _kept(self, stacks: list[str]) -> Iterator[tuple[str, str]]:
        """What the templates, as they are deployed, keep: type and name."""
        for name in stacks:
            if not (resources := list(self._resources(name))):
                continue
            body = self.stage.cloudformation.get_template(StackName=self.stage.stack(name))["TemplateBody"]
            template = body if isinstance(body, dict) else yaml.load(body, _Loader)  # noqa: S506  # a SafeLoader
            for each in resources:
                policy = template["Resources"].get(each["LogicalResourceId"], {}).get("DeletionPolicy", "")
                if policy.startswith("Retain"):
                    yield each["ResourceType"], each["PhysicalResourceId"]

    def _resources(self, name: str) -> Iterator[dict[str, Any]]:
        pages = self.stage.cloudformation.get_paginator("list_stack_resources")
        for page in pages.paginate(StackName=self.stage.stack(name)):
            for each in page["StackResourceSummaries"]:
                # One that could not be made, or is gone, has no name or no place.
                if each.get("PhysicalResourceId") and each["ResourceStatus"] != "DELETE_COMPLETE":
                    yield each

    def _content(self, kind: str, name: str) -> str:
        """What makes it worth keeping, or nothing. The website, images and templates can be made again."""
        if kind == "AWS::DynamoDB::Table":
            rows = self.stage.client("dynamodb").scan(TableName=name, Limit=1, ConsistentRead=True)["Items"]
            return "has items" if rows else ""
        if kind == "AWS::Cognito::UserPool":
            return "has users" if self.stage.client("cognito-idp").list_users(UserPoolId=name, Limit=1)["Users"] else ""
        if kind == "AWS::S3::Bucket" and name == self.stage.outputs("data").get("FilesBucket"):
            return "has files" if self.stage.client("s3").list_objects_v2(Bucket=name, MaxKeys=1)["KeyCount"] else ""
        return ""

    def _release_protections(self, name: str) -> None:
        """What stands against its deletion: of the load balancer, and of instances that run tasks."""
        for each in self._resources(name):
            if each["ResourceType"] == "AWS::ElasticLoadBalancingV2::LoadBalancer":
                self.stage.client("elbv2").modify_load_balancer_attributes(
                    LoadBalancerArn=each["PhysicalResourceId"],
                    Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}],
                )
            elif each["ResourceType"] == "AWS::AutoScaling::AutoScalingGroup":
                self._release_instances(each["PhysicalResourceId"])

    def _release_instances(self, group: str) -> None:
        autoscaling = self.stage.client("autoscaling")
        autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, NewInstancesProtectedFromScaleIn=False)
        for each in autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]:
            protected = [one["InstanceId"] for one in each["Instances"] if one["ProtectedFromScaleIn"]]
            # AWS takes 50 at once.
            for start in range(0, len(protected), 50):
                autoscaling.set_instance_protection(
                    AutoScalingGroupName=group,
                    InstanceIds=protected[start : start + 50],
                    ProtectedFromScaleIn=False,
                )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.release.teardown", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--keep-data", action="store_true", help="go on although there is data, and let it stay")
    parser.add_argument("--dry-run", action="store_true", help="say what would be deleted and what would stay")
    asked = parser.parse_args()
    stage = Stage.read(asked.stage)
    stage.say_where()
    Teardown(stage, Consent(dry_run=asked.dry_run)).run(keep_data=asked.keep_data)


if __name__ == "__main__":
    run(main)
