"""Where a list goes on: a position in an index, signed so that only the same list of the same caller takes it."""

from collections.abc import Sequence

from django.core import signing

from todoproject.api.problems import Invalid


def sign_cursor(position: Sequence[str] | None, *, scope: tuple[str, ...]) -> str | None:
    """`scope` is all that the position depends on: the kind of list, whose it is, its filters."""
    return None if position is None else signing.dumps(position, salt=_salt(scope))


def read_cursor(cursor: str | None, *, scope: tuple[str, ...]) -> list[str] | None:
    """Raises Invalid for a cursor that was not made by `sign_cursor` for the same scope."""
    if not cursor:
        return None
    try:
        position: list[str] = signing.loads(cursor, salt=_salt(scope))
    except (signing.BadSignature, ValueError):
        raise Invalid(errors={"cursor": "Not a cursor of this list. Start again without one."}) from None
    return position


def _salt(scope: tuple[str, ...]) -> str:
    # The number is that of the positions' shape: a release that changes it refuses the cursors of the one before.
    return repr(("cursor", 1, *scope))
