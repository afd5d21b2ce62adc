"""The floor: bare WSGI and one tuned botocore call; no framework, no token, nothing checked.

Tuned by what botocore offers: a parser by orjson, a ready-made User-Agent, no validation. What the service costs
beyond that is Django, DRF, PynamoDB, the token and the log.
"""

import os
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import botocore.session
import orjson
from botocore.config import Config

from todoproject.aws.answers import ParserFactory

TODOS = os.environ["TODOS_TABLE"]
_TEXTS_BEFORE = ("todoID", "userID", "dateCreated", "title", "description", "notes", "dateDue")
_TEXTS_AFTER = ("dateUpdated", "dateCompleted", "dateDeleted")
_NO_TEXT = {"S": ""}

_lock = threading.Lock()
_client: Any = None


def client() -> Any:
    global _client
    with _lock:
        if _client is None:
            session = botocore.session.Session()
            session.register_component("response_parser_factory", ParserFactory())
            config = Config(max_pool_connections=16, parameter_validation=False, user_agent=session.user_agent())
            _client = session.create_client("dynamodb", region_name=os.environ["AWS_REGION"], config=config)
        return _client


def todo_json(item: dict[str, Any]) -> dict[str, Any]:
    todo: dict[str, Any] = {name: item.get(name, _NO_TEXT)["S"] for name in _TEXTS_BEFORE}
    todo["completed"] = item["completed"]["BOOL"]
    for name in _TEXTS_AFTER:
        todo[name] = item.get(name, _NO_TEXT)["S"]
    todo["version"] = int(item["version"]["N"])
    return todo


def list_todos(user_id: str, query: str) -> Any:
    limit = int(parse_qs(query).get("limit", ["100"])[0])
    page = client().query(
        TableName=TODOS,
        IndexName="byList",
        KeyConditionExpression="userID = :u AND listOrder < :t",
        ExpressionAttributeValues={":u": {"S": user_id}, ":t": {"S": "2"}},
        ConsistentRead=True,
        Limit=limit + 1,
    )
    todos = [todo_json(item) for item in page["Items"][:limit]]
    return {"todos": todos, "nextCursor": todos[-1]["todoID"] if len(page["Items"]) > limit else None}


def get_todo(user_id: str, todo_id: str) -> Any:
    key = {"userID": {"S": user_id}, "todoID": {"S": todo_id}}
    return todo_json(client().get_item(TableName=TODOS, Key=key, ConsistentRead=True)["Item"])


def create_todo(user_id: str, body: dict[str, str]) -> Any:
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    item = {
        "userID": {"S": user_id},
        "todoID": {"S": str(uuid.uuid4())},
        "dateCreated": {"S": now},
        "dateUpdated": {"S": now},
        "completed": {"BOOL": False},
        "version": {"N": "1"},
        "listOrder": {"S": f"0#{body.get('dateDue') or '9999-12-31'}#{now}"},
        **{name: {"S": text} for name, text in body.items() if text},
    }
    client().put_item(TableName=TODOS, Item=item)
    return todo_json(item)


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    status = "200 OK"
    match environ["REQUEST_METHOD"], environ["PATH_INFO"].split("/")[1:]:
        case "GET", [user_id, "todos"]:
            answer = list_todos(user_id, environ["QUERY_STRING"])
        case "GET", [user_id, "todos", todo_id]:
            answer = get_todo(user_id, todo_id)
        case "POST", [user_id, "todos"]:
            status = "201 Created"
            answer = create_todo(user_id, orjson.loads(environ["wsgi.input"].read()))
        case _:
            answer = {"info": "Nothing here. Health checks only!"}
    body = orjson.dumps(answer)
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
