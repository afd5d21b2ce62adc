"""Files put where they belong, as a browser does it."""

import os
import time
from typing import Any

import requests
from django.http import HttpResponse

from deploy.local import resources
from tests.clients import User

BUCKET = os.environ.get("FILES_BUCKET", "")


def s3() -> Any:
    return resources.client("s3", os.environ)


def new_todo(user: User, title: str = "Renew passport") -> str:
    todo_id: str = user.api.post("/me/todos", {"title": title}).json()["todoID"]
    return todo_id


def announce(
    user: User, todo_id: str, size: int, name: str = "form.pdf", content_type: str = "application/pdf"
) -> HttpResponse:
    return user.api.post(f"/{todo_id}/files", {"fileName": name, "size": size, "contentType": content_type})


def start(
    user: User, todo_id: str, size: int, name: str = "form.pdf", content_type: str = "application/pdf"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The pending file, and the form to upload it with."""
    answer = announce(user, todo_id, size, name, content_type)
    assert answer.status_code == 201, answer.content
    started = answer.json()
    return started["file"], started["upload"]


def post_form(form: dict[str, Any], content: bytes, **changed: str | None) -> requests.Response:
    """The form with some of its fields changed, or left out where None; _ stands for -."""
    fields = form["fields"] | {name.replace("_", "-"): value for name, value in changed.items()}
    given = {name: value for name, value in fields.items() if value is not None}
    return requests.post(form["url"], data=given, files={"file": content}, timeout=10)


def path_of(file: dict[str, Any]) -> str:
    return f"/{file['todoID']}/files/{file['fileID']}"


def upload(user: User, todo_id: str, content: bytes, name: str = "form.pdf", **options: str) -> dict[str, Any]:
    """The file, uploaded and not yet completed."""
    file, form = start(user, todo_id, len(content), name, **options)
    assert post_form(form, content).status_code == 204
    return file


def store(user: User, todo_id: str, content: bytes, name: str = "form.pdf", **options: str) -> dict[str, Any]:
    answer = user.api.post(path_of(upload(user, todo_id, content, name, **options)) + "/complete")
    assert answer.status_code == 200, answer.content
    stored: dict[str, Any] = answer.json()
    return stored


def object_key(user: User, file: dict[str, Any]) -> str:
    return f"{user.sub}/{file['todoID']}/{file['fileID']}"


def objects_of(user: User) -> list[str]:
    """The keys of what the bucket holds of the user."""
    found = s3().list_objects_v2(Bucket=BUCKET, Prefix=f"{user.sub}/").get("Contents", [])
    return [each["Key"] for each in found]


def records_of(user: User) -> dict[str, dict[str, Any]]:
    """What FilesTable holds of the user, by `fileKey`."""
    found = resources.client("dynamodb", os.environ).query(
        TableName=os.environ["FILES_TABLE"],
        KeyConditionExpression="userID = :user",
        ExpressionAttributeValues={":user": {"S": user.sub}},
        ConsistentRead=True,
    )["Items"]
    return {item["fileKey"]["S"]: item for item in found}


def stored_bytes(user: User) -> int | None:
    """As the user's usage item counts them; None where there is none."""
    usage = records_of(user).get("usage")
    return int(usage["storedBytes"]["N"]) if usage else None


def let_expire(user: User, file: dict[str, Any]) -> None:
    """As a day later, before DynamoDB has got round to deleting the record."""
    resources.client("dynamodb", os.environ).update_item(
        TableName=os.environ["FILES_TABLE"],
        Key={"userID": {"S": user.sub}, "fileKey": {"S": f"{file['todoID']}#{file['fileID']}"}},
        UpdateExpression="SET expiresAt = :past",
        ExpressionAttributeValues={":past": {"N": str(int(time.time()) - 1)}},
    )


def without_address(file: dict[str, Any]) -> dict[str, Any]:
    """All but `filePath`, which is signed anew for each answer."""
    return {name: value for name, value in file.items() if name != "filePath"}


def refusal(answer: requests.Response) -> tuple[int, str]:
    """The status and S3's name of the error."""
    return answer.status_code, answer.text.partition("<Code>")[2].partition("</Code>")[0]
