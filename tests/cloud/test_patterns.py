"""The evaluator of filter patterns agrees with the examples on AWS's page."""

import json

import pytest

from tests.cloud.patterns import Undocumented, is_sent, matches

EVENT = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "cluster.name": "c",
}
USERS = {
    "user": {"id": 1, "email": "John.Stiles@example.com"},
    "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
    "actions": ["GET", "PUT", "DELETE"],
    "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
}
NUMBERS = {
    "bandwidth": 80,
    "latency": 45,
    "refreshRate": 60,
    "responseTime": 5,
    "errorCode": 400,
    "number": [0.001],
    "ThisFlag": True,
}


@pytest.mark.parametrize(
    ("event", "pattern", "matched"),
    [
        (EVENT, '{ $.eventType = "UpdateTrail" }', True),
        (EVENT, '{ $.eventType = "updatetrail" }', False),
        (EVENT, "{ $.sourceIPAddress != 123.123.* }", True),
        (EVENT, "{ $.sourceIPAddress != 111.111.* }", False),
        (EVENT, '{ $.arrayKey[0] = "value" }', True),
        (EVENT, '{ $.arrayKey[1] = "value" }', False),
        (EVENT, "{ $.objectList[1].id = 2 }", True),
        (EVENT, "{ $.objectList[2].id = 2 }", False),
        (EVENT, "{ $.SomeObject IS NULL }", True),
        (EVENT, "{ $.eventType IS NULL }", False),
        (EVENT, "{ $.SomeOtherObject NOT EXISTS }", True),
        (EVENT, "{ $.SomeObject NOT EXISTS }", False),
        (EVENT, "{ $.['cluster.name'] = \"c\" }", True),
        (EVENT, '{ $.eventType = "*" && $.sourceIPAddress != 123.123.* }', True),
        (USERS, '{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        (
            USERS,
            '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = 9 && $.actions[2] = "nonmatch" }',
            True,
        ),
        (
            USERS,
            '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = 9) && $.actions[2] = "nonmatch" }',
            False,
        ),
        (USERS, '{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', False),
        (NUMBERS, "{ $.bandwidth > 75 }", True),
        (NUMBERS, "{ $.latency < 50 }", True),
        (NUMBERS, "{ $.refreshRate >= 60 }", True),
        (NUMBERS, "{ $.responseTime <= 5 }", True),
        (NUMBERS, "{ $.errorCode = 400}", True),
        (NUMBERS, "{ $.errorCode != 500 }", True),
        (NUMBERS, "{ $.errorCode = 500 }", False),
        (NUMBERS, "{ $.number[0] = 1e-3 }", True),
        (NUMBERS, "{ $.number[0] != 1e+3 }", True),
        (NUMBERS, "{ $.ThisFlag IS TRUE }", True),
        (NUMBERS, "{ $.ThisFlag IS FALSE }", False),
    ],
)
def test_a_pattern_matches_as_aws_documents(event: object, pattern: str, matched: bool) -> None:
    assert matches(pattern, json.dumps(event)) is matched


@pytest.mark.parametrize("line", ["", "Traceback (most recent call last):", '{"errorCode": 500', "[500]", "500"])
def test_a_line_that_is_no_object_matches_nothing(line: str) -> None:
    assert not matches("{ $.errorCode = 500 }", line)


@pytest.mark.parametrize(
    "pattern",
    [
        "ERROR",
        '"errorCode" 400',
        "[ip, status = 4*]",
        "{ $.errorCode == 400 }",
        "{ $.errorCode EXISTS }",
        "{ $.errorCode IS NOT NULL }",
        "{ $.arrayKey[*] = 1 }",
        "{ $.eventType = %Trail% }",
        "{ ($.errorCode = 400 }",
        "{ $.errorCode = 400) }",
        "{ $.errorCode = 400",
        "{ errorCode = 400 }",
        # The other kind of value than the line has, where AWS does not say what comes of it.
        '{ $.errorCode = "400" }',
        "{ $.ThisFlag = 1 }",
    ],
)
def test_what_aws_does_not_document_or_we_do_not_use_is_refused(pattern: str) -> None:
    with pytest.raises(Undocumented):
        matches(pattern, json.dumps(NUMBERS))


@pytest.mark.parametrize(
    ("pattern", "sent"),
    [
        ({"source": ["aws.ecs"]}, True),
        ({"source": ["aws.ec2", "aws.ecs"], "detail": {"lastStatus": ["STOPPED"]}}, True),
        ({"source": ["aws.ecs"], "detail": {"lastStatus": ["RUNNING"]}}, False),
        ({"resources": [{"prefix": "arn:b"}]}, True),
        ({"resources": [{"prefix": "arn:c"}]}, False),
        ({"detail": {"reason": ["x"]}}, False),
    ],
)
def test_an_event_is_sent_as_eventbridge_documents(pattern: dict[str, object], sent: bool) -> None:
    event = {"source": "aws.ecs", "resources": ["arn:a", "arn:b/1"], "detail": {"lastStatus": "STOPPED"}}
    assert is_sent(pattern, event) is sent
