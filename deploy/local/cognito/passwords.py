"""The password policy of a pool."""

import re
from typing import Any

from deploy.local.cognito.errors import invalid_parameter, invalid_password

_SYMBOL = re.compile(r"""[\^$*.\[\]{}()?"!@#%&/\\,><':;|_~`=+\- ]""")
_RULES = (
    ("RequireUppercase", re.compile("[A-Z]"), "Password must have uppercase characters"),
    ("RequireLowercase", re.compile("[a-z]"), "Password must have lowercase characters"),
    ("RequireNumbers", re.compile("[0-9]"), "Password must have numeric characters"),
    ("RequireSymbols", _SYMBOL, "Password must have symbol characters"),
)


def check_password(password: str, policy: dict[str, Any]) -> None:
    """Raises InvalidPasswordException with the first rule that is broken."""
    if not re.fullmatch(r"\S+.*\S+", password) or len(password) > 256:
        raise invalid_parameter(
            "1 validation error detected: Value at 'password' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$"
        )
    if len(password) < policy.get("MinimumLength", 8):
        raise invalid_password("Password not long enough")
    for rule, pattern, sentence in _RULES:
        if policy.get(rule) and not pattern.search(password):
            raise invalid_password(sentence)
