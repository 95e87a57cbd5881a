"""Bytes over http(s) with the standard library: resumed where the server can, retried while it gets on."""

import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from bench.artifacts.obtained import Progress
from bench.artifacts.storage import beside, make_room, size_of, storage_error
from bench.errors import ArtifactError

TIMEOUT_S = 30.0
CHUNK_BYTES = 1 << 18
RETRIES = 3  # without any new byte; progress starts the count again
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 20.0
OFFLINE_REMEDY = "check the network and the proxy settings; what has arrived is kept for the next try"


class HttpRefusal(ArtifactError):
    """The server's answer was an error that trying again will not mend."""

    def __init__(self, url: str, status: int, reason: str) -> None:
        super().__init__(f"the server answers {status} {reason}", where=_shown(url))
        self.status = status


class _Broken(Exception):
    """The transfer stopped for a reason that may pass; ``pause_s`` where the server says when."""

    def __init__(self, what: str, pause_s: float | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.pause_s = pause_s


def download(
    url: str,
    part: Path,
    report: Progress,
    *,
    is_pinned: bool,
    headers: Mapping[str, str] | None = None,
    first_answer: "FirstAnswer | None" = None,
) -> None:
    """Bring the whole of ``url`` to ``part``, going on with what is there already.

    A partial file is trusted when the server confirms its ETag, or when ``is_pinned``: then the hash decides
    in the end. ``headers`` go to the host of ``url`` only, never along a redirection to another one.
    Raises ArtifactError, of the kind HttpRefusal for an error status.
    """
    opener = urllib.request.build_opener(_Redirections(first_answer or FirstAnswer()))
    failures = 0
    while True:
        before = size_of(part)
        try:
            _transfer(opener, url, part, report, is_pinned=is_pinned, headers=headers or {})
        except _Broken as problem:
            failures = 1 if size_of(part) > before else failures + 1
            if failures > RETRIES:
                raise ArtifactError(problem.what, where=_shown(url), remedy=OFFLINE_REMEDY) from problem
            time.sleep(problem.pause_s or min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (failures - 1)))
        else:
            beside(part, ".json").unlink(missing_ok=True)
            return


def _transfer(
    opener: urllib.request.OpenerDirector,
    url: str,
    part: Path,
    report: Progress,
    *,
    is_pinned: bool,
    headers: Mapping[str, str],
) -> None:
    """One attempt; returns when the last byte is there."""
    etag = _known_etag(part, url)
    offset = size_of(part) if etag is not None or is_pinned else 0
    request = urllib.request.Request(url, headers={"User-Agent": "breakeven", "Accept-Encoding": "identity"})
    for name, value in headers.items():
        request.add_unredirected_header(name, value)
    if offset:
        request.add_header("Range", f"bytes={offset}-")
        if etag is not None:
            request.add_header("If-Range", etag)
    try:
        answer = opener.open(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as problem:
        with problem:
            if problem.code == 416 and offset and _range_total(problem.headers) == offset:
                return  # all of it was here already; the hash will tell
            raise _failure(problem, url, part) from problem
    except (OSError, http.client.HTTPException) as problem:
        raise _Broken(_explain(problem)) from problem
    with answer:
        if answer.status != 206 or _range_start(answer.headers) != offset:
            offset = 0  # the server ignores ranges, or its file has changed: from the beginning
        total = _total(answer.headers, offset)
        make_room(part.parent, 0 if total is None else total - offset)
        _note_etag(part, url, answer.headers.get("ETag"))
        _copy(answer, part, offset, total, report)


def _failure(problem: urllib.error.HTTPError, url: str, part: Path) -> Exception:
    """What an error status means: wait and try again, or give up."""
    if problem.code == 416:  # the part is longer than the file: it is of another one
        part.unlink(missing_ok=True)
        return _Broken("the server has another file now", pause_s=0.01)
    if problem.code == 429 or problem.code >= 500:
        return _Broken(f"the server answers {problem.code} {problem.reason}", _retry_after(problem.headers))
    return HttpRefusal(url, problem.code, str(problem.reason))


def _copy(answer: IO[bytes], part: Path, offset: int, total: int | None, report: Progress) -> None:
    done = offset
    try:
        stream = part.open("r+b" if offset else "wb")
    except OSError as problem:
        raise storage_error(problem, part) from problem
    with stream:
        stream.seek(offset)
        report(done, total)
        while True:
            try:
                chunk = answer.read(CHUNK_BYTES)
            except (OSError, http.client.HTTPException) as problem:
                raise _Broken(_explain(problem)) from problem
            if not chunk:
                break
            try:
                stream.write(chunk)
                stream.flush()
            except OSError as problem:
                part.unlink(missing_ok=True)  # a full disk is no place to keep a half file
                raise storage_error(problem, part) from problem
            done += len(chunk)
            report(done, total)
    if total is not None and done < total:
        raise _Broken(f"the connection ended after {done} of {total} bytes")


class FirstAnswer:
    """The headers of the first answer, which a redirection hides: the hub names the file's hash there."""

    def __init__(self) -> None:
        self.headers: Message | None = None


class _Redirections(urllib.request.HTTPRedirectHandler):
    """Credentials stay with the host they were meant for, and https never becomes http."""

    def __init__(self, first_answer: FirstAnswer) -> None:
        self._first_answer = first_answer

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if self._first_answer.headers is None:
            self._first_answer.headers = headers
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if old.scheme == "https" and new.scheme != "https":
            raise HttpRefusal(req.full_url, code, f"and redirects from https to {new.scheme}")
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None and (old.scheme, old.netloc) == (new.scheme, new.netloc):
            for name, value in req.unredirected_hdrs.items():
                request.add_unredirected_header(name, value)
        return request


# -- what is known of a partial file --------------------------------------------------------------


def _known_etag(part: Path, url: str) -> str | None:
    try:
        noted = json.loads(beside(part, ".json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(noted, dict) or noted.get("url") != _shown(url):
        return None
    etag = noted.get("etag")
    return etag if isinstance(etag, str) else None


def _note_etag(part: Path, url: str, etag: str | None) -> None:
    strong = etag if etag is not None and not etag.startswith("W/") else None
    try:
        beside(part, ".json").write_text(json.dumps({"url": _shown(url), "etag": strong}), "utf-8")
    except OSError as problem:
        raise storage_error(problem, part) from problem


# -- what the server says ---------------------------------------------------------------------------


def _range_start(headers: Message) -> int | None:
    found = re.match(r"bytes (\d+)-", headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _range_total(headers: Message) -> int | None:
    found = re.match(r"bytes .*/(\d+)$", headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _total(headers: Message, offset: int) -> int | None:
    length = headers.get("Content-Length", "")
    return offset + int(length) if length.isdigit() else None


def _retry_after(headers: Message) -> float | None:
    seconds = headers.get("Retry-After", "")
    return min(float(seconds), LONGEST_PAUSE_S) if seconds.isdigit() else None


def _explain(problem: Exception) -> str:
    import socket
    import ssl

    cause = problem.reason if isinstance(problem, urllib.error.URLError) else problem
    if isinstance(cause, socket.gaierror):
        return "the host's name cannot be resolved: is the machine offline?"
    if isinstance(cause, TimeoutError):
        return f"no answer within {TIMEOUT_S:.0f} s"
    if isinstance(cause, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {cause.verify_message}"
    return f"the connection broke: {cause or type(cause).__name__}"


def _shown(url: str) -> str:
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc.rsplit('@', 1)[-1]}{split.path}"
