"""How a stage is: `make status STAGE=…`. Its stacks, images and tasks, what is in alarm, and where to find it."""

import argparse
from typing import Any

from deploy.release.deploy import TAGS
from deploy.release.errors import run
from deploy.release.progress import advice
from deploy.release.stage import STACKS, Stage

# So many of the last things that ECS said of the service: why tasks stopped, whether there was no room.
_EVENTS = 3
_ADDRESSES = (("website", "WebsiteUrl"), ("api", "ApiUrl"), ("watch", "DashboardUrl"))


def show(stage: Stage) -> None:
    for name in STACKS:
        found = stage.describe(name)
        status = found["StackStatus"] if found else "not there"
        changed = f"{found.get('LastUpdatedTime', found['CreationTime']):%Y-%m-%d %H:%M}" if found else ""
        print(f"{stage.stack(name):<32} {status:<28} {changed:<17} {_images(name, found)}".rstrip())
        if status.endswith(("_FAILED", "ROLLBACK_COMPLETE")):
            print(f"  {advice(stage.stack(name), status)}")
    _show_tasks(stage)
    _show_alarms(stage)
    for name, key in _ADDRESSES:
        if address := stage.outputs(name).get(key):
            print(f"{key:<32} {address}")


def _images(name: str, found: dict[str, Any] | None) -> str:
    values = {each["ParameterKey"]: each["ParameterValue"] for each in (found or {}).get("Parameters", [])}
    return "  ".join(
        f"{key.removesuffix('ImageTag')} {values[key][:12]}" for key in TAGS.get(name, ()) if key in values
    )


def _show_tasks(stage: Stage) -> None:
    cluster, service = stage.outputs("cluster").get("ClusterName"), stage.outputs("service").get("ServiceName")
    if not cluster or not service:
        return
    for each in stage.client("ecs").describe_services(cluster=cluster, services=[service])["services"]:
        state = next((deployment.get("rolloutState", "") for deployment in each.get("deployments", [])), "")
        print(f"{'tasks':<32} {each['runningCount']} of {each['desiredCount']} run  {state}".rstrip())
        for event in each.get("events", [])[:_EVENTS]:
            print(f"  {event['createdAt']:%Y-%m-%d %H:%M} {event['message']}")


def _show_alarms(stage: Stage) -> None:
    pages = stage.client("cloudwatch").get_paginator("describe_alarms")
    prefix = f"todo-{stage.name}-"
    ringing = [
        alarm
        for page in pages.paginate(AlarmNamePrefix=prefix, StateValue="ALARM")
        for alarm in page["MetricAlarms"]
        # What tells scaling to take tasks away is on whenever there is little to do.
        if alarm.get("AlarmActions") and ":sns:" in "".join(alarm["AlarmActions"])
    ]
    for alarm in ringing:
        print(f"{'ALARM':<32} {alarm['AlarmName']}: {alarm.get('AlarmDescription', '')}")
    if not ringing:
        print(f"{'alarms':<32} none is on")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.release.status", description=__doc__)
    parser.add_argument("--stage", required=True)
    stage = Stage.read(parser.parse_args().stage)
    stage.say_where()
    show(stage)


if __name__ == "__main__":
    run(main)
