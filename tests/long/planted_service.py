"""Runs pytest in copies of the project, each time in a fork of this process, which has started the stand-ins for all of
them and has loaded the libraries, and no project: both would otherwise take longer than the tests.

Each line of standard input is JSON: the folder, then pytest's arguments. Each is answered with pytest's exit code; what
pytest printed is in `planted.log` in the folder.
"""

import json
import os
import sys
from pathlib import Path

import botocore.session
import django.test
import drf_spectacular
import jwt
import pynamodb.models
import pytest
import requests
import rest_framework
import storages.backends.s3

LOADED = (
    botocore,
    django,
    drf_spectacular,
    jwt,
    pynamodb,
    requests,
    rest_framework,
    storages,
)
OURS = {"deploy", "files", "tests", "todoproject", "todos"}


def run(number: int, folder: str, arguments: list[str]) -> int:
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        log = os.open("planted.log", os.O_WRONLY | os.O_CREAT)
        os.dup2(log, 1)
        os.dup2(log, 2)
        for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
            del sys.modules[name]
        sys.path[:] = [folder, *(path for path in sys.path if path not in ("", str(ROOT)))]
        # A name of its own for what it makes in the stand-ins.
        os.environ["PYTEST_XDIST_WORKER"] = f"plant{os.getppid()}-{number}"
        code = int(pytest.main(arguments))
        sys.stdout.flush()
        os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    ROOT = Path(__file__).resolve().parent.parent.parent
    sys.path.insert(0, str(ROOT))
    from deploy.local.standins import StandIns

    standins = StandIns().start()
    os.environ["TESTS_STANDINS"] = json.dumps(standins.env)
    try:
        for number, line in enumerate(sys.stdin):
            where, *given = json.loads(line)
            sys.stdout.write(f"{run(number, where, given)}\n")
            sys.stdout.flush()
    finally:
        standins.stop()
