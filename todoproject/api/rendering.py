from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer


class WireRenderer(JSONRenderer):
    """JSON as it goes over the wire, always in the same form: a client has no say in its indentation.

    Rendering is the last that Django and DRF do with an answer. View, request and answer point to each other, and would
    stay, with all that was read and rendered, until Python looks for garbage; but it counts objects, not megabytes.
    """

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if renderer_context:
            vars(renderer_context["view"]).clear()
            renderer_context["request"].parser_context.clear()
            renderer_context.clear()
        return b"" if data is None else orjson.dumps(data)
