"""Where a request's CPU time goes: the service in one thread of one process, looked at once a millisecond of CPU.

Without gunicorn. A sample counts for the innermost of the layers below that is at work.
"""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from deploy.local.standins import ROOT, without_aws
from tests.bench.servers import OURS
from tests.bench.work import CREATE, GET, LIST, Visitor

_REQUESTS = 2000
_WARMING = 200
_LAYERS = {
    "DynamoDB's call: sockets": ("/todoproject/aws/transport.py",),
    "DynamoDB's call: signing by botocore": ("/botocore/auth.py", "/botocore/signers.py", "/botocore/credentials.py"),
    "DynamoDB's call: the rest of botocore": ("/botocore/",),
    "DynamoDB's answer, by orjson": ("/todoproject/aws/answers.py",),
    "PynamoDB": ("/pynamodb/",),
    "the token": ("/todoproject/aws/cognito.py", "/jwt/"),
    "the line in the log": ("/logging/", "/pythonjsonlogger/"),
    "Django REST framework": ("/rest_framework/",),
    "Django": ("/django/", "/asgiref/", "/whitenoise/"),
    "our own code": ("/todoproject/", "/todos/"),
}
_OTHER = "Python's own"


def profile(env: Mapping[str, str], visitors: Mapping[str, Visitor]) -> dict[str, dict[str, float]]:
    """By work: each layer's share of the samples, and `milliseconds`, CPU of a request."""
    visitor = visitors[OURS.name]
    works = {work.name: work.requests(visitor, _REQUESTS) for work in (GET, LIST, CREATE)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.profile"],
        input=json.dumps({name: [request.decode() for request in requests] for name, requests in works.items()}),
        env={**without_aws(os.environ), **env, "SERVICE_ROLE": "todos"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    shares: dict[str, dict[str, float]] = json.loads(done.stdout)
    return shares


def _main() -> None:
    # The service's log goes nowhere.
    result, sys.stdout = sys.stdout, Path(os.devnull).open("w")  # noqa: SIM115
    from todoproject.wsgi import application, warm_up

    warm_up()
    works = json.load(sys.stdin)
    json.dump({name: _shares(application, [_environ(each) for each in asked]) for name, asked in works.items()}, result)
    result.flush()


def _shares(application: Any, environs: list[dict[str, Any]]) -> dict[str, float]:
    counted: Counter[str] = Counter()

    def look(_: int, frame: FrameType | None) -> None:
        counted[_layer(frame)] += 1

    for environ in environs[:_WARMING]:
        _answer(application, environ)
    signal.signal(signal.SIGPROF, look)
    began = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
    for environ in environs[_WARMING:]:
        _answer(application, environ)
    signal.setitimer(signal.ITIMER_PROF, 0)
    seconds = (time.process_time() - began) / (len(environs) - _WARMING)
    shares = {layer: counted[layer] / counted.total() for layer in (*_LAYERS, _OTHER)}
    return {**shares, "milliseconds": seconds * 1000}


def _layer(frame: FrameType | None) -> str:
    while frame:
        for layer, places in _LAYERS.items():
            if any(place in frame.f_code.co_filename for place in places):
                return layer
        frame = frame.f_back
    return _OTHER


def _answer(application: Any, environ: dict[str, Any]) -> None:
    statuses: list[str] = []
    body = io.BytesIO(environ["body"])
    answer = application({**environ, "wsgi.input": body}, lambda status, headers: statuses.append(status))
    b"".join(answer)
    answer.close()
    if not statuses[0].startswith("20"):
        raise RuntimeError(statuses[0])


def _environ(request: str) -> dict[str, Any]:
    """As a WSGI server would make it of the request."""
    head, _, body = request.partition("\r\n\r\n")
    (method, target, _), *headers = (line.split(" ", 2) for line in head.split("\r\n"))
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "bench",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "body": body.encode(),
    }
    for name, *value in headers:
        key = name.rstrip(":").upper().replace("-", "_")
        environ[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = " ".join(value)
    return environ


if __name__ == "__main__":
    _main()
