"""Which alarms fire when no data comes at all, and what CloudWatch makes of datapoints that are missing."""

import pytest

from tests.cloud.alarms import SPARE, Alarm, Samples, alarms_of, state_of
from tests.cloud.deployment import Deployment
from tests.cloud.test_alarms import DAY, calm_series

# No healthy task reports itself, no run of maintenance is a line in no log: there silence is the fault.
FIRE_ON_SILENCE = {
    "watch.TodosDown",
    "watch.FilesDown",
    "watch.PurgeTrashMissing",
    "watch.ReconcileFilesMissing",
}


def _silent_from(begin: int, calm: Samples) -> Samples:
    return lambda minute: calm(minute) if minute < begin else ()


def _alarms(deployment: Deployment) -> list[Alarm]:
    return alarms_of(deployment.of_type("AWS::CloudWatch::Alarm"))


@pytest.mark.parametrize("spare", [0, SPARE, 12])
def test_silence_alarms_where_it_is_the_fault_and_nowhere_else(deployment: Deployment, spare: int) -> None:
    """`spare`, because AWS does not say how far it looks back for datapoints in the place of missing ones."""
    series = {key: _silent_from(DAY, calm) for key, calm in calm_series(deployment).items()}
    long_after = DAY * 3
    assert {
        str(alarm.resource) for alarm in _alarms(deployment) if alarm.fires(series, after=long_after, spare=spare)
    } == FIRE_ON_SILENCE


def test_a_service_that_falls_silent_is_down_within_minutes(deployment: Deployment) -> None:
    """Three datapoints and those that may be looked at in their place."""
    series = {key: _silent_from(DAY, calm) for key, calm in calm_series(deployment).items()}
    for alarm in _alarms(deployment):
        if alarm.resource.logical_id in ("TodosDown", "FilesDown"):
            found = [alarm.fires(series, after=DAY - alarm.minutes + silent) for silent in range(6)]
            assert found == [False] * 5 + [True], alarm.resource


def test_a_run_that_is_missed_is_told_the_next_night(deployment: Deployment) -> None:
    """A few hours late at most, and not because a run takes place some minutes later than the day before."""
    series = {key: _silent_from(DAY, calm) for key, calm in calm_series(deployment).items()}
    for alarm in _alarms(deployment):
        if alarm.resource.logical_id.endswith("Missing"):
            fired = [hours for hours in range(48) if alarm.fires(series, after=DAY - alarm.minutes + hours * 60)]
            assert 2 < fired[0] <= 6, (alarm.resource, fired)
            assert fired == list(range(fired[0], 48))


# The tables of AWS's page: a datapoint breaches (X), does not (0) or is missing (-); of three periods, so many must
# breach; the states with `missing`, `ignore`, `breaching`, `notBreaching`, where "" retains the one before.
DOCUMENTED = [
    ("0-X-X", 3, "OK", "OK", "OK", "OK"),
    ("0----", 3, "OK", "OK", "OK", "OK"),
    ("-----", 3, "INSUFFICIENT_DATA", "", "ALARM", "OK"),
    ("0XX-X", 3, "ALARM", "ALARM", "ALARM", "ALARM"),
    ("--X--", 3, "ALARM", "", "ALARM", "OK"),
    ("0-X-X", 2, "ALARM", "ALARM", "ALARM", "ALARM"),
    ("00X0X", 2, "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0-X--", 2, "OK", "OK", "ALARM", "OK"),
    ("----0", 2, "OK", "OK", "ALARM", "OK"),
    ("---X-", 2, "ALARM", "", "ALARM", "OK"),
]


@pytest.mark.parametrize(("points", "needed", "missing", "ignore", "breaching", "not_breaching"), DOCUMENTED)
def test_missing_datapoints_are_treated_as_aws_documents(
    points: str, needed: int, missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    told = [{"X": True, "0": False, "-": None}[each] for each in points]
    assert {
        treatment: state_of(told, 3, needed, treatment)
        for treatment in ("missing", "ignore", "breaching", "notBreaching")
    } == {"missing": missing, "ignore": ignore, "breaching": breaching, "notBreaching": not_breaching}


@pytest.mark.parametrize("points", ["----X", "---X-"])
def test_no_alarm_is_premature(points: str) -> None:
    told = [{"X": True, "-": None}[each] for each in points]
    assert state_of(told, 3, 3, "missing") == ""
