from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from todoproject.api.logs import name_in_logs, note
from todoproject.aws.cognito import Caller, InvalidToken, verify


class CallerRequest(Request):
    """For annotations: what a view gets once `CognitoAuthentication` has let the request through."""

    user: Caller  # type: ignore[assignment]


class CognitoAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`, or the bare token, as the article's website sends it."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        header = request.headers.get("Authorization", "").strip(" \t")
        if not header:
            return None
        scheme, _, rest = header.partition(" ")
        token = rest.strip(" \t") if scheme.lower() == "bearer" else header
        try:
            caller = verify(token)
        except InvalidToken:
            raise AuthenticationFailed("The token is not valid here, or no longer. Sign in again.") from None
        note(request._request, user=name_in_logs(caller.sub))
        return caller, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
