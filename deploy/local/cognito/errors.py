"""Refusals with the type and the sentence that Cognito gives."""

from moto.core.exceptions import JsonRESTError


def refusal(error_type: str, message: str) -> JsonRESTError:
    return JsonRESTError(error_type, message)


def not_authorized(message: str = "Incorrect username or password.") -> JsonRESTError:
    return refusal("NotAuthorizedException", message)


def invalid_parameter(message: str) -> JsonRESTError:
    return refusal("InvalidParameterException", message)


def invalid_password(message: str) -> JsonRESTError:
    return refusal("InvalidPasswordException", f"Password did not conform with policy: {message}")


def user_not_found() -> JsonRESTError:
    return refusal("UserNotFoundException", "User does not exist.")


def code_mismatch() -> JsonRESTError:
    return refusal("CodeMismatchException", "Invalid verification code provided, please try again.")


def expired_code() -> JsonRESTError:
    return refusal("ExpiredCodeException", "Invalid code provided, please request a code again.")
