import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.engines.protocol import Buffer, Device, EngineSettings, Message, ModelInfo, Prompt
from bench.engines.results import (
    CeilingsFound,
    Choice,
    ChoiceScore,
    Completion,
    KernelSpeed,
    Scored,
    Served,
    TextCompared,
    TextScored,
    Timed,
    Window,
)
from bench.worker import wire
from bench.worker.protocol import (
    CompareText,
    Counted,
    CountTokens,
    DeviceList,
    Failed,
    Generate,
    Generated,
    Hello,
    ListDevices,
    Load,
    Loaded,
    MeasureCeilings,
    Ping,
    Progress,
    Reopen,
    SaveReference,
    ScoreChoices,
    ScoreText,
    Serve,
    Shutdown,
    TimeBoth,
    TimeDecode,
    TimeParallel,
    TimePrefill,
    TimeWarmPrefix,
)
from bench.worker.wire import WireError, decode_command, decode_reply, encode

numbers = st.integers(-(1 << 63), 1 << 63)
texts = st.text(st.characters(), max_size=20)
finite = st.floats(allow_nan=False, allow_infinity=False)
windows = st.builds(Window, numbers, numbers)
prompts = st.builds(
    Prompt,
    st.lists(st.builds(Message, st.sampled_from(["user", "system"]), texts)).map(tuple),
    st.none() | texts,
)
many_numbers = st.lists(numbers).map(tuple)
many_floats = st.lists(finite).map(tuple)
many_texts = st.lists(texts).map(tuple)
commands = st.one_of(
    st.builds(Ping),
    st.builds(Shutdown),
    st.builds(Load, texts, st.builds(EngineSettings, n_ctx=numbers, use_mmap=st.booleans())),
    st.builds(Reopen, st.builds(EngineSettings, n_threads=numbers, use_mmap=st.booleans())),
    st.builds(ListDevices),
    st.builds(MeasureCeilings, numbers, numbers),
    st.builds(TimePrefill, numbers, numbers, numbers),
    st.builds(TimeDecode, numbers, numbers, numbers),
    st.builds(TimeBoth, *[numbers] * 4),
    st.builds(TimeParallel, *[numbers] * 5),
    st.builds(TimeWarmPrefix, numbers, numbers),
    st.builds(Serve, prompts, numbers, many_texts),
    st.builds(Generate, st.lists(prompts).map(tuple), numbers, many_texts),
    st.builds(ScoreChoices, st.lists(st.builds(Choice, texts, many_texts)).map(tuple)),
    st.builds(CountTokens, st.lists(prompts).map(tuple)),
    st.builds(ScoreText, texts, numbers, st.none() | numbers),
    st.builds(SaveReference, texts, texts, numbers, st.none() | numbers),
    st.builds(CompareText, texts, texts),
)
devices = st.lists(
    st.builds(Device, texts, texts, texts, texts, st.none() | numbers, st.none() | numbers)
).map(tuple)
sizes = st.dictionaries(texts, numbers)
scored_texts = st.builds(TextScored, numbers, numbers, many_floats)
replies = st.one_of(
    st.builds(Hello, numbers, numbers, st.none() | texts),
    st.builds(Failed, texts, st.none() | texts, st.none() | texts),
    st.builds(
        Loaded,
        st.builds(
            ModelInfo, numbers, numbers, numbers, numbers, st.booleans(), st.booleans(),
            st.lists(st.builds(Buffer, texts, texts, numbers)).map(tuple),
            texts, texts, texts, devices, sizes, texts, texts, numbers,
        ),
        windows,
    ),
    st.builds(DeviceList, devices),
    st.builds(Counted, numbers),
    scored_texts,
    st.builds(TextCompared, scored_texts, st.lists(many_floats, max_size=3).map(tuple), many_numbers),
    st.builds(Timed, numbers, numbers, numbers, windows),
    st.builds(
        CeilingsFound,
        finite,
        st.lists(st.builds(KernelSpeed, texts, numbers, finite, finite)).map(tuple),
        sizes,
        sizes,
    ),
    st.builds(
        Served, numbers, numbers, numbers, texts, st.booleans(), *[windows] * 4, many_numbers
    ),
    st.builds(
        Generated,
        st.lists(st.builds(Completion, texts, numbers, numbers, st.booleans(), st.none() | texts)).map(tuple),
    ),
    st.builds(
        Scored,
        st.lists(
            st.builds(ChoiceScore, many_floats, many_numbers, many_numbers, numbers, st.none() | texts)
        ).map(tuple),
        numbers,
        numbers,
    ),
)  # fmt: skip


@given(commands)
def test_commands_survive_the_wire(command):
    line = encode(command)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_command(line) == command


@given(replies)
def test_replies_survive_the_wire(reply):
    assert decode_reply(encode(reply)) == reply


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["Serve", "Generate", "Load", "Scored", "Served", "Loaded", "Failed", "Ping"])
keys = st.sampled_from(["prompt", "prompts", "stop", "max_tokens", "info", "window", "scores", "x"])


@given(st.binary(max_size=60) | st.text(string.printable, max_size=60).map(str.encode))
def test_no_bytes_raise_anything_but_a_wire_error(line):
    for decode in (decode_command, decode_reply):
        with pytest.raises(WireError):
            decode(line)


@given(names, st.dictionaries(keys, json_values, max_size=4))
@settings(max_examples=40)
def test_no_object_raises_anything_but_a_wire_error(name, given_fields):
    line = json.dumps({"is": name} | given_fields).encode()
    for decode in (decode_command, decode_reply):
        try:
            decode(line)
        except WireError as error:
            assert error.what  # noqa: PT017  # either outcome is right


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{}", "says what it is"),
        (b'{"is": 3}', "says what it is"),
        (b'{"is": "Pong"}', "no word of the protocol"),
        (b'{"is": "Hello", "pid": 1, "now_ns": 2}', "no word of the protocol"),  # a reply, to the child
        (b'{"is": "Ping", "loud": true}', "unknown field 'loud'"),
        (b'{"is": "TimePrefill", "n_tokens": 5}', "lacks a field"),
        (b'{"is": "TimePrefill", "n_tokens": true, "seed": 1}', "TimePrefill.n_tokens is 'True'"),
        (b'{"is": "TimePrefill", "n_tokens": 1.0, "seed": 1}', "TimePrefill.n_tokens"),
        (b'{"is": "Serve", "prompt": {"messages": [{"role": "root", "content": ""}]}, "max_tokens": 1}',
         r"Serve.prompt.messages\[0\].role is 'root'"),
        (b"[" * 100_000, "not a line of JSON"),
    ],
)  # fmt: skip
def test_a_wrong_line_says_what_is_wrong(line, said):
    with pytest.raises(WireError, match=said):
        decode_command(line)


def test_numbers_that_are_not_finite_and_endless_lines_are_refused(monkeypatch):
    with pytest.raises(WireError, match="Scored cannot be sent"):
        encode(Scored((ChoiceScore((float("nan"),), (1,), (1,), 1),), 1, 1))
    monkeypatch.setattr(wire, "MAX_LINE_BYTES", 100)
    with pytest.raises(WireError, match="more than 100"):
        encode(Serve(Prompt(text="x" * 100), 1))
    with pytest.raises(WireError, match="a line of"):
        decode_reply(encode(Progress(1, 2)) + b" " * 100)
