"""Runs pytest in copies of the project, each time in a fork of this process.

It has loaded the libraries that it was given, and nothing of the project; with `--standins` it has started the
stand-ins for all the copies. Both would otherwise take longer than the tests. Each line of standard input is JSON: the
folder, then pytest's arguments. Each is answered with pytest's exit code; what pytest printed is in the folder's LOG.
"""

import argparse
import contextlib
import importlib
import json
import os
import sys

import pytest

from deploy.local.standins import StandIns

LOG = "planted.log"
OURS = {"deploy", "files", "tests", "todoproject", "todos"}


def run(number: int, folder: str, arguments: list[str]) -> int:
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        log = os.open(LOG, os.O_WRONLY | os.O_CREAT)
        os.dup2(log, 1)
        os.dup2(log, 2)
        for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
            del sys.modules[name]
        sys.path[0] = folder
        # A name of its own for what it makes in the stand-ins.
        os.environ["PYTEST_XDIST_WORKER"] = f"plant{os.getppid()}-{number}"
        code = int(pytest.main(arguments))
        sys.stdout.flush()
        os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--standins", action="store_true")
    parser.add_argument("libraries", nargs="*")
    given = parser.parse_args()
    for library in given.libraries:
        importlib.import_module(library)
    with contextlib.ExitStack() as ends:
        if given.standins:
            standins = StandIns().start()
            ends.callback(standins.stop)
            os.environ["TESTS_STANDINS"] = json.dumps(standins.env)
        for number, line in enumerate(sys.stdin):
            where, *arguments = json.loads(line)
            sys.stdout.write(f"{run(number, where, arguments)}\n")
            sys.stdout.flush()
