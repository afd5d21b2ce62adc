"""`python leash.py <pid of the parent> <command> …`: become that command, to be ended when the parent ends.

A program of its own, because code between fork and exec is not safe in a parent with threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("The parent ended before the call above.")
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - a fixed command of this folder
