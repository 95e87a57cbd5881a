"""Compare perplexity and KL divergence with llama-perplexity's, on the same text and the same chunks.

    python scripts/compare_perplexity.py --llama-perplexity PATH/llama-perplexity --text FILE MODEL.gguf…
        [--chunks 4] [--ctx 512] [--threads 2] [--to Q4_0] [--reference Q8_0] [--within 0.005]

Build llama-perplexity from the `vendor/llama.cpp` of the same llama-cpp-python source distribution. Each
model's own perplexity is compared; then it is quantized by the engine to `--reference` and `--to`, and the
divergence of the second from the first: each program with a reference file of its own making, and ours with
the file that llama-perplexity made, which has the same format. Ends with 1 when a figure differs by more
than `--within`. The text should end within the last chunk's surplus: llama-perplexity drops a last newline.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

from bench.engines.protocol import EngineSettings
from bench.stats import percentile
from bench.worker.parent import Worker
from bench.worker.protocol import CompareText, Load, SaveReference, ScoreText, TextCompared
from command_line import parser_of
from quantized import quantized

TIMEOUT_S = 1800.0
NUMBER = r"\s*:\s*(-?[\d.]+)"
PATTERNS = {
    "PPL": rf"Mean PPL\(Q\){NUMBER}",
    "mean KLD": rf"Mean    KLD{NUMBER}",
    "99 % KLD": rf"99\.0%   KLD{NUMBER}",
    "same top": rf"Same top p{NUMBER}",
}


@dataclass(frozen=True)
class Setup:
    program: Path
    text: Path
    n_ctx: int
    n_chunks: int
    n_threads: int

    @property
    def words(self) -> str:
        return self.text.read_text(encoding="utf-8")

    def theirs(self, model: Path, *more: object) -> str:
        """What llama-perplexity says, on both streams."""
        command = [
            self.program, "-m", model, "-f", self.text, "-c", self.n_ctx, "--chunks", self.n_chunks,
            "-t", self.n_threads, "-ngl", 0, *more,
        ]  # fmt: skip
        done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
        return done.stdout + done.stderr

    def ours(self, model: Path) -> Worker:
        """A worker with the model loaded."""
        worker = Worker.start()
        settings = EngineSettings(n_ctx=self.n_ctx, n_threads=self.n_threads, n_threads_batch=self.n_threads)
        try:
            worker.call(Load(str(model), settings), timeout_s=TIMEOUT_S)
        except BaseException:
            worker.stop()
            raise
        return worker


def perplexities(setup: Setup, model: Path) -> dict[str, tuple[float, float]]:
    """Figure -> ours and theirs."""
    with setup.ours(model) as worker:
        scored = worker.call(ScoreText(setup.words, setup.n_ctx, setup.n_chunks), timeout_s=TIMEOUT_S)
    mine = exp(sum(scored.nll) / (scored.n_scored * len(scored.nll)))
    found = re.search(r"Final estimate: PPL = ([\d.]+)", setup.theirs(model))
    assert found is not None
    return {"PPL": (mine, float(found[1]))}


def divergences(setup: Setup, base: Path, model: Path, folder: Path) -> dict[str, tuple[float, float]]:
    """Figure -> ours and theirs; and ours against their reference file."""
    our_file, their_file = folder / "ours.logits", folder / "theirs.logits"
    with setup.ours(base) as worker:
        save = SaveReference(setup.words, str(our_file), setup.n_ctx, setup.n_chunks)
        worker.call(save, timeout_s=TIMEOUT_S)
    setup.theirs(base, "--kl-divergence-base", their_file)
    said = setup.theirs(model, "--kl-divergence-base", their_file, "--kl-divergence")
    with setup.ours(model) as worker:
        own, crossed = (
            figures(worker.call(CompareText(setup.words, str(file)), timeout_s=TIMEOUT_S))
            for file in (our_file, their_file)
        )
    pairs = {}
    for name, pattern in PATTERNS.items():
        found = re.search(pattern, said)
        if found is None:
            raise SystemExit(f"llama-perplexity says no {name}: it needs 100 scored tokens")
        pairs[name] = own[name], float(found[1])
        pairs[f"{name}, from their file"] = crossed[name], float(found[1])
    return pairs


def figures(compared: TextCompared) -> dict[str, float]:
    scored = compared.scored
    n = scored.n_scored * len(scored.nll)
    kl = [one for chunk in compared.kl for one in chunk]
    return {
        "PPL": exp(sum(scored.nll) / n),
        "mean KLD": sum(kl) / n,
        "99 % KLD": percentile(kl, 99),
        "same top": 100 * sum(compared.n_same_top) / n,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL.gguf")
    parser.add_argument("--llama-perplexity", required=True, type=Path)
    parser.add_argument("--text", required=True, type=Path)
    parser.add_argument("--chunks", type=int, default=4)
    parser.add_argument("--ctx", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--to", default="Q4_0")
    parser.add_argument("--reference", default="Q8_0")
    parser.add_argument("--within", type=float, default=0.005)
    asked = parser.parse_args(arguments)
    setup = Setup(asked.llama_perplexity, asked.text, asked.ctx, asked.chunks, asked.threads)
    worst = 0.0
    for model in asked.models:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            base, low = (
                quantized(model, ftype, folder, asked.threads) for ftype in (asked.reference, asked.to)
            )
            cases = {
                model.stem: perplexities(setup, model),
                f"{model.stem} {asked.to} against {asked.reference}": divergences(setup, base, low, folder),
            }
        for case, pairs in cases.items():
            for figure, (mine, theirs) in pairs.items():
                off = abs(mine / theirs - 1)
                worst = max(worst, off)
                print(
                    f"{case}: {figure}: ours {mine:.6f}, theirs {theirs:.6f}, off by {100 * off:.3f} %",
                    flush=True,
                )
    print(f"largest difference: {100 * worst:.3f} %")
    return int(worst > asked.within)


if __name__ == "__main__":
    sys.exit(main())
