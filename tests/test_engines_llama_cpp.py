"""The real engine, in this process, on the default model."""

import ctypes
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gguf_files import SMALL, gguf

from bench.engines.choices import log_sum_exp, score_choices
from bench.engines.generation import generate, serve
from bench.engines.gguf import read_header
from bench.engines.gguf_types import TENSOR_TYPES
from bench.engines.llama_cpp import LlamaCppEngine, taken_bytes
from bench.engines.llama_library import library
from bench.engines.memory_prediction import predict_memory
from bench.engines.protocol import Device, EngineSettings, Message, ModelInfo, Prompt
from bench.engines.results import Choice, Timed
from bench.engines.session import KERNEL_TOKENS, Session, decode_filled, prefill
from bench.engines.timing import time_both, time_decode, time_parallel, time_prefill, time_warm_prefix
from bench.errors import EngineError

pytestmark = pytest.mark.model

# One thread: several would wait for each other at every step whenever the machine has something else to do.
SETTINGS = EngineSettings(n_ctx=2048, n_batch=512, n_ubatch=512, n_seq_max=16)
COUNTRIES = ("France", "Italy", "Spain", "Japan", "Egypt", "Peru")
ITEMS = (
    Choice("A man is standing on a ladder. He", (" paints the wall.", " eats the sea.", " is a verb.")),
    Choice("Making tea: The woman boils water and", (" pours it over the leaves.", " flies to the moon.")),
    Choice("The capital of France is ", ("Paris", "Rome", "a small dog that likes to bark at night")),
)


def asking(country: str) -> Prompt:
    return Prompt(messages=(Message("user", f"What is the capital of {country}? Answer with one word."),))


@pytest.fixture(scope="module")
def session(default_model_path: Path) -> Iterator[Session]:
    engine = LlamaCppEngine()
    yield Session(engine, SETTINGS, engine.load(str(default_model_path), SETTINGS))
    engine.close()


@pytest.fixture(scope="module")
def choice_session(default_model_path: Path) -> Iterator[Session]:
    """With values in bf16, as choices are scored."""
    engine, settings = LlamaCppEngine(), replace(SETTINGS, type_v="bf16")
    yield Session(engine, settings, engine.load(str(default_model_path), settings))
    engine.close()


def test_the_engine_tells_what_it_holds(session, default_model_path):
    info = session.info
    assert (info.n_params, info.tensor_bytes) == (134_515_008, 96_576_768)
    assert (info.n_ctx_train, info.n_vocab, info.has_chat_template) == (8192, 49_152, True)
    assert info.is_mapped
    assert info.engine_version.startswith("llama-cpp-python ")
    assert "ggml" in info.engine_build
    assert "CPU" in info.system_info
    assert any(device.kind == "CPU" for device in info.devices)
    sizes = {kind: sum(one.size_bytes for one in info.buffers if one.kind == kind) for kind in
             ("weights", "kv", "output", "compute")}  # fmt: skip
    header = read_header(default_model_path)
    predicted = predict_memory(header, SETTINGS)
    assert sizes["kv"] == predicted.kv_bytes == 2048 * 23_040
    assert sizes["weights"] == pytest.approx(predicted.weights_bytes, rel=0.01)
    assert predicted.reserved_bytes == pytest.approx(sizes["compute"], rel=0.25)
    assert sizes["output"] > 0
    assert (header.n_params, header.tensor_bytes) == (info.n_params, info.tensor_bytes)


def test_our_table_of_tensor_types_is_the_librarys():
    block = library().function("ggml_blck_size", ctypes.c_int64, ctypes.c_int)
    size = library().function("ggml_type_size", ctypes.c_size_t, ctypes.c_int)
    name = library().function("ggml_type_name", ctypes.c_char_p, ctypes.c_int)
    for number in range(43):
        ours = TENSOR_TYPES.get(number)
        if ours is None:
            assert block(number) == 0
        else:
            assert (name(number).decode().upper(), block(number), size(number)) == (
                ours[0].upper(),
                *ours[1:],
            )


def test_text_survives_the_tokenizer(session):
    text = "Fünf Äpfel — 5 apples\n\tand «trés» 日本 🍏"
    tokens = session.engine.tokenize(text, add_special=True, parse_special=False)
    assert session.engine.detokenize(tokens).decode() == text
    long = "word " * 5000  # more tokens than the buffer starts with
    assert len(session.engine.tokenize(long, add_special=False, parse_special=False)) >= 5000
    assert session.engine.tokenize("", add_special=True, parse_special=False) == []
    with pytest.raises(EngineError, match="Unicode"):
        session.engine.tokenize("\ud800", add_special=True, parse_special=False)


