"""DynamoDB's calls over plain sockets: they fail as with botocore's own transport, and nothing is ever sent twice."""

import contextlib
import json
import os
import socket
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
import time_machine
from botocore import exceptions
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from deploy.local.children import free_port
from tests.faults.fault import CUT_SHORT, DROPPED, ERROR, HUNG, RESET, Fault, How
from tests.faults.kinds import IMPATIENCE, PATIENCE
from tests.faults.proxy import Proxy
from tests.raw_servers import certificate_of_localhost, https_server, raw_server
from todoproject.aws.clients import client_config, create_client
from todoproject.aws.transport import Transport
from todos.models import TodoModel

TABLE = TodoModel.Meta.table_name
MakeClient = Callable[..., Any]


@pytest.fixture
def make_client(settings: Any, monkeypatch: pytest.MonkeyPatch) -> MakeClient:
    """A client of our making, for this address. It waits long, so that a busy machine breaks nothing."""

    def make(url: str, *, attempts: int, patience: float = PATIENCE) -> Any:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        settings.AWS_READ_TIMEOUT, settings.AWS_ATTEMPTS = patience, attempts
        return create_client("dynamodb", client_config(parameter_validation=False))

    return make


def get(client: Any) -> Any:
    return client.get_item(TableName=TABLE, Key={"userID": {"S": "nobody"}, "todoID": {"S": "one"}})


def put(client: Any, user_id: str = "") -> Any:
    item = {"userID": {"S": user_id or uuid.uuid4().hex}, "todoID": {"S": "one"}}
    return client.put_item(TableName=TABLE, Item=item)


def insist(call: Callable[[Any], Any], client: Any) -> Any:
    """A sound call of an impatient client: on a busy machine it may be too late, and then it is made again."""
    for _ in range(20):
        with contextlib.suppress(exceptions.ReadTimeoutError):
            return call(client)
    return call(client)


def requested(url: str) -> Any:
    return AWSRequest("POST", url, data=b"{}").prepare()


