"""Servers that answer as no stand-in of AWS does: over TLS, or with bytes that a test has chosen."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# Neither is signed, and both differ from client to client.
_OF_ONE_CLIENT = {b"user-agent", b"amz-sdk-invocation-id"}


def certificate_of_localhost(folder: Path) -> Path:
    """Signed by itself, with its key in the same file."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(private, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "localhost.pem"
    path.write_bytes(
        private.private_bytes(encoding, form, serialization.NoEncryption()) + certificate.public_bytes(encoding)
    )
    return path


@contextmanager
def https_server(certificate: Path) -> Iterator[int]:
    """Answers every POST with an empty object, over TLS; its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("X-Kind", "test")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Not to stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()


class RawServer:
    """Answers each request with these bytes, then closes. What it `received` is by the names of headers."""

    def __init__(self, listener: socket.socket, answer: bytes) -> None:
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.received: list[dict[bytes, bytes]] = []
        self.closed = threading.Semaphore(0)
        self._listener = listener
        self._answer = answer

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as received:
                request = {b"": received.readline()}
                while (line := received.readline()) not in (b"\r\n", b""):
                    name, _, value = line.partition(b": ")
                    request[name.lower()] = value
                request[b"body"] = received.read(int(request[b"content-length"]))
                self.received.append({name: request[name] for name in request.keys() - _OF_ONE_CLIENT})
                connection.sendall(self._answer)
            self.closed.release()


@contextmanager
def raw_server(answer: bytes) -> Iterator[RawServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(listener, answer)
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)
