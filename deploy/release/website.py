"""Put the built website into its bucket: `make website STAGE=…`.

In an order in which no visitor ever gets a page whose parts are not there: first the files with a hash in their name,
which are kept for a year, the page itself last. What the release before had stays, for pages that are still open.
"""

import argparse
import json
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.release.errors import ReleaseError, run
from deploy.release.stage import ROOT, Stage

DIST = ROOT / "frontend" / "dist"
HEADERS = ROOT / "frontend" / "security-headers.json"
# The settings' defaults (settings.py); the service stack does not set others.
MAX_FILE_BYTES = 100 * 1024**2
USER_FILE_QUOTA = 1024**3
_TYPES = {
    ".js": "text/javascript",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}
_PAGE = "index.html"
# A page may stay open for days; what it loads later must still be there.
_KEPT = timedelta(days=7)
_SECURITY_TXT_LASTS = timedelta(days=335)


@dataclass(frozen=True)
class Publication:
    stage: Stage
    dist: Path
    dry_run: bool

    def publish(self) -> None:
        files = {name: (self.dist / name).read_bytes() for name in _names(self.dist)}
        files["config.json"] = json.dumps(config(self.stage), indent=1).encode()
        files[".well-known/security.txt"] = security_txt(self.stage.output("website", "SecurityContact")).encode()
        before = {each["Key"]: each["LastModified"] for each in self._objects()}
        for name in sorted(files, key=_order):
            self._put(name, files[name])
        superseded = [name for name, last in before.items() if name not in files and last < self._horizon(before)]
        for name in superseded:
            self._delete(name)
        # What is kept for a year has another name with every change.
        self._invalidate(sorted(f"/{name}" for name in files if cache_control(name) == "no-cache"))
        print(f"{len(files)} files, {len(superseded)} old ones removed: {self.stage.output('website', 'WebsiteUrl')}")

    def _horizon(self, before: dict[str, datetime]) -> datetime:
        """What was not put since is neither in this release nor in the one before, and no longer asked for."""
        hour = timedelta(hours=1)
        return min(before.get(_PAGE, datetime.now(UTC)) - hour, datetime.now(UTC) - _KEPT)

    @property
    def _bucket(self) -> str:
        return self.stage.output("website", "WebsiteBucket")

    def _objects(self) -> Iterator[dict[str, Any]]:
        for page in self.stage.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
            yield from page.get("Contents", [])

    def _put(self, name: str, content: bytes) -> None:
        print(f"  + {name} ({len(content)} bytes, {cache_control(name)})")
        if not self.dry_run:
            self.stage.client("s3").put_object(
                Bucket=self._bucket,
                Key=name,
                Body=content,
                ContentType=content_type(name),
                CacheControl=cache_control(name),
            )

    def _delete(self, name: str) -> None:
        print(f"  - {name}")
        if not self.dry_run:
            self.stage.client("s3").delete_object(Bucket=self._bucket, Key=name)

    def _invalidate(self, paths: list[str]) -> None:
        print(f"  invalidate {' '.join(paths)}")
        if self.dry_run:
            return
        cloudfront, distribution = self.stage.client("cloudfront"), self.stage.output("website", "DistributionId")
        made = cloudfront.create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={
                "Paths": {"Quantity": len(paths), "Items": paths},
                "CallerReference": datetime.now(UTC).isoformat(),
            },
        )
        cloudfront.get_waiter("invalidation_completed").wait(DistributionId=distribution, Id=made["Invalidation"]["Id"])


def config(stage: Stage) -> dict[str, Any]:
    """What /config.json holds; the names are those of frontend/src/config.ts."""
    api = stage.output("api", "ApiUrl")
    return {
        "region": stage.region,
        "userPoolId": stage.output("auth", "UserPoolId"),
        "clientId": stage.output("auth", "WebsiteClientId"),
        "authFlow": "USER_SRP_AUTH",
        "todosUrl": api,
        "filesUrl": api,
        "maxFileBytes": MAX_FILE_BYTES,
        "userFileQuota": USER_FILE_QUOTA,
        "filesOrigin": f"https://{stage.output('data', 'FilesBucket')}.s3.{stage.region}.amazonaws.com",
    }


def security_txt(contact: str) -> str:
    """RFC 9116. Good until eleven months after this release: the RFC wants less than a year, and a website that nobody
    has released for so long should not claim that somebody reads its mail."""
    expires = (datetime.now(UTC) + _SECURITY_TXT_LASTS).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n"


def cache_control(name: str) -> str:
    prefixes: dict[str, str] = json.loads(HEADERS.read_text())["cacheControl"]
    return prefixes[max((prefix for prefix in prefixes if name.startswith(prefix)), key=len)]


def content_type(name: str) -> str:
    suffix = Path(name).suffix
    return _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _names(dist: Path) -> list[str]:
    if not (dist / _PAGE).is_file():
        raise ReleaseError("The website is not built: `make website` without STAGE builds it.")
    return [file.relative_to(dist).as_posix() for file in dist.rglob("*") if file.is_file()]


def _order(name: str) -> tuple[bool, bool, str]:
    """Long-lived files first, then what is asked for each time, the page last."""
    return (name == _PAGE, cache_control(name) == "no-cache", name)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.release.website", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--dist", type=Path, default=DIST, help="the built website")
    parser.add_argument("--dry-run", action="store_true", help="say what would be put and removed, and do nothing")
    asked = parser.parse_args()
    stage = Stage.read(asked.stage)
    stage.say_where()
    Publication(stage, asked.dist, asked.dry_run).publish()


if __name__ == "__main__":
    run(main)
