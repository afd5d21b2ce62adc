"""The same contract as FastAPI's and aiobotocore's own documentation would write it: models in and out, the token in a
dependency, one client for the life of the application, async throughout. Pages by Limit, edits blind.
"""

import base64
import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import jwt
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

TODOS, FILES, BUCKET = (os.environ[name] for name in ("TODOS_TABLE", "FILES_TABLE", "FILES_BUCKET"))
ISSUER, CLIENT_ID = os.environ["COGNITO_ISSUER"], os.environ["COGNITO_CLIENT_IDS"]

jwks = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json")
bearer = HTTPBearer()


class Todo(BaseModel):
    todoID: str
    userID: str
    dateCreated: str
    title: str
    description: str = ""
    notes: str = ""
    dateDue: str = ""
    completed: bool
    dateUpdated: str
    dateCompleted: str = ""
    dateDeleted: str = ""
    version: int


class TodoPage(BaseModel):
    todos: list[Todo]
    nextCursor: str | None


class NewTodo(BaseModel):
    title: str
    description: str = ""
    notes: str = ""
    dateDue: str = ""


class TodoChanges(BaseModel):
    title: str | None = None
    description: str | None = None
    notes: str | None = None
    dateDue: str | None = None
    completed: bool | None = None


class File(BaseModel):
    fileID: str
    todoID: str
    fileName: str
    filePath: str
    size: int
    contentType: str
    dateCreated: str
    status: str


class FilePage(BaseModel):
    files: list[File]
    nextCursor: str | None


class NewFile(BaseModel):
    fileName: str
    size: int
    contentType: str


class UploadForm(BaseModel):
    url: str
    fields: dict[str, str]
    expiresAt: str


class StartedUpload(BaseModel):
    file: File
    upload: UploadForm


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    async with AsyncExitStack() as clients:
        session = get_session()
        dynamodb = await clients.enter_async_context(
            session.create_client("dynamodb", config=AioConfig(max_pool_connections=16))
        )
        s3 = await clients.enter_async_context(
            session.create_client("s3", config=AioConfig(signature_version="s3v4", s3={"addressing_style": "path"}))
        )
        yield {"dynamodb": dynamodb, "s3": s3}


app = FastAPI(lifespan=lifespan)


async def dynamodb_client(request: Request) -> Any:
    return request.state.dynamodb


async def s3_client(request: Request) -> Any:
    return request.state.s3


async def current_user(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
    try:
        key = jwks.get_signing_key_from_jwt(credentials.credentials)
        claims = jwt.decode(credentials.credentials, key, algorithms=["RS256"], audience=CLIENT_ID, issuer=ISSUER)
    except jwt.PyJWTError:
        raise HTTPException(401, "The token is not valid.", {"WWW-Authenticate": "Bearer"}) from None
    return str(claims["sub"])


async def owner(user_id: str, caller: Annotated[str, Depends(current_user)]) -> str:
    if user_id != caller:
        raise HTTPException(404)
    return caller


Owner = Annotated[str, Depends(owner)]
Caller = Annotated[str, Depends(current_user)]
DynamoDB = Annotated[Any, Depends(dynamodb_client)]
S3 = Annotated[Any, Depends(s3_client)]


@app.get("/")
async def health() -> dict[str, str]:
    return {"info": "Nothing here. Health checks only!"}


@app.get("/{user_id}/todos")
async def list_todos(
    owner: Owner,
    dynamodb: DynamoDB,
    search: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str = "",
) -> TodoPage:
    values = {":owner": {"S": owner}, ":trashed": {"S": "2"}}
    options: dict[str, Any] = {"Limit": limit}
    if search:
        options = {"FilterExpression": "contains(titleFolded, :search)"}
        values[":search"] = {"S": search.casefold()}
    if cursor:
        options["ExclusiveStartKey"] = json.loads(base64.urlsafe_b64decode(cursor))
    page = await dynamodb.query(
        TableName=TODOS,
        IndexName="byList",
        KeyConditionExpression="userID = :owner AND listOrder < :trashed",
        ExpressionAttributeValues=values,
        ConsistentRead=True,
        **options,
    )
    last_key = page.get("LastEvaluatedKey")
    following = base64.urlsafe_b64encode(json.dumps(last_key).encode()).decode() if last_key else None
    return TodoPage(todos=[read_todo(item) for item in page["Items"]], nextCursor=following)


@app.post("/{user_id}/todos", status_code=201)
async def create_todo(owner: Owner, new: NewTodo, dynamodb: DynamoDB) -> Todo:
    now = written_now()
    item = {
        "userID": {"S": owner},
        "todoID": {"S": str(uuid.uuid4())},
        "titleFolded": {"S": new.title.casefold()},
        "dateCreated": {"S": now},
        "dateUpdated": {"S": now},
        "completed": {"BOOL": False},
        "version": {"N": "1"},
        "listOrder": {"S": f"0#{new.dateDue or '9999-12-31'}#{now}"},
        **{name: {"S": text} for name, text in new.model_dump().items() if text},
    }
    await dynamodb.put_item(TableName=TODOS, Item=item)
    return read_todo(item)


@app.get("/{user_id}/todos/{todo_id}")
async def get_todo(owner: Owner, todo_id: str, dynamodb: DynamoDB) -> Todo:
    answer = await dynamodb.get_item(
        TableName=TODOS, Key={"userID": {"S": owner}, "todoID": {"S": todo_id}}, ConsistentRead=True
    )
    if "Item" not in answer:
        raise HTTPException(404)
    return read_todo(answer["Item"])


@app.patch("/{user_id}/todos/{todo_id}")
async def update_todo(owner: Owner, todo_id: str, changes: TodoChanges, dynamodb: DynamoDB) -> Todo:
    values: dict[str, Any] = {
        name: {"BOOL": value} if isinstance(value, bool) else {"S": value}
        for name, value in changes.model_dump(exclude_unset=True).items()
    }
    now = written_now()
    values["dateUpdated"] = {"S": now}
    if changes.completed is not None:
        values["listOrder"] = {"S": f"{int(changes.completed)}#{now}"}
    written = await dynamodb.update_item(
        TableName=TODOS,
        Key={"userID": {"S": owner}, "todoID": {"S": todo_id}},
        UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in values),
        ConditionExpression="attribute_exists(todoID)",
        ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
        ReturnValues="ALL_NEW",
    )
    return read_todo(written["Attributes"])


