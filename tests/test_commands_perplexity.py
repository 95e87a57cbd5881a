"""`breakeven perplexity` on the scripted engine: figures, records, the reference's file, bad words."""

import json
from math import exp
from pathlib import Path

import pytest

from bench.artifacts import cache_folder
from bench.commands import perplexity as command
from bench.commands.perplexity import PerplexityOptions, check_room, perplexity
from bench.commands.reporter import Silent
from bench.commands.text_loss import MAX_TEXT_BYTES, read_text
from bench.errors import EngineError, EnvironmentProblem, InputError
from bench.records.types import Record
from tests.program import in_process, write_script

WORDS = "the quick brown fox jumps over the lazy dog " * 20
N_VOCAB = 258


class Listener(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREAKEVEN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(WORDS, encoding="utf-8")
    return path


def scored(
    folder: Path, text: Path, *models: Path, listener: Silent | None = None, **asked: object
) -> Record:
    chosen: dict[str, object] = {"n_ctx": 64, "results": folder / "out"} | asked
    options = PerplexityOptions(tuple(map(str, models)), text, **chosen)  # type: ignore[arg-type]
    (record,) = perplexity(options, listener or Silent()).records
    return record


def leftovers() -> list[Path]:
    return list((cache_folder() / "perplexity").rglob("*"))


def test_the_perplexity_of_an_even_distribution_is_the_vocabulary(tmp_path: Path, text: Path) -> None:
    record = scored(tmp_path, text, write_script(tmp_path, confidence=0.0))
    loss = record.text_loss
    assert loss is not None
    assert loss.perplexity.value == pytest.approx(N_VOCAB, rel=1e-5)
    assert loss.n_scored == 31 * len(loss.nll) == 31 * 13
    assert (loss.text_bytes, loss.n_text_tokens) == (len(WORDS), len(WORDS) + 1)
    assert loss.divergence is None
    assert record.settings.n_ctx == 64
    assert record.memory is not None
    assert record.memory.points[-1].at == "after the text"
    assert "brown fox" not in record.model_dump_json()


def test_memory_is_predicted_with_the_logits_that_a_text_asks_for(
    tmp_path: Path, text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(
        "bench.commands.perplexity.predicted_memory", lambda *_, n_logits: told.append(n_logits)
    )
    scored(tmp_path, text, write_script(tmp_path))
    assert told == [31]


def test_a_model_against_itself_and_against_a_surer_one(tmp_path: Path, text: Path) -> None:
    sure = write_script(tmp_path, "sure", confidence=3.0)
    listener = Listener()
    same = scored(tmp_path, text, sure, reference=str(sure), n_chunks=4, listener=listener).text_loss
    assert same is not None
    assert same.divergence is not None
    assert same.divergence.reference == "sure"
    assert abs(same.divergence.mean_kl.value) < 2e-4
    assert same.divergence.same_top_share.value == 1.0
    assert same.divergence.same_top_share.low < 1.0
    assert same.divergence.perplexity_ratio.value == pytest.approx(1.0)
    assert any("MiB of log-probabilities for 4 chunks" in line for line in listener.said)

    unsure = write_script(tmp_path, "unsure", confidence=1.0)
    other = scored(tmp_path, text, unsure, reference=str(sure), n_chunks=4).text_loss
    assert other is not None
    assert other.divergence is not None
    ratio = (exp(1.0) + N_VOCAB - 1) / (exp(3.0) + N_VOCAB - 1)
    assert other.divergence.perplexity_ratio.value == pytest.approx(ratio, rel=1e-5)
    assert other.divergence.mean_kl.value > 0.05
    assert other.divergence.kl_99.low <= other.divergence.kl_99.value <= other.divergence.kl_max + 1e-12
    assert leftovers() == []


def test_a_reference_that_fails_is_an_error_and_leaves_nothing(tmp_path: Path, text: Path) -> None:
    model = write_script(tmp_path)
    broken = write_script(tmp_path, "broken", failures=[{"at": "decode", "how": "raise", "after": 3}])
    with pytest.raises(EngineError, match="the script makes decode fail"):
        scored(tmp_path, text, model, reference=str(broken))
    assert leftovers() == []


def test_a_model_that_fails_has_a_record_that_says_so(tmp_path: Path, text: Path) -> None:
    broken = write_script(tmp_path, "broken", failures=[{"at": "decode", "how": "raise", "after": 3}])
    record = scored(tmp_path, text, broken)
    assert record.text_loss is None
    assert [failure.unit for failure in record.failures] == ["text-loss"]


def test_a_reference_file_that_is_too_large_is_refused_with_what_fits(
    tmp_path: Path, text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "MAX_REFERENCE_BYTES", 1000)
    with pytest.raises(EnvironmentProblem, match=r"10 chunks") as refused:
        check_room(2000, 10, tmp_path)
    assert refused.value.remedy == "use --chunks 5"
    with pytest.raises(EnvironmentProblem) as refused:
        scored(tmp_path, text, model := write_script(tmp_path), reference=str(model))
    assert refused.value.remedy is not None
    assert "--chunks" not in refused.value.remedy  # not even two would fit
    check_room(1000, 10, tmp_path)


def test_texts_that_cannot_be_scored_are_refused_before_anything_runs(tmp_path: Path) -> None:
    def refusal(content: bytes) -> str:
        path = tmp_path / "bad.txt"
        path.write_bytes(content)
        with pytest.raises(InputError) as refused:
            scored(tmp_path, path, write_script(tmp_path))
        return str(refused.value)

    assert "line 3: the text is not UTF-8: byte 4 is 0xff" in refusal(b"a\nb\n\xff")
    assert "the text is empty" in refusal(b" \n")
    assert "9 bytes cannot fill 2 chunks of 64" in refusal(b"too short")
    assert "at most 4 MiB" in refusal(b"a" * (MAX_TEXT_BYTES + 1))
    with pytest.raises(InputError, match="No such file"):
        read_text(tmp_path / "nowhere")


def test_the_command_prints_a_table_and_keeps_a_record(tmp_path: Path, text: Path) -> None:
    model = write_script(tmp_path, confidence=3.0)
    words = ["perplexity", model, "--text", text, "--ctx", 64, "--chunks", 3, "-o", tmp_path / "out"]
    shown = in_process(*words)
    assert shown.code == 0
    assert "Text loss" in shown.out
    assert "277.1 (277.1–277.1)" in shown.out
    (path,) = (tmp_path / "out").glob("*.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["text_loss"]["perplexity"]["value"] == pytest.approx(exp(3.0) + N_VOCAB - 1, rel=1e-5)
    assert in_process(*words, "--ctx", 8).code == 2
