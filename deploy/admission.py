"""Which requests a worker takes into its threads, which wait for a place there, and which are refused.

Admission control as overload is best met at the server itself: adaptive concurrency, and a short queue that is used
only while it empties.
"""

import math
import time
from collections import deque

from deploy.connection import Connection

# Seconds. A thread that is free begins at once, unless there are others that keep the processor.
LATE = 0.02
# Work at once however late they begin: while one waits for AWS, another may compute.
MIN_CONCURRENCY = 2
# Seconds that a request waits for a place at most. Less than who is refused would wait to ask again.
QUEUE_TIMEOUT = 0.25
# Seconds in which the queue grows from nothing to its full length, while nobody is refused.
REGROWTH = 1


class Admission:
    """At most `most` requests work, fewer where they wait for the processor; half of `most` wait, and no longer than
    QUEUE_TIMEOUT.

    The queue is for a moment's crowd, or a pause of the processor. With each refusal one less may wait, with time one
    more: where requests are too many for long, all would only wait, and as many be refused. Not for threads, but for
    `began`.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit: float = most
        self._longest_queue = max(1, most // 2)
        self._queue_limit: float = self._longest_queue
        self._grown_at = time.monotonic()
        self._working = 0
        self._queue: deque[Connection] = deque()
        self._refused = 0

    def admit(self, connection: Connection) -> bool:
        """Whether its request is in the queue now, where `next` finds it; otherwise it is refused."""
        now = time.monotonic()
        self._queue_limit = min(
            self._longest_queue, self._queue_limit + self._longest_queue * (now - self._grown_at) / REGROWTH
        )
        self._grown_at = now
        has_place = self._working + len(self._queue) < self._limit
        if has_place or len(self._queue) + 1 <= self._queue_limit:
            connection.deadline = now + QUEUE_TIMEOUT
            self._queue.append(connection)
            return True
        self._refuse()
        return False

    def next(self) -> Connection | None:
        """Who is to work now, if anybody is."""
        return self._queue.popleft() if self._queue and self._working < self._limit else None

    def works(self, connection: Connection) -> None:
        self._working += 1
        connection.handed_over = time.monotonic()

    def ended(self) -> None:
        self._working -= 1

    def began(self, connection: Connection) -> None:
        """What a thread says. As many work at once as begin in time.

        Where they wait for AWS, all of them do. Where they wait for the processor, more of them only make everybody
        wait, the main loop and health checks too. Fewer with each that begins late, more with each that does not and
        with time, by steps so small that neither a burst nor a single pause counts.
        """
        if time.monotonic() - connection.handed_over > LATE:
            self._limit = min(self._most, max(MIN_CONCURRENCY, self._limit * 0.95))
        else:
            self.allow(0.05)

    def allow(self, more: float) -> None:
        self._limit = min(self._most, self._limit + more)

    def seconds_to_expiry(self) -> float:
        """Seconds until somebody has waited for too long."""
        return max(0.0, self._queue[0].deadline - time.monotonic()) if self._queue else math.inf

    def expire(self, *, all_who_wait: bool) -> list[Connection]:
        """Who has waited for too long, and is refused."""
        now, gone = time.monotonic(), []
        while self._queue and (all_who_wait or self._queue[0].deadline <= now):
            gone.append(self._queue.popleft())
            self._refuse()
        return gone

    def _refuse(self) -> None:
        self._refused += 1
        self._queue_limit = max(0, self._queue_limit - 1)

    def refused(self) -> int:
        """How many were refused since it was last asked."""
        refused, self._refused = self._refused, 0
        return refused
