"""Where a request ends, as far as that is plain before it is parsed."""

import re

LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
# What else could say where a request ends or its answer does: a length, well-formed or not, a line that continues
# another, HEAD, and whoever reads until the connection closes.
_UNCLEAR = re.compile(
    rb"content-length|transfer-encoding|\n[ \t]|\A\s*head |http/1\.0|\nconnection:[^\n]*close", re.IGNORECASE
)


def ends_plainly(request: bytearray) -> bool:
    """Whether nothing follows the request, and the next one can follow its answer, in anybody's reading."""
    head = request.find(b"\r\n\r\n")
    length = LENGTH.search(request, 0, head + 2)
    return len(request) == head + 4 + (int(length[1]) if length else 0) and (
        len(_UNCLEAR.findall(request, 0, head)) == bool(length)
    )
