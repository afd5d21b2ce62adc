"""The proxy itself: what is not broken passes as it is, on connections that are kept."""

import os
import socket
from typing import Any

import botocore.session
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.faults.fault import DROPPED, THROTTLED
from tests.faults.proxy import Proxy


@pytest.fixture
def client(dynamodb: Proxy) -> Any:
    """Makes one attempt only."""
    return botocore.session.get_session().create_client(
        "dynamodb",
        region_name=os.environ["AWS_REGION"],
        endpoint_url=dynamodb.url,
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=10),
    )


def test_calls_pass_whole_over_kept_connections_and_are_counted(dynamodb: Proxy, client: Any) -> None:
    for _ in range(20):
        assert os.environ["TODOS_TABLE"] in client.list_tables()["TableNames"]

    assert [call.operation for call in dynamodb.calls()] == ["ListTables"] * 20


def test_an_answer_without_a_body_and_one_in_a_body_of_any_length_pass(s3: Proxy) -> None:
    with requests.Session() as session:
        for _ in range(3):
            assert session.head(f"{s3.url}/_standin/health", timeout=10).content == b""
            assert session.get(f"{s3.url}/_standin/health", timeout=10).json() == {"status": "ok"}


def test_who_waits_to_be_told_to_send_a_body_is_told(s3: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", s3.port), timeout=10) as connection, connection.makefile("rb") as said:
        connection.sendall(b"PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert said.readline() + said.readline() == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"text")
        assert said.readline().split()[1] == b"403", "nobody has signed it"


def test_a_fault_is_for_one_operation_and_so_many_times(dynamodb: Proxy, client: Any) -> None:
    dynamodb.inject(DROPPED, "ListTables", times=1)
    dynamodb.inject(THROTTLED, "ListTables", times=1)

    client.describe_limits()
    with pytest.raises(BotoCoreError):
        client.list_tables()
    with pytest.raises(ClientError, match="ProvisionedThroughputExceededException"):
        client.list_tables()
    client.list_tables()


def test_it_refuses_until_it_is_told_to_accept(dynamodb: Proxy, client: Any) -> None:
    client.list_tables()
    dynamodb.refuse()
    with pytest.raises(BotoCoreError):
        client.list_tables()
    dynamodb.accept()
    client.list_tables()
