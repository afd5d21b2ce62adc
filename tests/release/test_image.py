"""An image is built once for each commit, and goes out only once its scan is through."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.release import image
from deploy.release.errors import ReleaseError
from deploy.release.stage import Stage
from tests.release.conftest import TAG, Answers, answered, refused

pytestmark = pytest.mark.usefixtures("answers", "image")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "PAUSE", 0)


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """A program of that name, which writes down what it is asked and ends with this code."""

    def install(code: int) -> Path:
        asked, program = tmp_path / "asked", tmp_path / "bin" / "docker"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\necho "$@" >>{asked}\nexit {code}\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        return asked

    return install


@pytest.fixture
def stage(templates: Path) -> Stage:
    return Stage.read("staging", templates)


def _scanned(answers: Answers, status: str = "COMPLETE", **counts: int) -> None:
    scan = {"status": status, "description": "Why"}
    findings = {"findingSeverityCounts": counts}
    answers("ecr.DescribeImageScanFindings", lambda: answered(imageScanStatus=scan, imageScanFindings=findings))


def test_an_image_that_is_there_is_not_built_again(
    stage: Stage, answers: Answers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    _scanned(answers, HIGH=2)
    capsys.readouterr()
    image.publish(stage, TAG)
    assert capsys.readouterr().out == f"{TAG} is there already\nScan of {TAG}: 2 high\n"


def test_a_critical_finding_stops_the_release_and_says_where_to_look(stage: Stage, answers: Answers) -> None:
    _scanned(answers, CRITICAL=1, HIGH=2)
    with pytest.raises(ReleaseError) as stopped:
        image.publish(stage, TAG)
    assert str(stopped.value) == (
        "1 critical: see `aws ecr describe-image-scan-findings --repository-name todo-staging --image-id "
        f"imageTag={TAG}`. A newer base image or `make lock` brings the fixes; commit and build again."
    )


def test_a_scan_that_has_not_begun_is_waited_for(stage: Stage, answers: Answers) -> None:
    looks = iter([refused("ScanNotFoundException", "Not yet")] * 2)
    answers(
        "ecr.DescribeImageScanFindings", lambda: next(looks, None) or answered(imageScanStatus={"status": "COMPLETE"})
    )
    image.publish(stage, TAG)
    assert next(looks, None) is None


def test_a_scan_that_fails_stops_the_release(stage: Stage, answers: Answers) -> None:
    _scanned(answers, "UNSUPPORTED_IMAGE")
    with pytest.raises(ReleaseError, match=f"ECR could not scan {TAG}: UNSUPPORTED_IMAGE, Why"):
        image.publish(stage, TAG)


def test_a_new_image_is_built_for_arm_and_pushed_by_its_tag(
    stage: Stage, answers: Answers, docker: Callable[[int], Path]
) -> None:
    asked = docker(0)
    _scanned(answers)
    image.publish(stage, "a" * 40)
    login, build = asked.read_text().splitlines()
    assert login.startswith("login --username AWS --password-stdin https://")
    assert build == (
        f"buildx build --platform linux/arm64 --provenance=false --push --build-arg REVISION={'a' * 40} --build-arg "
        f"VERSION={'a' * 12} --tag 111122223333.dkr.ecr.eu-west-1.amazonaws.com/todo-staging:{'a' * 40} ."
    )


def test_a_build_that_fails_stops_the_release(stage: Stage, docker: Callable[[int], Path]) -> None:
    docker(3)
    with pytest.raises(ReleaseError, match="docker login failed with 3; what it said is above"):
        image.publish(stage, "a" * 40)


def test_without_docker_it_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ReleaseError, match="docker is needed to build the image; install it first"):
        image.publish(stage, "a" * 40)


def test_without_git_there_is_no_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ReleaseError, match="git does not tell which commit this is"):
        image.tag_of_this_commit()