def test_chat_is_rendered_by_the_models_own_template(session):
    rendered = session.engine.render_chat(asking("France").messages)
    assert rendered.startswith("<|im_start|>system\n")
    assert rendered.endswith("<|im_end|>\n<|im_start|>assistant\n")
    plain = session.engine.tokenize("<|im_end|>", add_special=True, parse_special=False)
    parsed = session.engine.tokenize("<|im_end|>", add_special=True, parse_special=True)
    assert len(plain) > len(parsed) == 1
    assert session.engine.ends_generation(parsed[0])
    assert session.engine.detokenize(parsed) == b""


def test_speed_tests_evaluate_what_they_say_from_a_cold_cache(session):
    for seed in (1, 1):  # the very same tokens again
        prefill = time_prefill(session, n_tokens=100, seed=seed)
        assert (prefill.n_tokens, prefill.n_evaluated) == (100, 100)
        decode = time_decode(session, n_tokens=3, n_depth=5, seed=seed)
        assert (decode.n_tokens, decode.n_evaluated) == (3, 3)
        assert 0 < decode.calls_ns <= decode.window.end_ns - decode.window.start_ns
    assert time_decode(session, n_tokens=1, n_depth=0, seed=1).n_evaluated == 1


@pytest.mark.parametrize("n_tokens", [1, 2, 64, 65, 66])
def test_evaluated_tokens_are_counted_however_they_are_batched(default_model_path, n_tokens):
    engine, small = LlamaCppEngine(), EngineSettings(n_ctx=256, n_batch=32, n_ubatch=32)
    session = Session(engine, small, engine.load(str(default_model_path), small))
    for _ in range(2):
        assert time_prefill(session, n_tokens=n_tokens, seed=1).n_evaluated == n_tokens
    assert time_decode(session, n_tokens=2, n_depth=n_tokens, seed=1).n_evaluated == 2
    engine.close()


def test_a_request_is_answered_greedily_and_cold_every_time(session):
    first, second = (serve(session, asking("France"), max_tokens=12, stop=()) for _ in range(2))
    assert "Paris" in first.text
    assert (first.text, first.n_output_tokens) == (second.text, second.n_output_tokens)
    for served in (first, second):
        assert served.n_evaluated == served.n_prompt_tokens > 30
        assert list(served.token_ns) == sorted(set(served.token_ns))
        assert (
            served.request.start_ns <= served.tokenize.end_ns <= served.prefill.end_ns <= served.decode.end_ns
        )
        assert len(served.token_ns) == served.n_output_tokens


def test_batched_answers_repeat_to_the_bit_and_mostly_agree_with_lone_ones(session):
    prompts = [asking(country) for country in COUNTRIES]
    runs = [generate(session, prompts, max_tokens=6, stop=("\n",)) for _ in range(2)]
    assert runs[0] == runs[1]
    alone = [serve(session, prompt, max_tokens=6, stop=("\n",)).text for prompt in prompts]
    agreeing = sum(one.text == other for one, other in zip(runs[0], alone, strict=True))
    assert agreeing >= len(COUNTRIES) * 3 // 4
    assert sum("Paris" in one.text for one in runs[0]) == 1


def loglikelihoods_alone(session: Session, choice: Choice) -> list[float]:
    """Each ending by itself, evaluated in one call with its context."""
    engine, sums = session.engine, []
    text = choice.context.rstrip(" ")
    context = engine.tokenize(text, add_special=True, parse_special=False)
    for ending in choice.endings:
        whole = text + choice.context[len(text) :] + ending
        tokens = engine.tokenize(whole, add_special=True, parse_special=False)
        n, rows = len(tokens) - 1, range(len(context) - 1, len(tokens) - 1)
        engine.clear()
        decode_filled(session, tokens[:-1], range(n), [(0,)] * n, [row in rows for row in range(n)], filler=1)
        sums.append(
            sum(float(engine.logits(row)[tokens[row + 1]]) - log_sum_exp(engine.logits(row)) for row in rows)
        )
    return sums


def test_batched_loglikelihoods_are_those_of_each_ending_alone(choice_session):
    scored = score_choices(choice_session, ITEMS)
    for choice, score in zip(ITEMS, scored.scores, strict=True):
        assert score.logprobs == pytest.approx(loglikelihoods_alone(choice_session, choice), abs=1e-5)
        first, second, *_ = (total / n for total, n in zip(score.logprobs, score.n_tokens, strict=True))
        assert first > second


