"""The model hub's interface for uploads, on loopback: it receives files, and can be told to fail."""

import base64
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

TOKEN = "hf_" + "x" * 34


class Hub:
    """One organisation ``org``; ``files`` are those of the head commit, by path.

    ``fail`` maps a part of an address to the status of the answer, or to None: the connection is dropped.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] | None = None
        self.large: dict[str, bytes] = {}
        self.fail: dict[str, int | None] = {}
        self.commits: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.is_private: bool | None = None
        self.address = ""

    @property
    def head(self) -> str:
        return f"{len(self.commits) + 1:040x}"


@contextmanager
def running_hub() -> Iterator[Hub]:
    hub = Hub()

    class Handler(_Handler):
        of = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    of: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    do_PUT = do_POST  # noqa: N815

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, body: bytes) -> None:
        hub, path = self.of, urlsplit(self.path).path
        hub.asked.append(f"{self.command} {path}")
        for part, status in hub.fail.items():
            if part in path:
                if status is None:
                    self.close_connection = True
                    self.connection.close()
                    return
                self._send(status, {"error": "no <b>luck</b> \x1b[31m"})
                return
        is_signed = path.startswith("/store/")
        if not is_signed and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._send(401, {"error": "Invalid credentials"})
            return
        if hub.files is None and re.fullmatch(r"/api/datasets/org/name(/revision/.*)?", path):
            self._send(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
            return
        self._send(200, self._do(path, body))

    def _do(self, path: str, body: bytes) -> Any:
        hub = self.of
        if path == "/api/repos/create":
            said = json.loads(body)
            hub.is_private = said.get("visibility") == "private" or said.get("private") is True
            if hub.files is None:
                hub.files = {".gitattributes": b""}
            return {"url": f"{hub.address}/datasets/org/name", "id": "org/name"}
        if path == "/api/validate-yaml":
            return {"errors": [], "warnings": []}
        if "/preupload/" in path:
            files = json.loads(body)["files"]
            mode = {True: "lfs", False: "regular"}
            told = [
                {"path": f["path"], "uploadMode": mode[f["path"].endswith(".parquet")], "shouldIgnore": False}
                for f in files
            ]
            return {"files": told}
        if path.endswith("/info/lfs/objects/batch"):
            objects = json.loads(body)["objects"]
            return {
                "transfer": "basic",
                "objects": [
                    one | {"actions": {"upload": {"href": f"{hub.address}/store/{one['oid']}"}}}
                    for one in objects
                ],
            }
        if path.startswith("/store/"):
            assert sha256(body).hexdigest() == path.removeprefix("/store/")
            hub.large[path.removeprefix("/store/")] = body
            return {}
        if "/commit/" in path:
            return self._commit(body)
        if re.search(r"/tree/", path):
            return [{"type": "file", "path": name, "oid": "0" * 40, "size": 1} for name in hub.files or ()]
        siblings = [{"rfilename": name} for name in hub.files or ()]
        return {"id": "org/name", "sha": hub.head, "siblings": siblings, "private": False, "tags": []}

    def _commit(self, body: bytes) -> Any:
        hub = self.of
        files = dict(hub.files or {})
        for line in body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            match entry["key"]:
                case "header":
                    hub.commits.append(value)
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = hub.large[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        hub.files = files
        url = f"{hub.address}/datasets/org/name/commit/{hub.head}"
        return {"success": True, "commitOid": hub.head, "commitUrl": url, "hookOutput": ""}

    def _send(self, status: int, document: Any, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        text = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)
