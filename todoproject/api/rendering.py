from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer


class WireRenderer(JSONRenderer):
    """JSON as it goes over the wire, always in the same form: a client has no say in its indentation."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else orjson.dumps(data)
