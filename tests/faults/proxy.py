"""A proxy between the service and one of AWS's services that breaks what it is told to break.

HTTP/1.1, one upstream, connections kept alive on both sides. Give the service `proxy.url` for the upstream's address,
then `proxy.inject(DROPPED, "UpdateItem", times=1)`: the next UpdateItem is done, and its answer lost.
"""

import asyncio
import contextlib
import random
import re
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tests.faults.fault import Call, Fault, How
from tests.faults.messages import Message, read_answer, read_request

TEN_MB = 10 * 1024**2
_WAIT = 30
_DROPS = 20


@dataclass
class _Rule:
    fault: Fault
    operation: str
    path: re.Pattern[str]
    skip: int
    left: int | None

    def takes(self, call: Call) -> bool:
        """Counts the call, where it is one of the rule's."""
        if self.operation not in ("", call.operation) or not self.path.search(call.path) or self.left == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.left = None if self.left is None else self.left - 1
        return True


@dataclass(eq=False)
class _Upstream:
    """The connection behind one of the client's, opened again where the upstream has closed it between two calls."""

    host: str
    port: int
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None)

    async def ask(self, request: Message) -> Message:
        if self._streams is None or self._streams[0].at_eof():
            await self.close()
            self._streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self._streams
        writer.write(request.raw)
        await writer.drain()
        answer = await read_answer(reader, request)
        if answer.closes:
            await self.close()
        return answer

    async def close(self) -> None:
        if self._streams is not None:
            writer, self._streams = self._streams[1], None
            await _close(writer)


class Proxy:
    """Listens on a free port of 127.0.0.1 from `start` to `stop`, or for a `with` block."""

    def __init__(self, upstream: str) -> None:
        address = urlsplit(upstream)
        self._upstream = (address.hostname or "localhost", address.port or 80)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        # Bound for the proxy's life and never listening: while the listener is closed, nobody else gets the port.
        self._placeholder = _bound_socket(0)
        self.port: int = self._placeholder.getsockname()[1]
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._changed = threading.Condition()
        self._rules: list[_Rule] = []
        self._calls: list[Call] = []
        # Calls that a fault has met, since the start.
        self.struck = 0
        # Set for a moment, to wake who waits.
        self._released = asyncio.Event()
        self._cleared = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        self._thread.start()
        self.accept()
        return self

    def stop(self) -> None:
        self.refuse()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_WAIT)
        self._loop.close()
        self._placeholder.close()

    def inject(
        self, fault: Fault, operation: str = "", *, path: str = "", skip: int = 0, times: int | None = None
    ) -> None:
        """Break the next `times` calls (None: every one) of this operation ("": any) whose path this pattern finds,
        but for the first `skip`.

        An operation is DynamoDB's name (UpdateItem), elsewhere the method. The rule given first goes first.
        """
        with self._changed:
            self._rules.append(_Rule(fault, operation, re.compile(path), skip, times))

    def clear(self) -> None:
        """Break nothing any more, listen, and forget what was counted. What hangs is let go, unanswered."""
        with self._changed:
            self._rules.clear()
            self._calls.clear()
        self._run(_wake(self._cleared))
        self.accept()

    def refuse(self) -> None:
        """Stop listening and reset the connections there are: to connect is refused."""
        self._run(self._stop_listening())

    def accept(self) -> None:
        """Listen, after `refuse`."""
        self._run(self._start_listening())

    def release(self) -> None:
        """Let go on what is held at this moment (`HELD`)."""
        self._run(_wake(self._released))

    def calls(self, operation: str = "", *, path: str = "") -> list[Call]:
        """The calls that have arrived, in order; those of one operation, those whose path the pattern finds."""
        with self._changed:
            return [call for call in self._calls if operation in ("", call.operation) and re.search(path, call.path)]

    def wait_for(self, operation: str = "", *, path: str = "", count: int = 1) -> None:
        """Until so many such calls have arrived; TimeoutError after 30 s."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.calls(operation, path=path)) >= count, _WAIT):
                raise TimeoutError(f"{count} calls of {operation or 'any operation'} did not arrive: {self._calls}")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- In the loop's thread -------------------------------------------------------------------

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_WAIT)

    async def _start_listening(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, sock=_bound_socket(self.port))

    async def _stop_listening(self) -> None:
        self._stop_accepting()
        await self._drop_connections()

    def _stop_accepting(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _drop_connections(self) -> None:
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        upstream = _Upstream(*self._upstream)
        try:
            while (request := await read_request(reader, writer)) is not None:
                if not await self._pass(request, upstream, writer) or request.closes:
                    break
        except asyncio.CancelledError:
            _reset(writer)  # by refuse or stop; not raised further, asyncio would log it
        except OSError:
            pass  # the client or the upstream has gone
        finally:
            self._connections.discard(task)
            await upstream.close()
            await _close(writer)

    async def _pass(self, request: Message, upstream: _Upstream, writer: asyncio.StreamWriter) -> bool:
        """Serve one call, whole or broken. Returns whether the connection goes on."""
        fault = self._fault_for(request)
        if fault is None:
            return await _send(await upstream.ask(request), writer)
        done = await upstream.ask(request) if fault.after_the_work else None
        match fault.how:
            case How.HOLD:
                await self._released.wait()
                return await _send(done or await upstream.ask(request), writer)
            case How.WAIT:
                await asyncio.sleep(random.uniform(*fault.seconds))
                return await _send(done or await upstream.ask(request), writer)
            case How.PAD:
                return await _send((await upstream.ask(request)).padded(TEN_MB), writer)
            case How.DRIP:
                return await _drip(await upstream.ask(request), writer, fault.seconds[1])
            case How.ANSWER:
                writer.write(fault.answer)
                await writer.drain()
                return not fault.closes
            case How.HALVE:
                answer = await upstream.ask(request)
                # Of an answer without a body, half of the head.
                writer.write(answer.raw[: len(answer.raw) - (len(answer.body) or len(answer.raw)) // 2])
                await writer.drain()
            case How.HANG:
                await self._cleared.wait()
            case How.RESET:
                _reset(writer)
            case How.REFUSE:
                self._stop_accepting()
                _reset(writer)
            case How.DROP:
                pass
        return False

    def _fault_for(self, request: Message) -> Fault | None:
        call = Call(request.operation, request.path)
        with self._changed:
            rule = next((rule for rule in self._rules if rule.takes(call)), None)
            self.struck += rule is not None
            self._calls.append(call)
            self._changed.notify_all()
        return rule.fault if rule else None


async def _send(answer: Message, writer: asyncio.StreamWriter) -> bool:
    writer.write(answer.raw)
    await writer.drain()
    return not answer.closes


async def _drip(answer: Message, writer: asyncio.StreamWriter, seconds: float) -> bool:
    step = max(1, len(answer.raw) // _DROPS)
    for start in range(0, len(answer.raw), step):
        writer.write(answer.raw[start : start + step])
        await writer.drain()
        await asyncio.sleep(seconds / _DROPS)
    return not answer.closes


async def _wake(event: asyncio.Event) -> None:
    event.set()
    event.clear()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _reset(writer: asyncio.StreamWriter) -> None:
    # Without time to linger, closing sends RST instead of FIN.
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _bound_socket(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(("127.0.0.1", port))
    return bound
