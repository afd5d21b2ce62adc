"""Faults planted in the service's own code, one at a time: each must fail a test that is part of `make test`.

`caught_by` names the file that is most likely to; the whole of the tests catches no less.
"""

from tests.long.plant import Plant
from tests.long.service_plants_of_callers import OWNERSHIP

CONCURRENCY, LOST, RECOVERY = (f"tests/faults/test_{name}.py" for name in ("concurrency", "lost_answers", "recovery"))
TODOS, FILES = "todos/services.py", "files/services.py"

SERVICE_PLANTS = [
    # Lists
    Plant(
        "a cursor without a signature",
        "todoproject/api/cursors.py",
        "signing.loads(cursor, salt=_salt(scope))",
        "signing.json.loads(signing.b64_decode(cursor.split(':')[0].encode()))",
        OWNERSHIP,
    ),
    Plant(
        "a cursor for any user",
        "todos/views.py",
        '("todos", request.user.sub, status, fold(search))',
        '("todos", status, fold(search))',
        OWNERSHIP,
    ),
    Plant(
        "a list that shows the trash",
        "todos/lists.py",
        '"all": TodoModel.list_order < TRASHED',
        '"all": TodoModel.list_order < "3"',
        "tests/test_todos_trash.py",
    ),
    Plant(
        "a search that minds case",
        "todos/lists.py",
        "folded = fold(search)",
        "folded = search",
        "tests/test_lists_search.py",
    ),
    Plant(
        "a list that may be late",
        "todos/lists.py",
        "consistent_read=True,\n            exclusive",
        "consistent_read=False,\n            exclusive",
        "tests/test_lists_units.py",
    ),
    Plant(
        "a list cut off at a page of DynamoDB",
        "todos/lists.py",
        "        if not start:\n            return found, None\n",
        "        return found, None\n",
        "tests/test_lists_cursors.py",
    ),
    # Writes
    Plant(
        "a change without its condition",
        TODOS,
        "condition = TodoModel.version == todo.version",
        "condition = TodoModel.todo_id.exists()",
        CONCURRENCY,
    ),
    Plant(
        "a create without its condition",
        TODOS,
        "todo.save(TodoModel.todo_id.does_not_exist())",
        "todo.save()",
        "tests/test_todos_idempotency.py",
    ),
    Plant(
        "a create that does not know its own write",
        TODOS,
        "        return _created_before(todo)",
        "        raise KeyReused from exc",
        LOST,
    ),
    Plant("a change that is made again", TODOS, "if todo.write_id in marks:", "if False:", LOST),
    Plant(
        "a blind count of versions", TODOS, "TodoModel.version.set(todo.version + 1)", "TodoModel.version.add(2)", LOST
    ),
    Plant(
        "If-Match ignored",
        TODOS,
        "            raise NotFound\n        _require_version(todo, expected)",
        "            raise NotFound",
        "tests/test_todos_preconditions.py",
    ),
    Plant("a key for all users", TODOS, 'f"{user_id}:{idempotency_key}"', "idempotency_key", OWNERSHIP),
    Plant(
        "a key for any body",
        TODOS,
        'if stored["createHash"]["S"] != todo.create_hash:',
        "if False:",
        "tests/test_todos_idempotency.py",
    ),
    Plant(
        "the trash can be read",
        TODOS,
        'if item is None or "dateDeleted" in item:',
        "if item is None:",
        "tests/test_todos_trash.py",
    ),
    Plant(
        "restored on the day of the purge",
        TODOS,
        "todo.purge_day <= today",
        "todo.purge_day < today",
        "tests/test_todos_trash.py",
    ),
    # Files
    Plant(
        "the quota outside the transaction",
        FILES,
        "| (UsageModel.stored_bytes <= settings.USER_FILE_QUOTA - size)",
        "| UsageModel.stored_bytes.exists()",
        "tests/test_files_quota.py",
    ),
    Plant(
        "bytes that are counted twice",
        FILES,
        "condition=FileModel.status == PENDING,",
        "condition=FileModel.status.exists(),",
        CONCURRENCY,
    ),
    Plant(
        "an upload without an end",
        FILES,
        "        expires_at=int(time.time()) + PENDING_SECONDS,\n",
        "",
        "tests/test_files_lists.py",
    ),
    Plant("whatever was uploaded", FILES, "        raise UploadDiffers", "        return", "tests/test_files.py"),
    Plant(
        "a record deleted and its object kept",
        FILES,
        "        files_storage().delete(object_key_of(user_id, todo_id, file_id))\n",
        "",
        "tests/test_files.py",
    ),
    Plant("a file for a todo of anybody", FILES, "    get_todo(user_id=user_id, todo_id=todo_id)\n", "", OWNERSHIP),
    Plant(
        "a download that a browser shows",
        "files/storage.py",
        "content_disposition_header(as_attachment=True, filename=file_name),\n",
        'content_disposition_header(as_attachment=False, filename=file_name) or "inline",\n',
        "tests/test_files_upload.py",
    ),
    Plant(
        "types that a browser runs",
        "files/serializers.py",
        'return PLAIN_TYPE if is_runnable(match["type"]) else match["type"]',
        'return match["type"]',
        "tests/test_files_upload.py",
    ),
    Plant(
        "a success of anybody's for S3's",
        "files/storage.py",
        "if response_dict",
        "if False and response_dict",
        RECOVERY,
    ),
    # AWS's answers
    Plant(
        "an answer of DynamoDB that nobody looks at",
        "todoproject/aws/dynamodb.py",
        '                new.meta.events.register("before-parse.dynamodb", _require_whole_answer)\n',
        "",
        RECOVERY,
    ),
    Plant(
        "an answer of Cognito that nobody looks at",
        "todoproject/aws/user_pools.py",
        '                new.meta.events.register("before-parse.cognito-idp", _require_whole_answer)\n',
        "",
        "tests/faults/test_matrix.py::test_a_change_by_support_is_made_or_refused_and_can_be_repeated",
    ),
    Plant(
        "a call that the transport sends again",
        "todoproject/aws/transport.py",
        """        except OSError as exc:
            raise _closed(request, connection, exc) from exc
        if keeps_open:""",
        """        except OSError:
            connection.close()
            connection = self._connect(request, place)
            connection.sendall(message)
            answer, keeps_open = _read_answer(request, connection, ends_at)
        if keeps_open:""",
        "tests/test_dynamodb_transport.py",
    ),
    Plant(
        "an answer cut short is an empty one",
        "todoproject/aws/dynamodb.py",
        'if response_dict["status_code"] < 500 and not whole:',
        "if False:",
        RECOVERY,
    ),
    Plant(
        "a refusal cut short is a mistake of ours",
        "todoproject/aws/dynamodb.py",
        'if response_dict["status_code"] < 500 and not whole:',
        'if response_dict["status_code"] == 200 and not whole:',
        RECOVERY,
    ),
    Plant(
        "a refusal by Cognito cut short is a mistake of ours",
        "todoproject/aws/user_pools.py",
        "    if status < 500 and not whole:",
        "    if status == 200 and not whole:",
        "tests/faults/test_support_unavailable.py",
    ),
    Plant(
        "a code whose answer was lost is a wrong one",
        "todoproject/aws/user_pools.py",
        'if "Session" in parameters and',
        "if False and",
        "tests/faults/test_support_unavailable.py",
    ),
    Plant(
        "a transaction that is tried again while it is throttled",
        "todoproject/aws/failures.py",
        'reasons <= {"ConditionalCheckFailed"',
        'reasons & {"ConditionalCheckFailed"',
        RECOVERY,
    ),
    Plant(
        "throttling is a mistake of ours",
        "todoproject/aws/failures.py",
        '        "ThrottlingException",\n',
        "",
        RECOVERY,
    ),
    # Maintenance and support
    Plant(
        "a purge of what was restored",
        "todos/maintenance/removal.py",
        "condition = (TodoModel.purge_day ==",
        "condition = TodoModel.todo_id.exists() | (TodoModel.purge_day ==",
        "tests/maintenance/test_purge.py",
    ),
    Plant(
        "an erasure that leaves files",
        "todoproject/management/erasure.py",
        "objects, records = erase_files(user_id)",
        "objects, records = 0, 0",
        "tests/maintenance/test_erasure.py",
    ),
    Plant(
        "a change by support that is not on record",
        TODOS,
        "        alongside(transaction, _changes(todo, change.new))\n",
        "",
        "tests/support/test_changes.py",
    ),
    Plant(
        "what is looked at is not on record",
        "todoproject/support/record_admin.py",
        "        audit.record(request, act)\n        context[",
        "        context[",
        "tests/support/test_changes.py",
    ),
    Plant(
        "a session that outlives its sign-out",
        "todoproject/support/sessions.py",
        '            transaction.delete(SessionModel(_record_id(self.session_key or "")))\n',
        "",
        "tests/support/test_sign_in.py",
    ),
]
