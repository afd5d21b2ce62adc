from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from files import lists, services
from files.serializers import File, FilePage, NewFile, StartedUpload, to_wire, upload_to_wire
from todoproject.api.authentication import CallerRequest
from todoproject.api.cursors import read_cursor, sign_cursor
from todoproject.api.parsing import parse_limit, query_text, validate_body
from todoproject.api.problems import Problem
from todoproject.api.schema import CURSOR, DEPRECATED, DEPRECATION, LIMIT, LOCATION, SUCCESS, answers, problems


class UploadMoved(Problem):
    status = 410
    detail = (
        "Uploads go straight to S3 now: POST fileName, size and contentType to /{todoID}/files, post the file with "
        "the form you get, then POST to /{todoID}/files/{fileID}/complete."
    )


class FileListView(APIView):
    @extend_schema(
        operation_id="listFiles",
        summary="A page of a todo's files",
        description="Only stored ones, in the order in which they were added. Empty for an unknown todo.",
        parameters=[LIMIT, CURSOR],
        responses=answers(200, FilePage),
    )
    def get(self, request: CallerRequest, todo_id: str) -> Response:
        scope = ("files", request.user.sub, todo_id)
        after = read_cursor(query_text(request.query_params, "cursor"), scope=scope)
        items, following = lists.list_files(
            user_id=request.user.sub,
            todo_id=todo_id,
            limit=parse_limit(request.query_params),
            after=after[0] if after else None,
        )
        cursor = sign_cursor((following,) if following else None, scope=scope)
        return Response({"files": [to_wire(item) for item in items], "nextCursor": cursor})

    @extend_schema(
        operation_id="startUpload",
        summary="Announce a file and get a form to upload it with",
        description="A file of any type, which is never opened or unpacked here. Post it to S3 with the form within "
        "5 minutes, then complete it. An upload that is not completed within a day vanishes.",
        parameters=[LOCATION],
        request=NewFile,
        responses=answers(201, StartedUpload, 409, 413, 415),
    )
    def post(self, request: CallerRequest, todo_id: str) -> Response:
        new_file = validate_body(NewFile, request)
        upload = services.start_upload(user_id=request.user.sub, todo_id=todo_id, **new_file)
        location = f"/{todo_id}/files/{upload.file['fileID']['S']}"
        return Response(upload_to_wire(upload), status=201, headers={"Location": location})


class FileView(APIView):
    @extend_schema(
        operation_id="getFile",
        summary="Read a file's record, with a fresh address to download from",
        responses=answers(200, File),
    )
    def get(self, request: CallerRequest, todo_id: str, file_id: str) -> Response:
        return Response(to_wire(services.get_file(user_id=request.user.sub, todo_id=todo_id, file_id=file_id)))

    @extend_schema(
        operation_id="deleteFile",
        summary="Delete a file for good",
        description="Repeating it is harmless.",
        responses=answers(204, None),
    )
    def delete(self, request: CallerRequest, todo_id: str, file_id: str) -> Response:
        services.delete_file(user_id=request.user.sub, todo_id=todo_id, file_id=file_id)
        return Response(status=204)


class FileCompleteView(APIView):
    @extend_schema(
        operation_id="completeUpload",
        summary="Say that the upload is done",
        description="Checks what S3 has against what was announced. Repeating it is harmless.",
        request=None,
        responses=answers(200, File, 409, 422),
    )
    def post(self, request: CallerRequest, todo_id: str, file_id: str) -> Response:
        return Response(to_wire(services.complete_upload(user_id=request.user.sub, todo_id=todo_id, file_id=file_id)))


class ArticleUploadView(APIView):
    @extend_schema(
        operation_id="articleUpload",
        summary="Gone: how the article's website announced an upload",
        deprecated=True,
        request=None,
        responses=problems(410),
    )
    def post(self, request: CallerRequest, todo_id: str) -> Response:
        raise UploadMoved


class ArticleDeleteView(APIView):
    @extend_schema(
        operation_id="articleDeleteFile",
        summary="Delete a file, as the article's website does; the body is ignored",
        deprecated=True,
        parameters=[DEPRECATION],
        responses=answers(200, SUCCESS),
    )
    def delete(self, request: CallerRequest, todo_id: str, file_id: str) -> Response:
        services.delete_file(user_id=request.user.sub, todo_id=todo_id, file_id=file_id)
        return Response({"status": "success"}, headers=DEPRECATED)
