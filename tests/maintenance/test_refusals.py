"""What cannot be done is said in a sentence, by whatever it is refused: an option, a folder, AWS."""

import io
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from tests.clients import User
from tests.maintenance.commands import call, finish, start
from tests.maintenance.test_export_import import export, fill
from tests.uploads import new_todo


@pytest.mark.parametrize("name", ["check_data", "reconcile_files", "export_data", "import_data", "seed_demo"])
@pytest.mark.parametrize("user", ["", "alice@example.com", "../x"])
def test_what_is_no_sub_never_means_everybody_or_nobody(name: str, user: str, tmp_path: Path) -> None:
    folder = [str(tmp_path)] if name.endswith("port_data") else []
    with pytest.raises(CommandError, match="is no sub"):
        call_command(name, *folder, f"--user={user}", stdout=io.StringIO())


@pytest.mark.parametrize("days", ["0", "-3", "100000000"])
def test_days_that_no_purge_could_look_at_are_refused(days: str) -> None:
    with pytest.raises(CommandError, match="must be 1 to 36500"):
        call_command("purge_trash", f"--days={days}", stdout=io.StringIO())


@pytest.mark.parametrize(
    ("env", "reason"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "Unable to locate credentials"),
        ({"TODOS_TABLE": "no-such-table"}, "non-existent table"),
    ],
    ids=["no credentials", "no table"],
)
def test_what_aws_refuses_stops_the_run_with_a_sentence(env: dict[str, str], reason: str) -> None:
    outcome = finish(start("check_data", **env))
    assert (outcome.code, outcome.summary["finished"], reason in outcome.sentence) == (3, False, True)


def test_a_folder_that_takes_nothing_stops_the_run_which_goes_on_once_it_does(alice: User, tmp_path: Path) -> None:
    fill(alice)
    (tmp_path / "files").write_text("in the way")
    stopped = export(alice, tmp_path, "--apply")
    assert (stopped.code, "Mend that, then go on with --resume" in stopped.sentence) == (3, True)
    (tmp_path / "files").unlink()
    outcome = export(alice, tmp_path, "--apply", "--resume", stopped.summary["resume"])
    assert (outcome.code, outcome.counts["todos"]) == (0, 5)


def test_a_folder_without_name_or_bucket_is_refused(alice: User) -> None:
    new_todo(alice)
    assert call("export_data", "", "--apply").code == 2
    outcome = call("export_data", f"s3://{uuid4()}/x", "--user", alice.sub, "--apply")
    assert (outcome.code, "The specified bucket does not exist" in outcome.sentence) == (3, True)
