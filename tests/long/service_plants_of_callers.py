"""Faults in how the service knows its callers: whose token it is, how often and how many at once, what the log says."""

from tests.long.plant import Plant

OWNERSHIP, AUTHENTICATION, LIMITED = (f"tests/test_{name}.py" for name in ("ownership", "authentication", "limits"))
ADMITTED = "tests/faults/test_admission.py"
COGNITO, LIMITS = "todoproject/aws/cognito.py", "todoproject/api/limits.py"

SERVICE_PLANTS_OF_CALLERS = [
    Plant(
        "no ownership check",
        "todos/views.py",
        "if not cast(CallerRequest, request)",
        "if False and cast(CallerRequest, request)",
        OWNERSHIP,
    ),
    Plant("tokens of any client", COGNITO, " or client not in settings.COGNITO_CLIENT_IDS", "", AUTHENTICATION),
    Plant("tokens of any issuer", COGNITO, "issuer=settings.COGNITO_ISSUER,", "", AUTHENTICATION),
    Plant(
        "tokens of any use",
        COGNITO,
        '        raise InvalidToken("neither an ID nor an access token")',
        '        client, username, email = claims.get("aud", claims.get("client_id")), None, None',
        AUTHENTICATION,
    ),
    Plant(
        "no signature", COGNITO, 'options={"require"', 'options={"verify_signature": False, "require"', AUTHENTICATION
    ),
    Plant("tokens for ever", COGNITO, ' < int(claims["exp"])', "", AUTHENTICATION),
    Plant(
        "a token remembered whatever its key",
        COGNITO,
        "@lru_cache(maxsize=_REMEMBERED)\ndef _verified_claims",
        "jwt.PyJWK.__hash__, jwt.PyJWK.__eq__ = lambda key: 0, lambda key, other: True\n\n\n"
        "@lru_cache(maxsize=_REMEMBERED)\ndef _verified_claims",
        "tests/test_token_memory.py",
    ),
    Plant("a limit that never refuses", LIMITS, "return self._left.is_allowed", "return True", LIMITED),
    Plant(
        "the address that a client says it has",
        LIMITS,
        'request.headers.get("x-client-ip")',
        'request.headers.get("x-forwarded-for")',
        LIMITED,
    ),
    Plant(
        "a connection kept after a body in chunks",
        "deploy/worker.py",
        'if "TRANSFER-ENCODING" in headers or int(',
        "if int(",
        "tests/security/test_smuggling.py",
    ),
    Plant(
        "as many requests at once as threads, whatever the processor does",
        "deploy/admission.py",
        "if self._queue and self._working < self._limit",
        "if self._queue and self._working < self._most",
        ADMITTED,
    ),
    Plant(
        "as many as come wait for a thread",
        "deploy/admission.py",
        "len(self._queue) + 1 <= self._queue_limit",
        "len(self._queue) >= 0",
        ADMITTED,
    ),
    Plant(
        "requests that wait though others are refused",
        "deploy/admission.py",
        "max(0, self._queue_limit - 1)",
        "self._queue_limit",
        ADMITTED,
    ),
    Plant("nobody waits for a thread", "deploy/admission.py", "has_place or ", "has_place or False and ", ADMITTED),
    Plant(
        "a path in the log where gunicorn fails",
        "deploy/gunicorn.conf.py",
        'record.msg, record.args = "Error handling request", ()',
        "pass",
        "tests/security/test_secrets.py",
    ),
    Plant(
        "users by their sub in the log",
        "todoproject/api/authentication.py",
        "user=name_in_logs(caller.sub)",
        "user=caller.sub",
        "tests/test_logs.py",
    ),
    Plant(
        "an erasure by any name",
        "todos/views.py",
        'if name == "me" or not request.user.is_called(name):',
        "if False:",
        "tests/test_todos_erasure.py",
    ),
    Plant(
        "fields that nobody knows are dropped",
        "todoproject/api/parsing.py",
        "        if errors:\n            raise serializers.ValidationError(errors)\n        return value",
        "        return value",
        OWNERSHIP,
    ),
]