def test_scoring_repeats_to_the_bit_and_evaluates_each_context_once(session):
    runs = [score_choices(session, ITEMS) for _ in range(2)]
    assert runs[0] == runs[1]
    n_least = sum(
        score.n_context_tokens + sum(score.n_tokens) - len(score.n_tokens) for score in runs[0].scores
    )
    assert runs[0].n_unique_prefix_tokens <= n_least <= runs[0].n_evaluated < n_least + KERNEL_TOKENS


def test_what_native_code_would_choke_on_is_refused(session):
    engine = session.engine
    engine.clear()
    bad: list[tuple[list[int], list[int], list[int] | list[tuple[int, ...]]]] = [
        ([], [], []),
        ([1] * 513, list(range(513)), [0] * 513),
        ([49_152], [0], [0]),
        ([-1], [0], [0]),
        ([1], [0], [16]),
        ([1], [0], [-1]),
        ([1, 1], [0, 2], [0, 0]),
        ([1], [0], [(0, 16)]),
        ([1], [0], [()]),
    ]
    for tokens, positions, sequences in bad:
        with pytest.raises((EngineError, ValueError)):
            engine.decode(tokens, positions, sequences, [True] * len(tokens))
    engine.clear()
    engine.decode([1, 2], [0, 1], [0, 0], [False, True])
    with pytest.raises(EngineError, match="no logits"):
        engine.logits(0)
    with pytest.raises(EngineError, match="diver"):
        engine.decode([1], [2], [(0, 1)], [True])
    for source, target in ((0, 16), (-1, 0)):
        with pytest.raises(EngineError):
            engine.copy_sequence(source, target)
    with pytest.raises(EngineError):
        engine.drop(99, 0)


def test_a_full_cache_is_an_error_that_the_engine_survives(default_model_path):
    engine, small = LlamaCppEngine(), EngineSettings(n_ctx=256, n_batch=128, n_ubatch=128, n_seq_max=3)
    small_session = Session(engine, small, engine.load(str(default_model_path), small))
    for sequence in range(2):
        engine.decode([1] * 128, range(128), [sequence] * 128, [False] * 128)
    with pytest.raises(EngineError, match="no room"):
        engine.decode([1], [0], [2], [True])
    assert serve(small_session, Prompt(text="a"), max_tokens=1, stop=()).n_evaluated == 1
    engine.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"not a model" * 10, "not a GGUF"),
        (SMALL[:-1], "truncated"),
        (SMALL, "cannot load the model"),
        (gguf({"general.architecture": "spoon", "spoon.context_length": 8192}), "unknown model architecture"),
        (gguf({"general.architecture": "clip"}), "generates no text"),
    ],
)
def test_files_that_are_no_model_are_refused(tmp_path, content, said):
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(EngineError, match=said):
        LlamaCppEngine().load(str(path), SETTINGS)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (EngineSettings(n_ctx=8193), "larger than the model's 8192"),
        (EngineSettings(n_ctx=512, n_gpu_layers=5), "cannot use a GPU|"),
        (EngineSettings(n_ctx=512, type_v="q8_0", flash_attn="off"), "flash attention"),
    ],
)
def test_settings_beyond_the_model_are_refused(default_model_path, settings, said):
    engine = LlamaCppEngine()
    if settings.n_gpu_layers and library().api.llama_supports_gpu_offload():
        pytest.skip("this build can use a GPU")
    with pytest.raises(EngineError, match=said):
        engine.load(str(default_model_path), settings)


@pytest.mark.parametrize(
    "settings",
    [
        EngineSettings(n_ctx=512, type_k="q8_0", type_v="q8_0"),
        EngineSettings(n_ctx=300, n_batch=64, n_ubatch=32, flash_attn="off", use_mmap=False),
        EngineSettings(n_ctx=1024, n_seq_max=4, kv_unified=False),
    ],
)
def test_other_settings_answer_too(default_model_path, settings):
    engine = LlamaCppEngine()
    session = Session(engine, settings, engine.load(str(default_model_path), settings))
    assert session.info.is_mapped == settings.use_mmap
    answers = generate(session, [asking("France"), asking("Italy")], max_tokens=8, stop=())
    assert "Paris" in answers[0].text
    engine.close()


def test_quantizing_refuses_what_it_cannot_do(session, default_model_path, tmp_path):
    source, engine = str(default_model_path), session.engine
    empty = tmp_path / "empty.gguf"
    empty.write_bytes(b"")
    for given in (
        (source, str(tmp_path / "x.gguf"), "Q4_K"),
        (source, str(tmp_path / "no" / "x.gguf"), "Q8_0"),
        (str(empty), str(tmp_path / "x.gguf"), "Q8_0"),
        (source, source, "Q8_0"),
        (source, str(tmp_path / "x.gguf"), "IQ2_XXS"),  # needs an importance matrix
    ):
        with pytest.raises(EngineError):
            engine.quantize(*given, 1)
    assert list(tmp_path.iterdir()) == [empty]


