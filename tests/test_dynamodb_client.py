"""The tuned client of DynamoDB answers and refuses as botocore's own, and really goes the short way.

An upgrade of botocore that closes it fails here.
"""

import os
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.useragent import UserAgentString

from todoproject.aws import dynamodb
from todoproject.aws.answers import ParserFactory
from todos.models import TodoModel

TABLE = TodoModel.Meta.table_name
Call = Callable[[Any, str], Any]


def key(user_id: str) -> dict[str, Any]:
    return {"userID": {"S": user_id}, "todoID": {"S": "one"}}


def put(client: Any, user_id: str, **options: Any) -> Any:
    item = {
        **key(user_id),
        "title": {"S": 'Ä "B":' + "\u2028"},
        "done": {"BOOL": False},
        "size": {"N": "12345678901234567890"},
    }
    return client.put_item(TableName=TABLE, Item=item, ReturnConsumedCapacity="TOTAL", **options)


def get(client: Any, user_id: str) -> Any:
    return client.get_item(TableName=TABLE, Key=key(user_id), ConsistentRead=True, ReturnConsumedCapacity="TOTAL")


def get_nothing(client: Any, user_id: str) -> Any:
    return get(client, f"not-{user_id}")


def query(client: Any, user_id: str) -> Any:
    return client.query(
        TableName=TABLE,
        KeyConditionExpression="userID = :u",
        ExpressionAttributeValues={":u": {"S": user_id}},
        Limit=1,
        ReturnConsumedCapacity="INDEXES",
    )


def update(client: Any, user_id: str) -> Any:
    return client.update_item(
        TableName=TABLE,
        Key=key(user_id),
        UpdateExpression="SET notes = :n, nothing = :l",
        ExpressionAttributeValues={":n": {"S": "x" * 5000}, ":l": {"L": [{"NULL": True}, {"M": {"a": {"NS": ["1"]}}}]}},
        ReturnValues="ALL_NEW",
    )


def put_binary(client: Any, user_id: str) -> Any:
    binary = {**key(user_id), "picture": {"B": b"\0\xff"}, "pictures": {"BS": [b"a"]}}
    client.put_item(TableName=TABLE, Item=binary)
    return get(client, user_id)


def put_again(client: Any, user_id: str) -> Any:
    return put(client, user_id, ConditionExpression="attribute_not_exists(todoID)")


def transact(client: Any, user_id: str, condition: str = "attribute_exists(todoID)") -> Any:
    check = {"TableName": TABLE, "Key": key(user_id), "ConditionExpression": condition}
    return client.transact_write_items(TransactItems=[{"ConditionCheck": check}], ReturnConsumedCapacity="TOTAL")


def transact_in_vain(client: Any, user_id: str) -> Any:
    return transact(client, user_id, "attribute_not_exists(todoID)")


def describe(client: Any, user_id: str) -> Any:
    return client.describe_table(TableName=TABLE)


def ask_for_no_table(client: Any, user_id: str) -> Any:
    return client.get_item(TableName="no-such-table", Key=key(user_id))


ANSWERED = [put, get, get_nothing, query, update, put_binary, transact, describe]
REFUSED = [put_again, transact_in_vain, ask_for_no_table]


@pytest.fixture(scope="module")
def stock() -> Any:
    """botocore's client as it comes, for the same stand-in."""
    return boto3.client("dynamodb", region_name=os.environ["AWS_REGION"], config=Config(parameter_validation=False))


def comparable(answer: Any) -> Any:
    """Without what differs between two calls."""
    metadata = answer["ResponseMetadata"]
    assert metadata["RequestId"] == metadata["HTTPHeaders"]["x-amzn-requestid"]
    headers = {
        name: value for name, value in metadata["HTTPHeaders"].items() if name not in ("x-amzn-requestid", "date")
    }
    return {**answer, "ResponseMetadata": {**metadata, "RequestId": "", "HTTPHeaders": headers}}


@pytest.mark.parametrize("call", ANSWERED)
def test_an_answer_is_the_one_that_botocore_itself_gives(stock: Any, call: Call) -> None:
    user_id = uuid.uuid4().hex
    put(stock, user_id)
    assert comparable(call(dynamodb.client(), user_id)) == comparable(call(stock, user_id))


@pytest.mark.parametrize("call", REFUSED)
def test_a_refusal_is_the_one_that_botocore_itself_raises(stock: Any, call: Call) -> None:
    user_id = uuid.uuid4().hex
    put(stock, user_id)
    raised = []
    for client in (dynamodb.client(), stock):
        with pytest.raises(ClientError) as caught:
            call(client, user_id)
        raised.append((type(caught.value).__name__, str(caught.value), comparable(caught.value.response)))
    assert raised[0] == raised[1]


@pytest.mark.parametrize("call", [put, get, query, update, transact])
def test_botocore_s_own_parser_is_not_used(monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    user_id = uuid.uuid4().hex
    put(dynamodb.client(), user_id)

    def fail(*_: Any) -> None:
        raise AssertionError("botocore's own")

    monkeypatch.setattr(JSONParser, "parse", fail)
    assert call(dynamodb.client(), user_id)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_user_agent_is_not_put_together_for_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("put together")

    client = dynamodb.client()
    monkeypatch.setattr(UserAgentString, "_build_sdk_metadata", fail)
    assert get_nothing(client, "nobody")["ResponseMetadata"]["HTTPStatusCode"] == 200


# As no DynamoDB is to answer, but as what lies between may.
ODD = {
    "empty": b"",
    "cut short": b'{"Item":{"title":{"S":"Mi',
    "half a pair": b'{"Item":{"title":{"S":"\\ud800"}}}',
    "control characters": b'{"Item":{"title":{"S":"\\u0000\xe2\x80\xa8"}}}',
    "twice the same name": b'{"Item":{"title":{"S":"one"},"title":{"S":"two"}}}',
    "no number": b'{"ConsumedCapacity":{"CapacityUnits":NaN}}',
    "blanks first": b' {"Item":{}}',
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_an_odd_answer_is_read_as_botocore_itself_reads_it(body: bytes) -> None:
    assert repr(parsed("GetItem", body, ParserFactory())) == repr(parsed("GetItem", body, ResponseParserFactory()))


def test_an_answer_that_is_to_tell_nothing_is_read_as_botocore_itself_reads_it() -> None:
    assert parsed("TagResource", b"", ParserFactory()) == parsed("TagResource", b"", ResponseParserFactory())


def parsed(operation: str, body: bytes, factory: ResponseParserFactory) -> Any:
    model = dynamodb.client().meta.service_model
    response = {"status_code": 200, "headers": {"x-amzn-requestid": "one"}, "body": body}
    return factory.create_parser(model.resolved_protocol).parse(response, model.operation_model(operation).output_shape)
