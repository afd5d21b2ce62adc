"""Cognito and S3 on one port: `python -m deploy.local.aws --port 8083 --region eu-west-1`."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

# Each service answers browsers by its own rules; moto's would allow everything. Read when moto is imported.
os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"

from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app

from deploy.local.cognito import api as cognito
from deploy.local.cognito.http import CognitoApplication
from deploy.local.control import control
from deploy.local.s3.application import S3Application

_COGNITO_PATHS = ("/.well-known/jwks.json", "/.well-known/openid-configuration")

WSGIApplication = Callable[[dict[str, Any], Any], Any]


class StandIn:
    """Sends each call to the service it is meant for, as their host names would on AWS."""

    def __init__(self, *, region: str, public_url: str) -> None:
        cognito.register(region=region, public_url=public_url)
        self._region = region
        self._cognito: WSGIApplication = CognitoApplication(create_backend_app("cognito-idp"), region)
        self._s3 = S3Application(create_backend_app("s3"), region)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = environ.get("PATH_INFO", "")
        if path.startswith("/_standin/"):
            answer: Response = control(Request(environ), region=self._region, s3=self._s3)
            return answer(environ, start_response)
        # S3 knows neither a POST nor a preflight of its root: what names no bucket and is not GET is Cognito's.
        if path.endswith(_COGNITO_PATHS) or (path == "/" and environ["REQUEST_METHOD"] in ("POST", "OPTIONS")):
            return self._cognito(environ, start_response)
        return self._s3(environ, start_response)


class QuietHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Errors are logged, calls are not."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8083)
    parser.add_argument("--region", default="eu-west-1")
    arguments = parser.parse_args()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, _exit_at_once)
    logging.basicConfig(level=logging.WARNING)
    standin = StandIn(region=arguments.region, public_url=f"http://localhost:{arguments.port}")
    make_server("127.0.0.1", arguments.port, standin, threaded=True, request_handler=QuietHandler).serve_forever()


def _exit_at_once(signal_number: int, frame: FrameType | None) -> None:
    # Nothing is to be saved, and a thread may still be holding a connection.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
