"""What a recorded call asks of IAM: an action on a resource."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.cloud.iam import Call
from tests.cloud.running import Stage
from tests.cloud.templates import REGION

# Where the action is not called like the operation, or where there are several.
_S3 = {
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "ListObjects": "ListBucket",
    "HeadBucket": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}
_TRANSACTION = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem"}


def read_calls(stage: Stage, *files: Path) -> set[Call]:
    """What the processes that wrote these files need to be allowed, in the names of the created stacks."""
    text = "".join(file.read_text() for file in files)
    for created, standin in stage.names.items():
        text = text.replace(standin, created)
    account = stage.deployment.account
    return {call for line in text.splitlines() for call in _asked(json.loads(line), account)}


def _asked(line: dict[str, Any], account: str) -> Iterator[Call]:
    of_service: dict[str, Callable[[dict[str, Any], str], Iterator[Call]]] = {
        "dynamodb": _dynamodb,
        "s3": _s3,
        "cognito-idp": _cognito,
    }
    yield from of_service[line["service"]](line, account)


def _dynamodb(line: dict[str, Any], account: str) -> Iterator[Call]:
    def call(operation: str, table: str, index: str | None = None) -> Call:
        arn = f"arn:aws:dynamodb:{REGION}:{account}:table/{table}"
        return Call(f"dynamodb:{operation}", f"{arn}/index/{index}" if index else arn)

    operation, parameters = line["operation"], line["parameters"]
    for item in parameters.get("TransactItems", []):
        for kind, each in item.items():
            yield call(_TRANSACTION.get(kind, "ConditionCheckItem"), each["TableName"])
    for table in parameters.get("RequestItems", {}):
        yield call(operation, table)
    if "TableName" in parameters:
        yield call(operation, parameters["TableName"], parameters.get("IndexName"))


def _s3(line: dict[str, Any], account: str) -> Iterator[Call]:
    if "form" in line:
        fields = {name: value for each in line["form"] if isinstance(each, dict) for name, value in each.items()}
        yield Call("s3:PutObject", f"arn:aws:s3:::{fields['bucket']}/{fields['key']}")
        return
    operation, parameters = line["operation"], line["parameters"]
    bucket = f"arn:aws:s3:::{parameters['Bucket']}"
    if operation == "DeleteObjects":
        for each in parameters["Delete"]["Objects"]:
            yield Call(
                "s3:DeleteObjectVersion" if each.get("VersionId") else "s3:DeleteObject", f"{bucket}/{each['Key']}"
            )
        return
    versioned = "Version" if parameters.get("VersionId") else ""
    action = f"s3:{_S3.get(operation, operation)}{versioned}"
    if "Key" in parameters:
        yield Call(action, f"{bucket}/{parameters['Key']}")
        if operation == "HeadObject":
            # Without it S3 answers 403 for what is not there, and nothing can be told from that.
            yield Call("s3:ListBucket", bucket, (("s3:prefix", parameters["Key"]),))
    else:
        yield Call(action, bucket, (("s3:prefix", parameters.get("Prefix", "")),))


def _cognito(line: dict[str, Any], account: str) -> Iterator[Call]:
    pool = line["parameters"].get("UserPoolId")
    yield Call(f"cognito-idp:{line['operation']}", f"arn:aws:cognito-idp:{REGION}:{account}:userpool/{pool}")
