"""`python -m tests.image`, with pytest's own options if wanted: `-k sigterm`, `-x`, `--durations 5`."""

import sys
from pathlib import Path

import pytest

from tests.image.engine import EngineError, find_engine

if __name__ == "__main__":
    try:
        find_engine()
    except EngineError as error:
        sys.exit(str(error))
    sys.exit(pytest.main([str(Path(__file__).parent), *sys.argv[1:]]))
