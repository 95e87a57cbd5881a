"""Run llama-server and have it answer many prompts, as a comparison's other side."""

import contextlib
import http.client
import json
import queue
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.engines.protocol import EngineSettings, Prompt
from command_line import command_of
from passes import Answered, Pass, timed

TIMEOUT_S = 1800.0
START_TIMEOUT_S = 60.0
N_MORE_CLIENTS = 2  # than slots, so that a request always waits


class Server:
    """A running llama-server with so many slots; a context manager."""

    def __init__(
        self, program: Path, model: Path, settings: EngineSettings, *, n_slots: int, n_ctx_slot: int
    ) -> None:
        self._n_slots = n_slots
        self._n_clients = n_slots + N_MORE_CLIENTS
        self._port = free_port()
        self._folder = tempfile.TemporaryDirectory()
        words = {
            "-m": model, "-np": n_slots, "-c": n_slots * n_ctx_slot, "-b": settings.n_batch,
            "-ub": settings.n_ubatch, "-t": settings.n_threads, "-tb": settings.n_threads_batch,
            "--host": "127.0.0.1", "--port": self._port,
            "--cache-ram": 0,  # copies of prompts of earlier requests: they would cost it time
            "--slot-save-path": self._folder.name,  # without it slots cannot be emptied
        }  # fmt: skip
        self._process = subprocess.Popen(
            command_of(program, words),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> "Server":
        end = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException), self._connected() as connection:
                connection.request("GET", "/health")
                if connection.getresponse().status == http.client.OK:
                    return self
            time.sleep(0.1)
        self.__exit__()
        raise SystemExit("llama-server does not start")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    def _connected(self) -> contextlib.closing[http.client.HTTPConnection]:
        return contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S))

    def rendered(self, prompts: Sequence[Prompt]) -> list[str]:
        """The texts of the prompts, by the server's own way with the model's template."""
        texts = []
        with self._connected() as connection:
            for prompt in prompts:
                messages = [{"role": one.role, "content": one.content} for one in prompt.messages]
                texts.append(
                    prompt.text or posted(connection, "/apply-template", {"messages": messages})["prompt"]
                )
        return texts

    def ask(self, texts: Sequence[str], max_tokens: int, stop: Sequence[str]) -> Pass:
        """All of them on emptied slots, by clients that each keep their connection."""
        with self._connected() as connection:
            for slot in range(self._n_slots):
                posted(connection, f"/slots/{slot}?action=erase", {})
        waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        for text in texts:
            waiting.put(text)

        def client(_: int) -> list[Answered]:
            answers = []
            with self._connected() as connection, contextlib.suppress(queue.Empty):
                while True:
                    text = waiting.get_nowait()
                    answers.append(answered(posted(connection, "/completion", asked(text, max_tokens, stop))))
            return answers

        with ThreadPoolExecutor(self._n_clients) as pool:
            return timed(lambda: [one for own in pool.map(client, range(self._n_clients)) for one in own])


def asked(text: str, max_tokens: int, stop: Sequence[str]) -> dict[str, object]:
    """A greedy request, in the way that costs llama-server least: one sampler, which keeps one token."""
    return {
        "prompt": text,
        "n_predict": max_tokens,
        "stop": list(stop),
        "temperature": 0,
        "top_k": 1,
        "samplers": ["top_k"],
        "cache_prompt": True,
    }


def answered(reply: dict[str, Any]) -> Answered:
    """From llama-server's reply to a completion; a prompt that it cut is no answer to the item."""
    if reply["truncated"]:
        raise SystemExit("llama-server cut a prompt: its slots are too small")
    return Answered(
        n_prompt=reply["tokens_evaluated"],  # its word for all tokens of the prompt, kept ones included
        n_output=reply["tokens_predicted"],
        is_cut=reply["stop_type"] == "limit",
        n_evaluated=reply["timings"]["prompt_n"],
    )


def posted(connection: http.client.HTTPConnection, path: str, body: dict[str, object]) -> dict[str, Any]:
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    said = response.read()
    if response.status != http.client.OK:
        raise SystemExit(f"llama-server answered {response.status} to {path}: {said[:200]!r}")
    reply: dict[str, Any] = json.loads(said)
    return reply


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