def test_botocore_s_own_transport_is_not_used(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_client(os.environ["AWS_ENDPOINT_URL_DYNAMODB"], attempts=1)
    monkeypatch.setattr(URLLib3Session, "send", lambda *_: pytest.fail("botocore's own"))
    assert get(client)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_not_even_for_a_long_answer_which_dynamodb_local_sends_in_chunks(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(os.environ["AWS_ENDPOINT_URL_DYNAMODB"], attempts=1)
    user_id = uuid.uuid4().hex
    items = [
        {"userID": {"S": user_id}, "todoID": {"S": str(number)}, "notes": {"S": "ä" * 50_000}} for number in range(5)
    ]
    for item in items:
        client.put_item(TableName=TABLE, Item=item)
    monkeypatch.setattr(URLLib3Session, "send", lambda *_: pytest.fail("botocore's own"))
    condition = {"userID": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": user_id}]}}
    answer = client.query(TableName=TABLE, KeyConditions=condition)
    assert answer["Items"] == items
    assert answer["ResponseMetadata"]["HTTPHeaders"]["transfer-encoding"] == "chunked"


def test_a_call_is_sent_as_botocore_itself_sends_it(make_client: MakeClient) -> None:
    """No stand-in looks at the signature, which holds for these very headers."""
    with raw_server(ANSWERS["closed as announced"]) as server, time_machine.travel(0, tick=False):
        put(make_client(server.url, attempts=4), "somebody")
        put(boto3.client("dynamodb", region_name=os.environ["AWS_REGION"], endpoint_url=server.url), "somebody")
    ours, stock = server.received
    assert b"authorization" in ours
    assert ours == stock


def test_behind_a_proxy_it_is(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(exceptions.ProxyConnectionError):
        get(make_client("http://dynamodb.example", attempts=1))


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy(os.environ["AWS_ENDPOINT_URL_DYNAMODB"]) as proxy:
        yield proxy


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (DROPPED, exceptions.ConnectionClosedError),
        (RESET, exceptions.ConnectionClosedError),
        (CUT_SHORT, exceptions.ConnectionClosedError),
        (HUNG, exceptions.ReadTimeoutError),
        (ERROR, exceptions.ClientError),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["new connection", "kept connection"])
def test_a_broken_call_raises_what_botocore_raises_and_the_next_one_works(
    proxy: Proxy, make_client: MakeClient, fault: Fault, raised: type[Exception], first: bool
) -> None:
    client = make_client(proxy.url, attempts=1, patience=IMPATIENCE if fault is HUNG else PATIENCE)
    if not first:
        insist(get, client)
    proxy.inject(fault, "PutItem", times=1)
    with pytest.raises(raised):
        put(client)  # sent once: the fault is for one call only, and a second one would have succeeded
    assert insist(put, client)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_broken_call_is_tried_again_by_botocore(proxy: Proxy, make_client: MakeClient) -> None:
    proxy.inject(DROPPED, "GetItem", times=2)
    assert get(make_client(proxy.url, attempts=3))["ResponseMetadata"]["RetryAttempts"] == 2


def test_an_answer_that_drips_is_not_waited_for_to_its_end(proxy: Proxy, make_client: MakeClient) -> None:
    client = make_client(proxy.url, attempts=1, patience=IMPATIENCE)
    proxy.inject(Fault(How.DRIP, seconds=(0, 4)), "GetItem", times=1)
    with pytest.raises(exceptions.ReadTimeoutError):
        get(client)
    assert insist(get, client)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_calls_at_once_each_get_their_own_answer(make_client: MakeClient) -> None:
    client = make_client(os.environ["AWS_ENDPOINT_URL_DYNAMODB"], attempts=3)
    user_id = uuid.uuid4().hex
    keys = [{"userID": {"S": user_id}, "todoID": {"S": str(number)}} for number in range(8)]
    for key in keys:
        client.put_item(TableName=TABLE, Item=key)

    def read(key: Any) -> list[Any]:
        return [client.get_item(TableName=TABLE, Key=key)["Item"] for _ in range(20)]

    with ThreadPoolExecutor(len(keys)) as pool:
        assert list(pool.map(read, keys)) == [[key] * 20 for key in keys]


def test_a_header_of_two_lines_is_not_sent() -> None:
    headers = {"X-Amz-Security-Token": "a\r\nX-Amz-Target: DynamoDB_20120810.DeleteTable"}
    request = AWSRequest("POST", os.environ["AWS_ENDPOINT_URL_DYNAMODB"], headers, data=b"{}").prepare()
    with pytest.raises(ValueError, match="more than one line"):
        Transport(connect_timeout=1, read_timeout=1).send(request)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "no-such-host.invalid"])
def test_an_address_where_nobody_listens_raises_what_botocore_raises(make_client: MakeClient, host: str) -> None:
    with pytest.raises(exceptions.EndpointConnectionError):
        get(make_client(f"http://{host}:{free_port()}", attempts=1))


def test_a_connection_that_is_not_accepted_in_time_raises_what_botocore_raises() -> None:
    transport = Transport(connect_timeout=0.1, read_timeout=5)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        # The queue takes one or two; those after it get no answer to their SYN.
        waiting = [socket.socket() for _ in range(4)]
        for connection in waiting:
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", port))
        try:
            with pytest.raises(exceptions.ConnectTimeoutError):
                transport.send(requested(f"http://127.0.0.1:{port}/"))
        finally:
            for connection in waiting:
                connection.close()


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    certificate = certificate_of_localhost(tmp_path)
    with https_server(certificate) as port:
        request = requested(f"https://localhost:{port}/")
        with pytest.raises(exceptions.SSLError):
            Transport(connect_timeout=PATIENCE, read_timeout=PATIENCE).send(request)
        trusting = Transport(connect_timeout=PATIENCE, read_timeout=PATIENCE, ca_bundle=str(certificate))
        answer = [trusting.send(request), trusting.send(request)][1]
        assert answer is not None
        assert (answer.status_code, json.loads(answer.content), answer.headers["x-kind"]) == (200, {}, "test")
        elsewhere = requested(f"https://127.0.0.1:{port}/")
        with pytest.raises(exceptions.SSLError):
            trusting.send(elsewhere)  # the certificate is for another name


# As others than DynamoDB might answer; the server then closes.
ANSWERS = {
    "closed without a word": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "closed as announced": b"HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 2\r\n\r\n{}",
    "in chunks": b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n1\r\n{\r\n01\r\n}\r\n0\r\n\r\n",
}
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
UNUSUAL = {
    "in compressed chunks": CHUNKED.replace(b"chunked", b"gzip, chunked") + b"\r\n2\r\n{}\r\n0\r\n\r\n",
    "in chunks, and of a length": CHUNKED + b"Content-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "in chunks that another header has compressed": CHUNKED.replace(b"Tr", b"Transfer-Encoding: gzip\r\nTr")
    + b"\r\n2\r\n{}\r\n0\r\n\r\n",
    "of a length and a nameless encoding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\nContent-Length: 2\r\n\r\n{}",
    "in chunks with a word about them": CHUNKED + b"\r\n2;sum=1\r\n{}\r\n0\r\n\r\n",
    "in chunks with a header after them": CHUNKED + b"\r\n2\r\n{}\r\n0\r\nSum: 1\r\n\r\n",
    "in chunks and then more": CHUNKED + b"\r\n2\r\n{}\r\n0\r\n\r\n{}",
    "until it closes": b"HTTP/1.0 200 OK\r\n\r\n{}",
    "of a length without end": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
    "after a 100": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
}
BROKEN = {
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 2\r\n\r\n{}",
    "a chunk of no size": CHUNKED + b"\r\n\r\n{}\r\n0\r\n\r\n",
    "a chunk of another size": CHUNKED + b"\r\n1\r\n{}\r\n0\r\n\r\n",
    "half a chunk": CHUNKED + b"\r\n3\r\n{}",
    "no last chunk": CHUNKED + b"\r\n2\r\n{}\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_connection_that_the_other_side_has_closed_fails_no_call(make_client: MakeClient, answer: bytes) -> None:
    with raw_server(answer) as server:
        client = make_client(server.url, attempts=1)
        for number in (1, 2, 3):
            assert put(client)["ResponseMetadata"]["HTTPStatusCode"] == 200
            assert server.closed.acquire(timeout=5)
            assert len(server.received) == number


@pytest.mark.parametrize("answer", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_answer_is_left_to_botocore_s_own_transport(
    make_client: MakeClient, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with raw_server(answer) as server:
        client = make_client(server.url, attempts=2)
        assert get(client)["ResponseMetadata"]["RetryAttempts"] == 1
        for _ in ("the first", "its repetition"):
            assert server.closed.acquire(timeout=5)
        assert get(client)["ResponseMetadata"]["RetryAttempts"] == 0
    assert caplog.text.count("botocore's own transport takes over") == 1


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_none(make_client: MakeClient, answer: bytes) -> None:
    with raw_server(answer) as server, pytest.raises(exceptions.ConnectionClosedError):
        get(make_client(server.url, attempts=1))