def greedy(session: Session, sequence: int, row: int, n_cached: int, n: int) -> list[int]:
    """``n`` tokens after ``n_cached``, of which the last has its logits in ``row``."""
    tokens = [int(session.engine.logits(row).argmax())]
    for position in range(n_cached, n_cached + n - 1):
        session.engine.decode((tokens[-1],), (position,), (sequence,), (True,))
        tokens.append(int(session.engine.logits(0).argmax()))
    return tokens


KNOWN = (  # what comes next is no near-tie, which the size of a batch could decide
    "one, two, three, four, five,",
    "A B C D E F G H",
    "To be, or not to be, that is the question. To be, or not",
    "10, 20, 30, 40, 50,",
)
CACHES = [
    EngineSettings(n_ctx=512, n_seq_max=4),
    EngineSettings(n_ctx=2048, n_seq_max=4, kv_unified=False),
    EngineSettings(n_ctx=512, n_seq_max=4, type_k="q8_0", type_v="q8_0", flash_attn="on"),
    EngineSettings(n_ctx=512, n_seq_max=4, flash_attn="off"),
]


@pytest.fixture(scope="module")
def held(default_model_path: Path) -> Iterator[LlamaCppEngine]:
    """The model, to be reopened by each test as it needs it."""
    engine = LlamaCppEngine()
    engine.load(str(default_model_path), CACHES[0])
    yield engine
    engine.close()


@pytest.mark.parametrize("settings", CACHES)
def test_a_restored_sequence_goes_on_as_if_it_had_been_evaluated(held, settings):
    session = Session(held, settings, held.reopen(settings))
    text = "The quick brown fox jumps over the lazy dog. " * 6 + "The quick brown fox"
    *tokens, last = held.tokenize(text, add_special=True, parse_special=False)
    n = len(tokens)
    prefill(session, tokens)
    state = held.save_sequence(0)
    for sequence in range(3):  # the first was evaluated, the others are restored
        if sequence:
            held.restore_sequence(sequence, state)
        assert held.evaluated_tokens() == n + sequence * 6
        held.decode((last,), (n,), (sequence,), (True,))
        answer = greedy(session, sequence, 0, n + 1, 6)
        assert held.detokenize(answer).decode().startswith(" jumps over the lazy")


def test_a_state_of_another_cache_is_refused_and_leaves_the_sequence_empty(held):
    session = Session(held, CACHES[0], held.reopen(CACHES[0]))
    prefill(session, list(range(100, 140)))
    state = held.save_sequence(0)
    for settings in CACHES[1:3]:
        held.reopen(settings)
        with pytest.raises(EngineError, match="cannot restore a sequence"):
            held.restore_sequence(1, state)
        if not settings.kv_unified:
            with pytest.raises(EngineError, match="unified"):
                held.decode((5,), (0,), ((0, 1),), (True,))
        held.decode((5,), (0,), (1,), (True,))
        assert held.evaluated_tokens() == 1
    held.reopen(replace(CACHES[0], n_ctx=256))
    held.decode([1] * 250, range(250), [0] * 250, [False] * 250)
    for bad in (state, state[:50], bytearray()):
        with pytest.raises(EngineError, match="cannot restore a sequence"):
            held.restore_sequence(1, bad)
    for sequence in (-1, 4):
        with pytest.raises(EngineError, match="do not exist"):
            held.restore_sequence(sequence, state)
        with pytest.raises(EngineError, match="do not exist"):
            held.save_sequence(sequence)


@pytest.mark.parametrize("settings", CACHES[:2])
def test_every_speed_test_evaluates_what_it_says_and_no_more(held, settings):
    settings = replace(settings, n_batch=16, n_ubatch=8)
    session = Session(held, settings, held.reopen(settings))
    for n_depth in (0, 20, 20, 33):
        for timed, n_tokens in (
            (time_prefill(session, n_tokens=17, n_depth=n_depth, seed=1), 17),
            (time_prefill(session, n_tokens=1, n_depth=n_depth, seed=1), 1),
            (time_decode(session, n_tokens=3, n_depth=n_depth, seed=1), 3),
            (time_both(session, n_prompt=17, n_gen=3, n_depth=n_depth, seed=1), 20),
            (many(session, n_prompt=9, n_depth=n_depth, n_parallel=3), 27),
            (many(session, n_gen=3, n_depth=n_depth, n_parallel=3), 9),
            (many(session, n_gen=3, n_depth=n_depth, n_parallel=1), 3),
        ):
            assert timed.n_evaluated == timed.n_tokens == n_tokens
            assert 0 < timed.calls_ns <= timed.window.end_ns - timed.window.start_ns
    warm = time_warm_prefix(session, n_tokens=34, seed=1)
    assert warm.n_evaluated == warm.n_tokens == 1


