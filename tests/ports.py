import random
import socket


def free_block(count: int) -> int:
    """The first of some ports in a row that are free now.

    Below the range from which the kernel takes the ports of outgoing connections, and at random, so that two test
    processes rarely meet.
    """
    while True:
        first = random.randrange(12_000, 30_000)
        if all(_is_free(port) for port in range(first, first + count)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
