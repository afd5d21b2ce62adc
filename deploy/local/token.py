"""Print a token of a user of `make run`: `python -m deploy.local.token alice@example.com [--access]`."""

import argparse
import json
import sys
import urllib.error
import urllib.request
from urllib.parse import quote

from deploy.local.standins import AWS_PORT, DEMO_USERS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("username", help="e-mail address or sub")
    parser.add_argument("--access", action="store_true", help="the access token instead of the ID token")
    parser.add_argument("--url", default=f"http://localhost:{AWS_PORT}", help="where Cognito is")
    arguments = parser.parse_args()
    ask = urllib.request.Request(f"{arguments.url}/_standin/tokens?username={quote(arguments.username)}", method="POST")
    try:
        with urllib.request.urlopen(ask, timeout=5) as answer:
            tokens = json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return _fail(f"{arguments.username} is not a user here. Demo users: {', '.join(DEMO_USERS)}.")
    except OSError:
        return _fail(f"Nothing answers at {arguments.url}: start `make run` first.")
    print(tokens["AccessToken" if arguments.access else "IdToken"])
    return 0


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
