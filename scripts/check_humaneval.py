"""HumanEval's canonical solutions in the sandbox: all of them must pass, and none without its body.

    python scripts/check_humaneval.py

Each item is scored three times: with its solution as a chat model would answer (a fenced block with the
whole function), as a completion that goes on with the prompt, and with a body that returns nothing, which
must fail. Prints counts, times and reasons. Exit code 1 unless 164, 164 and 0 are right.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from bench.artifacts import obtain
from bench.catalog.types import Artifact
from bench.tasks import open_task
from bench.tasks.sandbox import open_sandbox
from bench.tasks.scorers import find_scorer
from bench.tasks.types import Item, Scorer, Verdict
from command_line import parser_of

N_ITEMS = 164


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--parallel", type=int, help="answers at once (default: usable CPUs)")
    options = parser.parse_args(arguments)
    task = open_task("humaneval", fetch)
    start = time.perf_counter()
    sandbox = open_sandbox(n_parallel=options.parallel)
    print(f"all limits hold, probed in {time.perf_counter() - start:.1f} s; {sandbox.n_parallel} at once")
    scorer = find_scorer(task.scorer_name, sandbox)

    def judged(answer: Callable[[Item], str]) -> Counter[Verdict]:
        with ThreadPoolExecutor(sandbox.n_parallel) as pool:
            return Counter(pool.map(partial(verdict_on, scorer, answer), task.items))

    is_good = True
    for name, answer, n_right in (
        ("whole function in a fence", chat_answer, N_ITEMS),
        ("body that goes on", continuation, N_ITEMS),
        ("empty body", lambda _: "    return None", 0),
    ):
        start = time.perf_counter()
        verdicts = judged(answer)
        taken_s = time.perf_counter() - start
        print(f"{name}: {verdicts[Verdict('right')]} of {verdicts.total()} right in {taken_s:.1f} s")
        for verdict, times in verdicts.items():
            if verdict.outcome != "right":
                print(f"  {times} {verdict.outcome}: {verdict.reason}")
        is_good &= verdicts.total() == N_ITEMS and verdicts[Verdict("right")] == n_right
    return 0 if is_good else 1


def verdict_on(scorer: Scorer, answer: Callable[[Item], str], item: Item) -> Verdict:
    return scorer(answer(item), item.expected, truncated=False)


def fetch(artifact: Artifact) -> Path:
    return obtain(artifact).path


def chat_answer(item: Item) -> str:
    assert item.reference_output is not None
    return f"Here it is:\n\n{item.reference_output}\n\nIt works."


def continuation(item: Item) -> str:
    """The canonical body, as what follows the prompt in the reference answer."""
    assert item.plain is not None
    assert item.reference_output is not None
    function = item.reference_output.removeprefix("```python\n").removesuffix("\n```")
    return function.removeprefix(item.plain.strip("\n"))


if __name__ == "__main__":
    sys.exit(main())
