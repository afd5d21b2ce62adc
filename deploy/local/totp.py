"""Print the code a member of staff of `make run` has to type: `python -m deploy.local.totp support@example.com`."""

import argparse
import json
import sys
import urllib.error
import urllib.request
from urllib.parse import quote

from deploy.local.standins import AWS_PORT, DEMO_STAFF


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("email")
    parser.add_argument("--url", default=f"http://localhost:{AWS_PORT}", help="where Cognito is")
    arguments = parser.parse_args()
    try:
        with urllib.request.urlopen(
            f"{arguments.url}/_standin/totp?username={quote(arguments.email)}", timeout=5
        ) as got:
            print(json.load(got)["code"])
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        print(f"{arguments.email} has no authenticator app here. Demo staff: {', '.join(DEMO_STAFF)}.", file=sys.stderr)
        return 1
    except OSError:
        print(f"Nothing answers at {arguments.url}: start `make run` first.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