def many(session: Session, *, n_depth: int, n_parallel: int, n_prompt: int = 0, n_gen: int = 0) -> Timed:
    return time_parallel(
        session, n_prompt=n_prompt, n_gen=n_gen, n_depth=n_depth, n_parallel=n_parallel, seed=1
    )


@pytest.mark.parametrize("settings", CACHES[:2])
def test_sequences_that_step_together_say_what_each_says_alone(held, settings):
    session = Session(held, settings, held.reopen(settings))
    prompts = [held.tokenize(text, add_special=True, parse_special=False) for text in KNOWN]
    alone = []
    for tokens in prompts:
        held.clear()
        row = prefill(session, tokens)
        alone.append(greedy(session, 0, row, len(tokens), 4))
    held.clear()
    together = []
    for sequence, tokens in enumerate(prompts):
        row = prefill(session, tokens, sequence=sequence)
        together.append([int(held.logits(row).argmax())])
    for step in range(3):
        held.decode(
            [said[-1] for said in together],
            [len(tokens) + step for tokens in prompts],
            range(4),
            [True] * 4,
        )
        for sequence, said in enumerate(together):
            said.append(int(held.logits(sequence).argmax()))
    assert together == alone
    assert len({tuple(said) for said in alone}) > 1


def test_a_reopened_model_keeps_its_weights_and_changes_its_cache(held):
    first = held.reopen(EngineSettings(n_ctx=512))
    again = held.reopen(EngineSettings(n_ctx=1024, n_threads=2, n_threads_batch=2, type_k="q8_0"))
    other = held.reopen(EngineSettings(n_ctx=512))
    assert other == first != again
    assert first.model_type == "llama 256M Q4_1"
    assert first.build_commit in first.engine_build

    def sizes(info: ModelInfo, kind: str) -> int:
        return sum(buffer.size_bytes for buffer in info.buffers if buffer.kind == kind)

    assert sizes(again, "weights") == sizes(first, "weights") > 90_000_000
    assert sizes(first, "kv") == 512 * 23_040
    assert sizes(again, "kv") == pytest.approx(
        1024 * 11_520 * (1 + 34 / 64), rel=0.01
    )  # q8_0: 34 bytes per 32
    assert first.is_mapped
    assert again.is_mapped
    for refused in (
        EngineSettings(n_gpu_layers=1),
        EngineSettings(use_mmap=False),
        EngineSettings(use_mlock=True),
        EngineSettings(engine="scripted"),
    ):
        with pytest.raises(EngineError, match="changes only when the model is loaded again"):
            held.reopen(refused)
    with pytest.raises(EngineError, match="larger than"):
        held.reopen(EngineSettings(n_ctx=10_000))
    assert time_prefill(session_of(held, EngineSettings(n_ctx=64)), n_tokens=9, seed=1).n_evaluated == 9


def session_of(engine: LlamaCppEngine, settings: EngineSettings) -> Session:
    return Session(engine, settings, engine.reopen(settings))


def test_without_a_model_nothing_is_reopened(default_model_path):
    engine = LlamaCppEngine()
    with pytest.raises(EngineError, match="no model"):
        engine.reopen(SETTINGS)
    with pytest.raises(EngineError):
        engine.load(str(default_model_path), EngineSettings(n_ctx=10**6))
    with pytest.raises(EngineError, match="no model"):
        engine.reopen(SETTINGS)


def test_memory_taken_from_a_gpu_is_what_became_unfree() -> None:
    def told(**free_bytes: int | None) -> list[Device]:
        return [Device("R", name, "", "CPU" if name == "CPU" else "GPU", free) for name, free in
                free_bytes.items()]  # fmt: skip

    before = told(CPU=9, G0=100, G1=50, G2=None, G3=7)
    after = told(CPU=1, G0=40, G1=60, G2=3)
    assert taken_bytes(before, after) == {"G0": 60, "G1": 0}
    blind = [Device("R", "G0", "", "GPU", free_bytes=100, total_bytes=100)]
    assert taken_bytes(blind, blind) == {}  # this driver does not follow its use
