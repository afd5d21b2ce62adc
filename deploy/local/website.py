"""The built website, as CloudFront serves it: `python -m deploy.local.website --port 8080 --config '{…}'`."""

import argparse
import gzip
import json
import mimetypes
import sys
from collections.abc import Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from deploy.local.children import Child
from deploy.local.standins import ROOT

FRONTEND = ROOT / "frontend"
DIST = FRONTEND / "dist"
NOT_BUILT = "not built, so not served: run `npm ci && npm run build` in frontend/, then start again"
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}


def is_built() -> bool:
    return (DIST / "index.html").is_file()


def start(ports: Mapping[str, int], env: Mapping[str, str], logs: Path) -> Child:
    """The website as a child of `make run`."""
    config = json.dumps(config_for(ports, env))
    command = [sys.executable, "-m", "deploy.local.website", "--port", str(ports["website"]), "--config", config]
    return Child("The website", command, log=logs / "website.log", cwd=ROOT)


def config_for(ports: Mapping[str, int], env: Mapping[str, str]) -> dict[str, Any]:
    """What /config.json holds on this machine; the names are those of frontend/src/config.ts."""
    aws = f"http://localhost:{ports['aws']}"
    return {
        "region": env["AWS_REGION"],
        "userPoolId": env["COGNITO_USER_POOL_ID"],
        "clientId": env["COGNITO_CLIENT_IDS"],
        "authFlow": "USER_SRP_AUTH",
        "cognitoEndpoint": aws,
        "todosUrl": f"http://localhost:{ports['todos']}",
        "filesUrl": f"http://localhost:{ports['files']}",
        "maxFileBytes": 100 * 1024**2,
        "userFileQuota": 1024**3,
        "filesOrigin": aws,
    }


class Website:
    """What is answered to a path: the same files, headers and fallback as in the cloud."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = json.dumps(config).encode()
        policy = json.loads((FRONTEND / "security-headers.json").read_text())
        origins = {
            "api": f"{config['todosUrl']} {config['filesUrl']}",
            "files": config["filesOrigin"],
            "cognito": config.get("cognitoEndpoint") or f"https://cognito-idp.{config['region']}.amazonaws.com",
        }
        self._headers = {name: _filled(value, origins) for name, value in policy["headers"].items()}
        # A browser that takes this one from http://localhost:8080 would ask every other port there for https.
        self._headers.pop("Strict-Transport-Security")
        self._cache_control: dict[str, str] = policy["cacheControl"]

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        name = unquote(urlsplit(path).path).lstrip("/")
        # What has no extension is an address inside the website.
        if "." not in name.rpartition("/")[2]:
            name = "index.html"
        content = self._config if name == "config.json" else _read(name)
        if content is None:
            return 404, {**self._headers, "Content-Type": "text/plain", "Cache-Control": "no-cache"}, b"Not found"
        suffix = Path(name).suffix
        kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        prefix = next(prefix for prefix in self._cache_control if name.startswith(prefix))
        headers = {**self._headers, "Content-Type": kind, "Cache-Control": self._cache_control[prefix]}
        return 200, headers, content


def _filled(value: str, origins: Mapping[str, str]) -> str:
    for name, origin in origins.items():
        value = value.replace(f"{{{name}}}", origin)
    return value


def _read(name: str) -> bytes | None:
    # No file has it in its name, and asking for one raises.
    if "\0" in name:
        return None
    file = (DIST / name).resolve()
    return file.read_bytes() if file.is_relative_to(DIST) and file.is_file() else None


@cache
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    website: Website

    def do_GET(self) -> None:
        status, headers, content = self.website.answer(self.path)
        if "gzip" in self.headers.get("Accept-Encoding", "") and headers["Content-Type"].startswith(
            ("text/", "application/", "image/svg")
        ):
            content = _compressed(content)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_HEAD = do_GET

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  # the base class names it so
        """Errors are seen in the browser; calls are not logged."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--config", required=True, help="the JSON that /config.json holds")
    arguments = parser.parse_args()
    _Handler.website = Website(json.loads(arguments.config))
    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), _Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
