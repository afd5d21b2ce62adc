"""Runs a module as `python -m` does, and notes every call to AWS that it signs.

`python -m tests.cloud.recorder CALLS MODULE ARGUMENT…`: one line of JSON a call goes to the file CALLS, from forked
processes too. Signed addresses and forms count as the call that they permit. A call that is not signed needs no
permission. The process's environment stays as it is.
"""

import json
import os
import runpy
import sys
from typing import Any

import botocore
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.model import OperationModel

from tests.processes import manage


def record_into(path: str) -> None:
    """Listen to every client that is made from now on."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    create_client = botocore.session.Session.create_client

    def note(*, request: AWSRequest, operation_name: str, signature_version: Any, **_: Any) -> None:
        if signature_version is botocore.UNSIGNED:
            return
        call = {"operation": operation_name, **request.context.get("recorded", {})}
        if "s3-presign-post-policy" in request.context:
            call |= {"service": "s3", "form": request.context["s3-presign-post-policy"]["conditions"]}
        # One write of a line to a file opened for appending: processes do not mix theirs.
        os.write(file, json.dumps(call, default=str).encode() + b"\n")

    def remember(*, model: OperationModel, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["recorded"] = {"service": model.service_model.signing_name, "parameters": params}

    def listened_to(self: Any, *arguments: Any, **options: Any) -> Any:
        client = create_client(self, *arguments, **options)
        client.meta.events.register("provide-client-params", remember)
        client.meta.events.register("before-sign", note)
        return client

    botocore.session.Session.create_client = listened_to


def manage_recorded(calls: str, *arguments: str) -> None:
    """A management command, in a process that has made no client yet."""
    record_into(calls)
    manage(*arguments)


if __name__ == "__main__":
    calls, module, *rest = sys.argv[1:]
    sys.argv = [module, *rest]
    record_into(calls)
    runpy.run_module(module, run_name="__main__", alter_sys=True)
