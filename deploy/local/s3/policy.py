"""The policy that signs a browser's upload: what it allows, and until when."""

import base64
import binascii
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from deploy.local.sigv4 import ALGORITHM, Refused, Scope, mismatch

_REQUIRED = ("policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature")
# Fields that no condition need name.
_FREE = {"policy", "x-amz-signature", "file", "awsaccesskeyid", "signature"}


def check_policy(fields: dict[str, str], *, size: int, bucket: str, region: str) -> None:
    """`fields` by lower-case name, `size` of the file in bytes. Raises Refused."""
    if "policy" not in fields:
        raise Refused("AccessDenied", "Access Denied")
    for name in _REQUIRED:
        if not fields.get(name):
            raise missing_field(name)
    _check_signature(fields, region=region)
    policy = _parse(fields["policy"])
    if policy["expiration"] <= datetime.now(UTC):
        raise _against("Policy expired.")
    # S3 counts the bucket of the address among the form's fields.
    given = {**fields, "bucket": bucket}
    named = _check_conditions(policy["conditions"], given, size=size)
    extra = sorted(name for name in given if name not in named | _FREE and not name.startswith("x-ignore-"))
    if extra:
        raise _against(f"Extra input fields: {', '.join(extra)}")


def _check_signature(fields: dict[str, str], *, region: str) -> None:
    if fields["x-amz-algorithm"] != ALGORITHM:
        raise Refused("InvalidArgument", f'X-Amz-Algorithm only supports "{ALGORITHM}"', 400)
    scope = Scope.parse(fields["x-amz-credential"], code="InvalidArgument")
    scope.check(region=region, service="s3", code="InvalidArgument", day=fields["x-amz-date"][:8])
    if not hmac.compare_digest(scope.sign(fields["policy"]).encode(), fields["x-amz-signature"].encode()):
        raise mismatch(scope, fields["x-amz-signature"], StringToSign=fields["policy"])


def _parse(encoded: str) -> dict[str, Any]:
    try:
        policy = json.loads(base64.b64decode(encoded, validate=True))
        expiration = datetime.fromisoformat(policy["expiration"])
        conditions = policy["conditions"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise _invalid("Invalid Policy: Invalid JSON.") from None
    if not isinstance(conditions, list) or expiration.tzinfo is None:
        raise _invalid("Invalid Policy: Invalid JSON.")
    return {"expiration": expiration, "conditions": conditions}


def _check_conditions(conditions: list[Any], given: dict[str, str], *, size: int) -> set[str]:
    """The names of the fields that the conditions allow."""
    named: set[str] = set()
    for condition in conditions:
        match condition:
            case dict() if len(condition) == 1:
                ((name, wanted),) = condition.items()
                named.add(_check_field("eq", f"${name}", wanted, given))
            case ["content-length-range", low, high]:
                _check_size(int(low), int(high), size)
            case [str(operator), str(target), str(wanted)] if target.startswith("$"):
                named.add(_check_field(operator.lower(), target, wanted, given))
            case _:
                raise _invalid(f"Invalid Policy: Invalid condition: {json.dumps(condition)}")
    return named


def _check_field(operator: str, target: str, wanted: str, given: dict[str, str]) -> str:
    name = target[1:].lower()
    value = given.get(name, "")
    if operator not in ("eq", "starts-with"):
        raise _invalid(f"Invalid Policy: Invalid condition operator: {operator}")
    if not (value == wanted if operator == "eq" else value.startswith(wanted)):
        raise _against(f"Policy Condition failed: {json.dumps([operator, target, wanted])}")
    return name


def _check_size(low: int, high: int, size: int) -> None:
    if size > high:
        sentence = "Your proposed upload exceeds the maximum allowed size"
        raise Refused("EntityTooLarge", sentence, 400, ProposedSize=size, MaxSizeAllowed=high)
    if size < low:
        sentence = "Your proposed upload is smaller than the minimum allowed size"
        raise Refused("EntityTooSmall", sentence, 400, ProposedSize=size, MinSizeAllowed=low)


def missing_field(name: str) -> Refused:
    return Refused(
        "InvalidArgument",
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields.",
        400,
        ArgumentName=name,
        ArgumentValue="",
    )


def _against(reason: str) -> Refused:
    return Refused("AccessDenied", f"Invalid according to Policy: {reason}")


def _invalid(sentence: str) -> Refused:
    return Refused("InvalidPolicyDocument", sentence, 400)
