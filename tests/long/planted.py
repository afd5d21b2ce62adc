"""Runs pytest in folders, each time in a fork of this process, which has loaded the libraries and no project.

Each line of standard input is JSON: the folder, then pytest's arguments. Each is answered with pytest's exit code; what
pytest printed is in `planted.log` in the folder. Loading the libraries would otherwise take longer than the tests.
"""

import json
import os
import sys

import cfnlint.api
import django.test
import drf_spectacular
import moto.cloudformation.models
import moto.elbv2.models
import pynamodb.models
import pytest
import rest_framework.request
import samtranslator.translator.transform
import storages.backends.s3

LOADED = (cfnlint, django, drf_spectacular, moto, pynamodb, rest_framework, samtranslator, storages)


def run(folder: str, arguments: list[str]) -> int:
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        log = os.open("planted.log", os.O_WRONLY | os.O_CREAT)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.path[0] = folder
        code = int(pytest.main(arguments))
        sys.stdout.flush()
        os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    for line in sys.stdin:
        where, *given = json.loads(line)
        sys.stdout.write(f"{run(where, given)}\n")
        sys.stdout.flush()
