"""The article's design: Flask and boto3, ids alone as keys, an index by owner, sorting in Python, one blind write.

No token is looked at: that is API Gateway's there. Of the article's code only the design is here: it builds a client
for each create, copies each list three times, logs each answer whole and loses what lies beyond 1 MB.
"""

import os
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from flask import Flask, Response, jsonify, request

TODOS, FILES, BUCKET = (os.environ[name] for name in ("ARTICLE_TODOS_TABLE", "ARTICLE_FILES_TABLE", "FILES_BUCKET"))

app = Flask(__name__)
app.json.sort_keys = False  # type: ignore[attr-defined]
dynamodb = boto3.client("dynamodb", config=Config(max_pool_connections=16))
s3 = boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))

_TEXTS_BEFORE = ("todoID", "userID", "dateCreated", "title", "description", "notes", "dateDue")
_TEXTS_AFTER = ("dateUpdated", "dateCompleted", "dateDeleted")


def todo_json(item: dict[str, Any]) -> dict[str, Any]:
    todo: dict[str, Any] = {name: item.get(name, {}).get("S", "") for name in _TEXTS_BEFORE}
    todo["completed"] = item["completed"]["BOOL"]
    todo |= {name: item.get(name, {}).get("S", "") for name in _TEXTS_AFTER}
    todo["version"] = int(item["version"]["N"])
    return todo


def file_json(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "fileID": item["fileID"]["S"],
        "todoID": item["todoID"]["S"],
        "fileName": item["fileName"]["S"],
        "filePath": download_url(item) if item["status"]["S"] == "stored" else "",
        "size": int(item["size"]["N"]),
        "contentType": item["contentType"]["S"],
        "dateCreated": item["dateCreated"]["S"],
        "status": item["status"]["S"],
    }


def download_url(item: dict[str, Any]) -> Any:
    key = f"{item['userID']['S']}/{item['todoID']['S']}/{item['fileID']['S']}"
    return s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=900)


def query(table: str, index: str, key: str, value: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        page = dynamodb.query(
            TableName=table,
            IndexName=index,
            KeyConditionExpression=f"{key} = :value",
            ExpressionAttributeValues={":value": {"S": value}},
            **more,
        )
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return items
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@app.get("/")
def health() -> Any:
    return {"info": "Nothing here. Health checks only!"}


@app.get("/<user_id>/todos")
def list_todos(user_id: str) -> Any:
    todos = [todo_json(item) for item in query(TODOS, "userIDIndex", "userID", user_id)]
    search = request.args.get("search", "").casefold()
    if search:
        todos = [todo for todo in todos if search in todo["title"].casefold()]
    todos.sort(key=lambda todo: todo["dateCreated"], reverse=True)
    todos.sort(key=lambda todo: (todo["completed"], todo["dateDue"] or "9999-12-31"))
    return jsonify(todos=todos, nextCursor=None)


@app.post("/<user_id>/todos")
def create_todo(user_id: str) -> Any:
    body = request.get_json()
    now = written_now()
    item = {
        "todoID": {"S": str(uuid.uuid4())},
        "userID": {"S": user_id},
        "dateCreated": {"S": now},
        "dateUpdated": {"S": now},
        "completed": {"BOOL": False},
        "version": {"N": "1"},
        **{name: {"S": body[name]} for name in ("title", "description", "notes", "dateDue") if body.get(name)},
    }
    dynamodb.put_item(TableName=TODOS, Item=item)
    return jsonify(todo_json(item)), 201


@app.get("/<user_id>/todos/<todo_id>")
def get_todo(user_id: str, todo_id: str) -> Any:
    item = dynamodb.get_item(TableName=TODOS, Key={"todoID": {"S": todo_id}}).get("Item")
    return jsonify(todo_json(item)) if item else (jsonify(message="Not found"), 404)


@app.patch("/<user_id>/todos/<todo_id>")
def update_todo(user_id: str, todo_id: str) -> Any:
    values: dict[str, Any] = {
        name: {"BOOL": value} if isinstance(value, bool) else {"S": value} for name, value in request.get_json().items()
    }
    values["dateUpdated"] = {"S": written_now()}
    written = dynamodb.update_item(
        TableName=TODOS,
        Key={"todoID": {"S": todo_id}},
        UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in values),
        ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
        ReturnValues="ALL_NEW",
    )
    return jsonify(todo_json(written["Attributes"]))


@app.delete("/<user_id>/todos/<todo_id>")
def delete_todo(user_id: str, todo_id: str) -> Any:
    dynamodb.delete_item(TableName=TODOS, Key={"todoID": {"S": todo_id}})
    return Response(status=204)


@app.get("/<todo_id>/files")
def list_files(todo_id: str) -> Any:
    files = query(FILES, "todoIDIndex", "todoID", todo_id)
    return jsonify(files=[file_json(item) for item in files], nextCursor=None)


@app.post("/<todo_id>/files")
def start_upload(todo_id: str) -> Any:
    body = request.get_json()
    todo = dynamodb.get_item(TableName=TODOS, Key={"todoID": {"S": todo_id}})["Item"]
    file_id = str(uuid.uuid4())
    item = {
        "fileID": {"S": file_id},
        "todoID": {"S": todo_id},
        "userID": todo["userID"],
        "fileName": {"S": body["fileName"]},
        "size": {"N": str(body["size"])},
        "contentType": {"S": body["contentType"]},
        "dateCreated": {"S": written_now()},
        "status": {"S": "pending"},
    }
    dynamodb.put_item(TableName=FILES, Item=item)
    fixed = {
        "Content-Type": body["contentType"],
        "Content-Disposition": f'attachment; filename="{body["fileName"]}"',
    }
    post = s3.generate_presigned_post(
        BUCKET,
        f"{todo['userID']['S']}/{todo_id}/{file_id}",
        Fields=fixed,
        Conditions=[
            *({name: value} for name, value in fixed.items()),
            ["content-length-range", body["size"], body["size"]],
        ],
        ExpiresIn=300,
    )
    expires_at = (datetime.now(UTC) + timedelta(seconds=300)).isoformat(timespec="seconds").replace("+00:00", "Z")
    return jsonify(file=file_json(item), upload={**post, "expiresAt": expires_at}), 201


def written_now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
