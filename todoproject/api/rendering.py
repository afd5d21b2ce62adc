from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer


class WireRenderer(JSONRenderer):
    """JSON as it goes over the wire, always in the same form: a client has no say in its indentation."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if renderer_context:
            let_go(renderer_context["view"])
            renderer_context.clear()
        return b"" if data is None else orjson.dumps(data)


def let_go(view: Any) -> None:
    """The last to be done with an answer: rendering it, where it is to be rendered.

    View, request and answer point to each other, and would stay, with all that was read and rendered, until Python
    looks for garbage; but it counts objects, not megabytes.
    """
    view.request.parser_context.clear()
    vars(view).clear()
