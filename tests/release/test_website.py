"""What `make website STAGE=…` puts into the bucket, in which order, and what it leaves there."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import time_machine
from botocore.exceptions import ClientError

from deploy.release import website
from deploy.release.errors import ReleaseError
from deploy.release.stage import TEMPLATES, Stage
from tests.release.conftest import Answers, answered, template
from todoproject import settings

BUCKET = "todo-staging-website"
BEGIN = datetime(2026, 12, 1, tzinfo=UTC)
_DISTRIBUTION: Any = {
    "CallerReference": "website",
    "Comment": "",
    "Enabled": True,
    "Origins": {
        "Quantity": 1,
        "Items": [
            {"Id": "bucket", "DomainName": f"{BUCKET}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
        ],
    },
    "DefaultCacheBehavior": {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "redirect-to-https"},
}


@pytest.fixture
def stage(deploy: Callable[..., Stage], templates: Path, answers: Answers) -> Stage:
    """With a distribution, which moto makes in no stack."""
    made = boto3.client("cloudfront").create_distribution(DistributionConfig=_DISTRIBUTION)["Distribution"]
    changed = template("website")
    changed["Outputs"]["DistributionId"] = {"Value": made["Id"]}
    (templates / "website.yaml").write_text(json.dumps(changed))
    # moto writes COMPLETED, for which AWS's waiter waits in vain.
    answers("cloudfront.GetInvalidation", lambda: answered(Invalidation={"Status": "Completed"}))
    return deploy("data", "auth", "api", "website")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    for name in ("index.html", "sw.js", "app.webmanifest", "assets/app-1.js"):
        (dist / name).write_text(name)
    return dist


def _publish(stage: Stage, dist: Path, *, at: timedelta = timedelta()) -> None:
    with time_machine.travel(BEGIN + at, tick=False):
        website.Publication(stage, dist, dry_run=False).publish()


def _invalidations(stage: Stage) -> list[str]:
    distribution = stage.output("website", "DistributionId")
    listed = stage.client("cloudfront").list_invalidations(DistributionId=distribution)["InvalidationList"]
    return [each["Id"] for each in listed.get("Items", [])]


def _names(stage: Stage) -> set[str]:
    return {each["Key"] for each in stage.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])}


def test_the_page_comes_last_and_what_is_kept_for_a_year_first(
    stage: Stage, dist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    _publish(stage, dist)
    put = [line.split()[1] for line in capsys.readouterr().out.splitlines() if line.startswith("  +")]
    each_time = [".well-known/security.txt", "app.webmanifest", "config.json", "sw.js"]
    assert put == ["assets/app-1.js", *each_time, "index.html"]


@pytest.mark.parametrize(
    ("name", "kind", "cache"),
    [
        ("assets/app-1.js", "text/javascript", "public, max-age=31536000, immutable"),
        ("index.html", "text/html", "no-cache"),
        ("app.webmanifest", "application/manifest+json", "no-cache"),
        ("config.json", "application/json", "no-cache"),
        (".well-known/security.txt", "text/plain; charset=utf-8", "no-cache"),
    ],
)
def test_each_file_says_what_it_is_and_how_long_it_is_kept(
    stage: Stage, dist: Path, name: str, kind: str, cache: str
) -> None:
    _publish(stage, dist)
    found = stage.client("s3").head_object(Bucket=BUCKET, Key=name)
    assert (found["ContentType"], found["CacheControl"]) == (kind, cache)


def test_security_txt_says_where_to_report_and_expires_within_a_year_of_the_release(stage: Stage, dist: Path) -> None:
    _publish(stage, dist)
    body = stage.client("s3").get_object(Bucket=BUCKET, Key=".well-known/security.txt")["Body"].read()
    expires = "2027-11-01T00:00:00Z"
    assert body.decode() == f"Contact: mailto:security@example.com\nExpires: {expires}\nPreferred-Languages: en\n"


def test_the_configuration_leads_to_the_stage(stage: Stage, dist: Path) -> None:
    _publish(stage, dist)
    body = stage.client("s3").get_object(Bucket=BUCKET, Key="config.json")["Body"].read()
    assert json.loads(body) == {
        "region": "eu-west-1",
        "userPoolId": "eu-west-1_pool",
        "clientId": "client",
        "authFlow": "USER_SRP_AUTH",
        "todosUrl": "https://abc.execute-api.eu-west-1.amazonaws.com",
        "filesUrl": "https://abc.execute-api.eu-west-1.amazonaws.com",
        "maxFileBytes": settings.MAX_FILE_BYTES,
        "userFileQuota": settings.USER_FILE_QUOTA,
        "filesOrigin": "https://todo-staging-files.s3.eu-west-1.amazonaws.com",
    }


def test_the_configuration_holds_every_key_that_the_website_reads(stage: Stage) -> None:
    interface = (website.ROOT / "frontend/src/config.ts").read_text().partition("}")[0]
    keys = set(re.findall(r"^  (\w+)\??:", interface, re.MULTILINE))
    assert set(website.config(stage)) == keys - {"cognitoEndpoint"}


def test_the_service_has_the_limits_that_the_website_is_told() -> None:
    template = (TEMPLATES / "service.yaml").read_text()
    assert [name for name in ("MAX_FILE_BYTES", "USER_FILE_QUOTA") if name in template] == []


def test_a_page_that_is_still_open_finds_its_parts_after_a_release(stage: Stage, dist: Path) -> None:
    _publish(stage, dist)
    (dist / "assets/app-1.js").rename(dist / "assets/app-2.js")
    _publish(stage, dist, at=timedelta(days=30))
    assert {"assets/app-1.js", "assets/app-2.js"} <= _names(stage)


def test_what_two_releases_no_longer_have_is_removed(stage: Stage, dist: Path) -> None:
    for number, day in ((2, 0), (3, 30), (4, 60)):
        _publish(stage, dist, at=timedelta(days=day))
        (dist / f"assets/app-{number - 1}.js").rename(dist / f"assets/app-{number}.js")
    assert {name for name in _names(stage) if name.startswith("assets/")} == {"assets/app-2.js", "assets/app-3.js"}


def test_caches_forget_all_that_keeps_its_name(stage: Stage, dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _publish(stage, dist)
    kept = "/.well-known/security.txt /app.webmanifest /config.json /index.html /sw.js"
    assert f"  invalidate {kept}\n" in capsys.readouterr().out
    assert len(_invalidations(stage)) == 1


def test_a_dry_run_puts_nothing_and_invalidates_nothing(stage: Stage, dist: Path) -> None:
    website.Publication(stage, dist, dry_run=True).publish()
    assert (_names(stage), _invalidations(stage)) == (set(), [])


def test_what_is_not_built_is_not_published(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="The website is not built: `make website` without STAGE builds it"):
        website.Publication(stage, tmp_path / "nothing", dry_run=False).publish()


def test_a_stage_without_a_website_is_told_to_be_deployed(deploy: Callable[..., Stage], dist: Path) -> None:
    with pytest.raises(ReleaseError, match="deploy it first"):
        website.Publication(deploy("network"), dist, dry_run=False).publish()
    with pytest.raises(ClientError):
        boto3.client("s3", region_name="eu-west-1").head_bucket(Bucket=BUCKET)
