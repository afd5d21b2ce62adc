"""Run as a program: the first requests of a process, from 16 threads at once. Prints what clients they built.

`warm` builds them beforehand in one thread, as gunicorn's workers do. The arguments: cold or warm, then a token.
"""

import json
import sys
import threading
import time
from collections import Counter
from typing import Any

import botocore.session

THREADS = 16


def main(start: str, token: str) -> None:
    built: Counter[str] = Counter()
    create_client = botocore.session.Session.create_client

    def count(self: Any, service_name: str, *arguments: Any, **options: Any) -> Any:
        built[service_name] += 1
        return create_client(self, service_name, *arguments, **options)

    botocore.session.Session.create_client = count  # type: ignore[method-assign]

    from django.core.files.storage import handler

    create_storage = handler.StorageHandler.create_storage

    def create_slowly(self: Any, parameters: Any) -> Any:
        time.sleep(0.1)  # as on a busy machine: all threads get here before the first is done
        return create_storage(self, parameters)

    handler.StorageHandler.create_storage = create_slowly  # type: ignore[assignment]

    from todoproject import wsgi

    built_by_import = dict(built)
    if start == "warm":
        wsgi.warm_up()

    from django.test import Client

    barrier = threading.Barrier(THREADS)
    statuses: list[int] = []

    def begin() -> None:
        client = Client(raise_request_exception=False, headers={"authorization": token})
        barrier.wait(30)  # for the first call of DynamoDB
        created = client.post("/me/todos", {"title": "Milk"}, "application/json").json()
        barrier.wait(30)  # for the first call of S3
        file = {"fileName": "a.txt", "size": 1, "contentType": "text/plain"}
        statuses.append(client.post(f"/{created['todoID']}/files", file, "application/json").status_code)

    threads = [threading.Thread(target=begin) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    print(json.dumps({"built by import": built_by_import, "built": dict(built), "statuses": statuses}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
