"""A fixture for other people's test suites: the speed of a prompt, on top of pytest-benchmark.

    def test_the_summary_starts_at_once(prompt_benchmark):
        speed = prompt_benchmark("Summarise: ...", max_tokens=32)
        assert speed.ttft_s < 0.5

pytest loads this module at every start where breakeven is installed: it imports nothing until it is used.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bench.commands.prompt_speed import PromptSpeed, PromptStand
    from bench.records.types import RequestSample

ROUNDS = 5


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("breakeven", "speed of prompts on local models")
    group.addoption("--breakeven-model", metavar="MODEL", help="Model of the prompt_benchmark fixture.")


@pytest.fixture(scope="session")
def _prompt_stands(request: pytest.FixtureRequest) -> Iterator[Callable[[str | None], "PromptStand"]]:
    """One live model for each name that is asked for, until the session ends."""
    from bench.commands.prompt_speed import PromptStand

    default = request.config.getoption("--breakeven-model")
    held: dict[str | None, PromptStand] = {}
    with ExitStack() as stack:

        def stand(model: str | None) -> PromptStand:
            name = model or default
            if name not in held:
                held[name] = stack.enter_context(PromptStand(name))
            return held[name]

        yield stand


@pytest.fixture
def prompt_benchmark(
    request: pytest.FixtureRequest, _prompt_stands: Callable[[str | None], "PromptStand"]
) -> Callable[..., "PromptSpeed"]:
    """Call it with a prompt: it is answered ``rounds`` times after one warm-up, each time on an empty cache.

    pytest-benchmark keeps the seconds of each request; what the engine itself says of them is in its JSON
    under ``extra_info.breakeven``, and returned as a ``PromptSpeed``.
    """
    if not request.config.pluginmanager.hasplugin("benchmark"):
        pytest.fail("prompt_benchmark needs pytest-benchmark: pip install pytest-benchmark", pytrace=False)
    benchmark = request.getfixturevalue("benchmark")

    def measure(
        prompt: str, *, model: str | None = None, max_tokens: int = 64, rounds: int = ROUNDS
    ) -> "PromptSpeed":
        from dataclasses import asdict

        from bench.commands.prompt_speed import prompt_speed
        from bench.errors import BreakevenError

        samples: list[RequestSample] = []
        try:
            stand = _prompt_stands(model)
            stand.serve(prompt, max_tokens)  # warms up
            benchmark.pedantic(lambda: samples.append(stand.serve(prompt, max_tokens)), rounds=rounds)
        except BreakevenError as error:
            pytest.fail(f"breakeven: {error}", pytrace=False)
        speed = prompt_speed(samples)
        benchmark.extra_info["breakeven"] = {
            "model": stand.model,
            "model_sha256": stand.model_sha256,
            **asdict(speed),
            "samples": [sample.model_dump(mode="json", exclude={"item_id"}) for sample in samples],
        }
        return speed

    return measure
