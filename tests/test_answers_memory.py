"""What was answered is gone at once, without Python having to look for garbage."""

import gc
import weakref

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from tests.clients import User


@pytest.mark.parametrize("path", ["/me/todos", "/me/todos/unknown", "/todos/schema", "/todos/docs"])
def test_no_answer_and_no_request_waits_for_the_garbage_collector(alice: User, path: str) -> None:
    handler = WSGIHandler()
    gc.disable()
    try:
        request = RequestFactory().get(path, headers={"authorization": alice.id_token})
        answer = handler.get_response(request)
        assert answer.status_code == (404 if path.endswith("unknown") else 200)
        answer.close()
        left = weakref.ref(request), weakref.ref(answer)
        del request, answer
        assert [each() for each in left] == [None, None]
    finally:
        gc.enable()
