"""The image of a commit, in the stage's ECR: `make image STAGE=…`. One image serves both services and the maintenance.

Built once: where the commit's tag is there already, nothing is built. Either way the scan is awaited, and a critical
finding stops the release.
"""

import argparse
import base64
import subprocess
import time
from typing import Any

from botocore.exceptions import ClientError

from deploy.release.errors import ReleaseError, run
from deploy.release.stage import ROOT, Stage

PAUSE = 5
# Seconds; ECR says that a scan takes a minute or so.
PATIENCE = 600


def tag_of_this_commit() -> str:
    """Raises ReleaseError where the work tree holds what no commit does: a tag says what is in the image."""
    if _git("status", "--porcelain"):
        raise ReleaseError("There are changes that no commit holds. Commit them first: the image's tag is the commit.")
    return _git("rev-parse", "HEAD")


def require(stage: Stage, tag: str) -> None:
    """Raises ReleaseError where the image is not in ECR."""
    if not _is_there(stage, tag):
        raise ReleaseError(
            f"There is no image {tag} in {stage.output('pipeline', 'RepositoryUri')}. Build it first: "
            f"make image STAGE={stage.name}, then deploy again; what is deployed already stays."
        )


def publish(stage: Stage, tag: str) -> None:
    """Raises ReleaseError where it cannot be built, pushed or scanned, and on a critical finding."""
    if _is_there(stage, tag):
        print(f"{tag} is there already")
    else:
        build(stage, tag)
    await_scan(stage, tag)


def build(stage: Stage, tag: str) -> None:
    uri = f"{stage.output('pipeline', 'RepositoryUri')}:{tag}"
    _log_in(stage)
    # No attestations: with them it would be a list of manifests, which ECR's basic scan does not take.
    _run(
        *("docker", "buildx", "build", "--platform", "linux/arm64", "--provenance=false", "--push"),
        *("--build-arg", f"REVISION={tag}", "--build-arg", f"VERSION={tag[:12]}", "--tag", uri, "."),
    )


def await_scan(stage: Stage, tag: str) -> None:
    """Raises ReleaseError on a critical finding, on a scan that failed and after PATIENCE."""
    ecr, repository = stage.client("ecr"), stage.output("pipeline", "RepositoryName")
    deadline = time.monotonic() + PATIENCE
    while True:
        scan = _scan(ecr, repository, tag)
        status = scan.get("imageScanStatus", {}).get("status", "PENDING")
        if status in ("COMPLETE", "ACTIVE"):
            break
        if status not in ("PENDING", "IN_PROGRESS"):
            raise ReleaseError(f"ECR could not scan {tag}: {status}, {scan['imageScanStatus'].get('description', '')}")
        if time.monotonic() > deadline:
            raise ReleaseError(f"ECR has not scanned {tag} within {PATIENCE // 60} minutes. Try again later.")
        time.sleep(PAUSE)
    counts: dict[str, int] = scan.get("imageScanFindings", {}).get("findingSeverityCounts", {})
    print(f"Scan of {tag}: {', '.join(f'{count} {name.lower()}' for name, count in counts.items()) or 'no findings'}")
    if counts.get("CRITICAL"):
        raise ReleaseError(
            f"{counts['CRITICAL']} critical: see `aws ecr describe-image-scan-findings --repository-name {repository} "
            f"--image-id imageTag={tag}`. A newer base image or `make lock` brings the fixes; commit and build again."
        )


def _scan(ecr: Any, repository: str, tag: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageTag": tag})
    except ecr.exceptions.ScanNotFoundException:
        # A scan on push begins some seconds after it.
        return {}
    return found


def _is_there(stage: Stage, tag: str) -> bool:
    repository = stage.output("pipeline", "RepositoryName")
    try:
        stage.client("ecr").describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ImageNotFoundException":
            return False
        raise
    return True


def _log_in(stage: Stage) -> None:
    granted = stage.client("ecr").get_authorization_token()["authorizationData"][0]
    user, _, password = base64.b64decode(granted["authorizationToken"]).decode().partition(":")
    _run("docker", "login", "--username", user, "--password-stdin", granted["proxyEndpoint"], text=password)


def _run(*command: str, text: str | None = None) -> None:
    try:
        subprocess.run(command, cwd=ROOT, input=text, text=True, check=True)
    except FileNotFoundError:
        raise ReleaseError(f"{command[0]} is needed to build the image; install it first.") from None
    except subprocess.CalledProcessError as error:
        raise ReleaseError(f"{' '.join(command[:2])} failed with {error.returncode}; what it said is above.") from None


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise ReleaseError(
            f"git does not tell which commit this is ({error}). Work in a clone of the project."
        ) from error
    return done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.release.image", description=__doc__)
    parser.add_argument("--stage", required=True)
    asked = parser.parse_args()
    stage, tag = Stage.read(asked.stage), tag_of_this_commit()
    stage.say_where()
    publish(stage, tag)


if __name__ == "__main__":
    run(main)
