import re
from collections.abc import Collection
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from todoproject.api.authentication import CallerRequest
from todoproject.api.cursors import read_cursor, sign_cursor
from todoproject.api.parsing import ANY_ETAG, parse_etags, parse_limit, query_text, validate_body
from todoproject.api.problems import Invalid, NotFound
from todoproject.api.schema import (
    CURSOR,
    DEPRECATED,
    DEPRECATION,
    ETAG,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_NONE_MATCH,
    LIMIT,
    LOCATION,
    SUCCESS,
    UPDATE_SUCCESS,
    answers,
    query_parameter,
)
from todoproject.aws.dynamodb import Item
from todos import lists, services
from todos.models import MAX_TITLE, fold
from todos.serializers import (
    EraseConfirmation,
    Erasure,
    NewTodo,
    Notes,
    Todo,
    TodoChanges,
    TodoPage,
    to_wire,
)

# No comma: that is how a header given twice arrives.
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,255}")


class OwnTodosView(APIView):
    """The `{userID}` of a path is only ever compared with the token; the token alone says whose data it is."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # After DRF's own checks, so that whoever tries the names of others is counted as any caller is.
        super().initial(request, *args, **kwargs)
        if not cast(CallerRequest, request).user.is_called(kwargs["user_id"]):
            raise NotFound


class TodoListView(OwnTodosView):
    @extend_schema(
        operation_id="listTodos",
        summary="A page of your list, in order",
        description="Open todos by due date (undated last, newest first within a date), then completed ones, the "
        "latest first. Strongly consistent. Follow `nextCursor` until it is null; a page may be empty before that.",
        parameters=[
            query_parameter("search", "Part of the title, ignoring case. Empty means everything.", maxLength=MAX_TITLE),
            query_parameter("status", "`all` is open and completed.", enum=lists.STATUSES, default="all"),
            LIMIT,
            CURSOR,
        ],
        responses=answers(200, TodoPage),
    )
    def get(self, request: CallerRequest, user_id: str) -> Response:
        status, search = _parse_filters(request)
        scope = ("todos", request.user.sub, status, fold(search))
        after = read_cursor(query_text(request.query_params, "cursor"), scope=scope)
        items, following = lists.list_todos(
            user_id=request.user.sub,
            status=status,
            search=search,
            limit=parse_limit(request.query_params),
            after=lists.Position(*after) if after else None,
        )
        cursor = sign_cursor(following, scope=scope)
        return Response({"todos": [to_wire(item) for item in items], "nextCursor": cursor})

    @extend_schema(
        operation_id="createTodo",
        summary="Create a todo",
        parameters=[IDEMPOTENCY_KEY, ETAG, LOCATION],
        request=NewTodo,
        responses=answers(201, Todo, 413, 415, 422),
    )
    def post(self, request: CallerRequest, user_id: str) -> Response:
        item = _create(request)
        # Relative, and to `me`: the caller may have come by any of several names.
        location = f"/me/todos/{item['todoID']['S']}"
        return _answer(item, status=201, headers={"Location": location})


class TodoView(OwnTodosView):
    @extend_schema(
        operation_id="getTodo",
        summary="Read a todo",
        parameters=[IF_NONE_MATCH, ETAG],
        responses=answers(200, Todo, 304),
    )
    def get(self, request: CallerRequest, user_id: str, todo_id: str) -> Response:
        item = services.get_todo(user_id=request.user.sub, todo_id=todo_id)
        known = parse_etags(request, "If-None-Match", weak=True)
        if known is not None and (known is ANY_ETAG or item["version"]["N"] in known):
            return Response(status=304, headers={"ETag": _etag(item)})
        return _answer(item)

    @extend_schema(
        operation_id="updateTodo",
        summary="Edit, complete or reopen a todo",
        description="With `If-Match` the edit is refused (412) if the todo has changed since you read it; without, "
        "the fields you send replace whatever is there.",
        parameters=[IF_MATCH, ETAG],
        request=TodoChanges,
        responses=answers(200, Todo, 412, 413, 415),
    )
    def patch(self, request: CallerRequest, user_id: str, todo_id: str) -> Response:
        changes = validate_body(TodoChanges, request, partial=True)
        return _answer(
            services.update_todo(
                user_id=request.user.sub,
                todo_id=todo_id,
                changes=changes,
                expected=_expected_versions(request),
            )
        )

    @extend_schema(
        operation_id="deleteTodo",
        summary="Move a todo to the trash",
        description="It can be restored for 30 days. Repeating it is harmless.",
        parameters=[IF_MATCH],
        responses=answers(204, None, 412),
    )
    def delete(self, request: CallerRequest, user_id: str, todo_id: str) -> Response:
        services.trash_todo(user_id=request.user.sub, todo_id=todo_id, expected=_expected_versions(request))
        return Response(status=204)


class RestoreView(OwnTodosView):
    @extend_schema(
        operation_id="restoreTodo",
        summary="Take a todo out of the trash",
        description="Possible until its purge day, 30 days after the deletion. Repeating it is harmless.",
        parameters=[IF_MATCH, ETAG],
        request=None,
        responses=answers(200, Todo, 409, 412),
    )
    def post(self, request: CallerRequest, user_id: str, todo_id: str) -> Response:
        return _answer(
            services.restore_todo(user_id=request.user.sub, todo_id=todo_id, expected=_expected_versions(request))
        )


class EraseAccountView(OwnTodosView):
    @extend_schema(
        operation_id="eraseAccount",
        summary="Ask for your account to be erased",
        description="Everything of yours is erased by the next maintenance run: todos, files, and then the account. "
        "It cannot be taken back. Repeating it is harmless.",
        request=EraseConfirmation,
        responses=answers(202, Erasure, 413, 415),
    )
    def post(self, request: CallerRequest, user_id: str) -> Response:
        name = validate_body(EraseConfirmation, request)["confirm"]
        if name == "me" or not request.user.is_called(name):
            raise Invalid(errors={"confirm": "Must be your own e-mail address or `sub`."})
        requested = services.request_erasure(user_id=request.user.sub)
        return Response({"status": "accepted", "dateRequested": requested}, status=202)


class ArticleAddView(OwnTodosView):
    @extend_schema(
        operation_id="articleAddTodo",
        summary="Create a todo, as the article's website does",
        deprecated=True,
        parameters=[IDEMPOTENCY_KEY, DEPRECATION],
        request=NewTodo,
        responses=answers(200, SUCCESS, 413, 415, 422),
    )
    def post(self, request: CallerRequest, user_id: str) -> Response:
        item = _create(request)
        return Response({"status": "success", "todoID": item["todoID"]["S"]}, headers=DEPRECATED)


class ArticleCompleteView(OwnTodosView):
    @extend_schema(
        operation_id="articleCompleteTodo",
        summary="Complete a todo, as the article's website does",
        deprecated=True,
        parameters=[DEPRECATION],
        request=None,
        responses=answers(200, UPDATE_SUCCESS),
    )
    def post(self, request: CallerRequest, user_id: str, todo_id: str) -> Response:
        services.update_todo(user_id=request.user.sub, todo_id=todo_id, changes={"completed": True})
        return Response({"Update": "Success"}, headers=DEPRECATED)


class ArticleAddNotesView(OwnTodosView):
    @extend_schema(
        operation_id="articleAddNotes",
        summary="Replace a todo's notes, as the article's website does",
        deprecated=True,
        parameters=[DEPRECATION],
        request=Notes,
        responses=answers(200, UPDATE_SUCCESS, 413, 415),
    )
    def post(self, request: CallerRequest, user_id: str, todo_id: str) -> Response:
        notes = validate_body(Notes, request)
        services.update_todo(user_id=request.user.sub, todo_id=todo_id, changes=notes)
        return Response({"Update": "Success"}, headers=DEPRECATED)


class ArticleDeleteView(OwnTodosView):
    @extend_schema(
        operation_id="articleDeleteTodo",
        summary="Move a todo to the trash, as the article's website does",
        deprecated=True,
        parameters=[DEPRECATION],
        responses=answers(200, SUCCESS),
    )
    def delete(self, request: CallerRequest, user_id: str, todo_id: str) -> Response:
        services.trash_todo(user_id=request.user.sub, todo_id=todo_id)
        return Response({"status": "success"}, headers=DEPRECATED)


def _create(request: CallerRequest) -> Item:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Invalid(errors={"Idempotency-Key": "Must be 1 to 255 visible ASCII characters, no comma among them."})
    todo = validate_body(NewTodo, request)
    return services.create_todo(user_id=request.user.sub, idempotency_key=key, **todo)


def _parse_filters(request: CallerRequest) -> tuple[str, str]:
    status = query_text(request.query_params, "status", "all")
    if status not in lists.STATUSES:
        raise Invalid(errors={"status": f"Must be one of {', '.join(lists.STATUSES)}."})
    search = query_text(request.query_params, "search")
    if len(search) > MAX_TITLE:
        raise Invalid(errors={"search": f"Must be at most {MAX_TITLE} characters, as long as a title can be."})
    return status, search


def _answer(item: Item, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(to_wire(item), status=status, headers={"ETag": _etag(item), **(headers or {})})


def _etag(item: Item) -> str:
    return f'"{item["version"]["N"]}"'


def _expected_versions(request: CallerRequest) -> Collection[int] | None:
    tags = parse_etags(request, "If-Match", weak=False)
    if tags is None or tags is ANY_ETAG:
        return None
    return {int(tag) for tag in tags if re.fullmatch("[1-9][0-9]{0,17}", tag)}
