"""One HTTP GET of an untrusted device: bounded in time and size whatever the other side does.

Only the given address is asked: no redirection is followed and no proxy is used.
"""

import base64
import contextlib
import http.client
import io
import os
import queue
import socket
import ssl
import string
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from bench.errors import InputError
from bench.meters.energy.declaration import FLAG

LARGEST_ANSWER_BYTES = 1 << 16  # with its headers; a Shelly's whole status is about 4 KiB
End = tuple[Any, ...]  # as socket.getaddrinfo gives it
TOO_LONG = f"the answer is longer than {LARGEST_ANSWER_BYTES >> 10} KiB"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to ask; shown to nobody and kept nowhere."""

    host: str = field(repr=False)
    port: int = field(repr=False)
    target: str = field(repr=False)  # path and query
    authorization: str | None = field(repr=False)
    is_tls: bool


def read_address(web: str, *, paths: str | None = None) -> Address:
    """``paths`` is the remedy for an address without a path; without remedy it asks for "/".

    Raises InputError, which does not show the address.
    """
    try:
        parts = urlsplit(web)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        host, port = "", None
    if not host or any(sign <= " " or sign == "\x7f" for sign in host):
        raise InputError("the meter's address cannot be read", where=FLAG, remedy="http://HOST/PATH")
    if paths is not None and not parts.path and not parts.query:
        raise InputError("the meter's address has no path", where=FLAG, remedy=paths)
    is_tls = parts.scheme.lower() == "https"
    authorization = None
    if parts.username is not None:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(words.encode(errors="replace")).decode()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(
        host=host,
        port=port if port is not None else 443 if is_tls else 80,
        target=quote(target, safe=string.punctuation, errors="replace"),
        authorization=authorization,
        is_tls=is_tls,
    )


class Asker:
    """One GET for each question, all of it within ``timeout_s``."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._ends: list[End] = []  # where the name leads; looked up once, so that it cannot move
        self._tls = ssl.create_default_context() if address.is_tls else None

    def ask(self) -> bytes:
        """The body of one answer. Raises OSError with a reason that names no address."""
        deadline = time.monotonic() + self._timeout_s
        try:
            with contextlib.closing(self._connect(deadline)) as connection:
                return self._exchange(connection, deadline)
        except TimeoutError as error:
            raise OSError(f"no whole answer within {self._timeout_s:g} s") from error
        except ssl.SSLCertVerificationError as error:
            raise OSError("the meter's certificate is not trusted by this machine") from error
        except ssl.SSLError as error:
            raise OSError("no encrypted connection came about") from error
        except (http.client.HTTPException, ValueError) as error:  # ValueError: a chunk of negative size
            raise OSError("the answer is not HTTP, or broke off") from error
        except OSError as error:
            if error.errno is None:
                raise
            raise OSError(f"the meter cannot be reached: {os.strerror(error.errno).lower()}") from error

    def _connect(self, deadline: float) -> socket.socket:
        if not self._ends:
            self._ends = _resolve(self._address.host, self._address.port, deadline)
        for place, (family, kind, protocol, _, end) in enumerate(self._ends):
            share_s = _left(deadline) / (len(self._ends) - place)
            try:
                connection = socket.socket(family, kind, protocol)
                try:
                    connection.settimeout(share_s)
                    connection.connect(end)
                except OSError:
                    connection.close()
                    raise
            except OSError:
                if place == len(self._ends) - 1:
                    raise
            else:
                self._ends = [self._ends[place]]
                return connection if self._tls is None else self._encrypted(self._tls, connection, deadline)
        raise AssertionError("a name that leads nowhere is refused before")

    def _encrypted(self, tls: ssl.SSLContext, connection: socket.socket, deadline: float) -> socket.socket:
        try:
            connection.settimeout(_left(deadline))
            return tls.wrap_socket(connection, server_hostname=self._address.host)
        except OSError:
            connection.close()
            raise

    def _exchange(self, connection: socket.socket, deadline: float) -> bytes:
        address = self._address
        host = address.host.encode("idna").decode() if ":" not in address.host else f"[{address.host}]"
        lines = [
            f"GET {address.target} HTTP/1.1",
            f"Host: {host}:{address.port}",
            "User-Agent: breakeven",
            "Accept: application/json",
            "Accept-Encoding: identity",
            "Connection: close",
        ]
        if address.authorization is not None:
            lines.append(f"Authorization: {address.authorization}")
        connection.settimeout(_left(deadline))
        connection.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
        bounded: Any = _Bounded(connection, deadline)  # all of a socket that HTTPResponse asks for
        answer = http.client.HTTPResponse(bounded, method="GET")
        with contextlib.closing(answer):
            answer.begin()
            _refuse_status(answer.status)
            _refuse_type(answer.headers.get_content_type() if "Content-Type" in answer.headers else None)
            if answer.length is not None and answer.length > LARGEST_ANSWER_BYTES:
                raise OSError(TOO_LONG)
            body = answer.read(LARGEST_ANSWER_BYTES)
            if answer.length:
                raise OSError("the answer broke off")
        return body


class _Bounded(io.RawIOBase):
    """What a connection brings until a deadline and up to a size. To HTTPResponse it is the socket, too."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline
        self._left_bytes = LARGEST_ANSWER_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(_left(self._deadline))
        count = self._connection.recv_into(buffer)
        self._left_bytes -= count
        if self._left_bytes < 0:
            raise OSError(TOO_LONG)
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)


def _left(deadline: float) -> float:
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s


def _resolve(host: str, port: int, deadline: float) -> list[End]:
    """What the name leads to. In a thread, since the system's own look-up takes as long as it likes."""
    found: queue.SimpleQueue[list[End]] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError):
            found.put([])

    threading.Thread(target=look_up, name="meter-name", daemon=True).start()
    try:
        ends = found.get(timeout=_left(deadline))
    except queue.Empty:
        raise TimeoutError from None
    if not ends:
        raise OSError("the name in the meter's address is not known here")
    return ends


def _refuse_status(status: int) -> None:
    if 300 <= status < 400:
        raise OSError(f"the meter redirects (status {status}); only the given address is asked")
    if status == 401:
        raise OSError(
            "the meter wants a password (status 401): http://USER:PASSWORD@…; "
            "digest authentication, which Shelly Gen2 and later use, is not supported"
        )
    if status != 200:
        raise OSError(f"the meter answers with status {status}")


def _refuse_type(kind: str | None) -> None:
    """JSON, or what simple devices call it."""
    if (
        kind is not None
        and not kind.endswith("json")
        and kind not in ("text/plain", "application/octet-stream")
    ):
        raise OSError("the meter answers with something else than JSON")