@app.delete("/{user_id}/todos/{todo_id}", status_code=204)
async def delete_todo(owner: Owner, todo_id: str, dynamodb: DynamoDB) -> Response:
    await dynamodb.delete_item(TableName=TODOS, Key={"userID": {"S": owner}, "todoID": {"S": todo_id}})
    return Response(status_code=204)


@app.get("/{todo_id}/files")
async def list_files(caller: Caller, todo_id: str, dynamodb: DynamoDB, s3: S3) -> FilePage:
    page = await dynamodb.query(
        TableName=FILES,
        KeyConditionExpression="userID = :owner AND begins_with(fileKey, :todo)",
        ExpressionAttributeValues={":owner": {"S": caller}, ":todo": {"S": f"{todo_id}#"}},
        ConsistentRead=True,
    )
    return FilePage(files=[await read_file(item, s3) for item in page["Items"]], nextCursor=None)


@app.post("/{todo_id}/files", status_code=201)
async def start_upload(caller: Caller, todo_id: str, new: NewFile, dynamodb: DynamoDB, s3: S3) -> StartedUpload:
    todo = await dynamodb.get_item(TableName=TODOS, Key={"userID": {"S": caller}, "todoID": {"S": todo_id}})
    if "Item" not in todo:
        raise HTTPException(404)
    file_id = str(uuid.uuid4())
    item = {
        "userID": {"S": caller},
        "fileKey": {"S": f"{todo_id}#{file_id}"},
        "todoID": {"S": todo_id},
        "fileID": {"S": file_id},
        "fileName": {"S": new.fileName},
        "size": {"N": str(new.size)},
        "contentType": {"S": new.contentType},
        "dateCreated": {"S": written_now()},
        "status": {"S": "pending"},
    }
    await dynamodb.put_item(TableName=FILES, Item=item)
    fixed = {"Content-Type": new.contentType, "Content-Disposition": f'attachment; filename="{new.fileName}"'}
    post = await s3.generate_presigned_post(
        BUCKET,
        f"{caller}/{todo_id}/{file_id}",
        Fields=fixed,
        Conditions=[*({name: value} for name, value in fixed.items()), ["content-length-range", new.size, new.size]],
        ExpiresIn=300,
    )
    expires_at = (datetime.now(UTC) + timedelta(seconds=300)).isoformat(timespec="seconds").replace("+00:00", "Z")
    return StartedUpload(file=await read_file(item, s3), upload=UploadForm(**post, expiresAt=expires_at))


def read_todo(item: dict[str, Any]) -> Todo:
    return Todo(**{name: next(iter(value.values())) for name, value in item.items() if name in Todo.model_fields})


async def read_file(item: dict[str, Any], s3: Any) -> File:
    values = {name: next(iter(value.values())) for name, value in item.items() if name in File.model_fields}
    if values["status"] == "stored":
        key = f"{item['userID']['S']}/{item['todoID']['S']}/{item['fileID']['S']}"
        url = await s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=900)
    else:
        url = ""
    return File(**values, filePath=url)


def written_now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
