"""A real HTTP server on the loopback that serves bytes from memory, and misbehaves on request."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """One path: its content, and how answering goes wrong."""

    content: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    supports_ranges: bool = True
    sends_length: bool = True
    cut_after: list[int] = field(default_factory=list)  # bytes until the connection breaks, one per answer
    failures: list[int] = field(default_factory=list)  # statuses answered first, one per answer
    gate: threading.Event | None = None  # waited for after half of the content


@dataclass
class FileServer:
    url: str
    paths: dict[str, Served] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def serve(self, path: str, content: bytes = b"", **behaviour: object) -> str:
        self.paths[path] = Served(content, **behaviour)  # type: ignore[arg-type]  # fields by name
        return self.url + path

    def ranges(self) -> list[str | None]:
        return [headers.get("Range") for _, headers in self.requests]


@contextmanager
def file_server() -> Iterator[FileServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append((self.path, dict(self.headers)))
            served = server.paths.get(self.path.split("?")[0])
            if served is None:
                self.send_error(404)
            elif served.failures:
                self.send_response(served.failures.pop(0))
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif served.status != 200:
                self.send_response(served.status)
                self._more_headers(served)
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._send(served)

        def _send(self, served: Served) -> None:
            start = 0
            wanted = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
            validator = self.headers.get("If-Range")
            if wanted and served.supports_ranges and validator in (None, served.etag):
                start = int(wanted[1])
            total = len(served.content)
            if start >= total > 0:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{total}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
            if served.etag:
                self.send_header("ETag", served.etag)
            self._more_headers(served)
            if served.sends_length:
                self.send_header("Content-Length", str(total - start))
            self.end_headers()
            body = served.content[start:]
            if served.cut_after:
                body = body[: served.cut_after.pop(0)]
                self.close_connection = True
            if served.gate is not None:
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                served.gate.wait(20)
                body = body[len(body) // 2 :]
            self.wfile.write(body)

        def _more_headers(self, served: Served) -> None:
            for name, value in served.headers.items():
                self.send_header(name, value)

        def log_message(self, *args: object) -> None:
            pass

    http_server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = FileServer(f"http://127.0.0.1:{http_server.server_address[1]}")
    thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http_server.shutdown()
        thread.join()
        http_server.server_close()
