"""botocore's component `response_parser_factory`: DynamoDB's answers read by orjson.

botocore's own parser walks through every value of every item to look up what kind it is, only to leave it as it was.
What that costs: tests/bench. Knows nothing of Django, so that the bench can measure it alone.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from botocore.parsers import ResponseParserFactory

# What is answered with JSON as DynamoDB writes it, without a timestamp anywhere.
_PLAIN = frozenset({"GetItemOutput", "PutItemOutput", "UpdateItemOutput", "QueryOutput", "TransactWriteItemsOutput"})


class ParserFactory(ResponseParserFactory):
    def __init__(self) -> None:
        super().__init__()
        self._parsers: dict[str, _Parser] = {}

    def create_parser(self, protocol_name: str) -> Any:
        """botocore asks for one at each answer; a parser keeps nothing of what it has parsed."""
        if protocol_name not in self._parsers:
            self._parsers[protocol_name] = _Parser(super().create_parser(protocol_name))
        return self._parsers[protocol_name]


class _Parser:
    def __init__(self, stock: Any) -> None:
        self._stock = stock

    def parse(self, response: Mapping[str, Any], shape: Any) -> Any:
        """As botocore's own parser, to which everything goes that is not plain: errors, other operations, binary
        values (which it decodes), and what is no JSON object."""
        body = response["body"]
        if (
            response["status_code"] != 200
            or shape is None
            or shape.name not in _PLAIN
            or body[:1] != b"{"
            or b'"B"' in body
            or b'"BS"' in body
        ):
            return self._stock.parse(response, shape)
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError:
            return self._stock.parse(response, shape)
        headers = {name.lower(): value for name, value in response["headers"].items()}
        parsed["ResponseMetadata"] = {
            "RequestId": headers.get("x-amzn-requestid", ""),
            "HTTPStatusCode": response["status_code"],
            "HTTPHeaders": headers,
        }
        return parsed
