"""llama-bench's lists and ranges, and what is refused in them."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.commands.grid import (
    FLASH_ATTN_ALIASES,
    FLASH_ATTN_WORDS,
    LARGEST,
    MOST_VALUES,
    parse_numbers,
    parse_pairs,
    parse_words,
)
from bench.errors import InputError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("512", (512,)),
        ("0", (0,)),
        ("1,2, 4", (1, 2, 4)),
        ("1-4", (1, 2, 3, 4)),
        ("3-3", (3,)),
        ("0-4096+1024", (0, 1024, 2048, 3072, 4096)),
        ("1-16*2", (1, 2, 4, 8, 16)),
        ("1-10*3", (1, 3, 9)),
        ("8,1-2,512-2048*2", (8, 1, 2, 512, 1024, 2048)),
        ("4,4,2-4", (4, 2, 3)),
        (str(LARGEST), (LARGEST,)),
    ],
)
def test_lists_and_ranges_are_llama_bench_s(text: str, values: tuple[int, ...]) -> None:
    assert parse_numbers(text, flag="-p") == values


def test_only_where_allowed_can_the_first_number_be_negative() -> None:
    assert parse_numbers("-1,-2-1,99", flag="-ngl", allow_negative=True) == (-1, -2, 0, 1, 99)
    with pytest.raises(InputError, match="-1"):
        parse_numbers("-1", flag="-p")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ",", "1,,2", "1,", "a", "1.5", "1e3", "+1", "1-", "-", "1-2-3", "1-2/2", "1-2|2", "1 2"),
        *("0x10", "٣", "1-4+", "4-1", "1-4+0", "4-4+0", "1-4*1", "1-4*0", "0-4*2", "--1", "1--4"),
        *("99999999999", "9" * 5000, "0-2147483647", "1-1001", "1-100,200-1200"),
    ],
)
def test_what_is_no_list_is_refused_with_the_flag_s_name(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_numbers(text, flag="-d")
    assert caught.value.where == "-d"
    assert len(str(caught.value)) < 300


def test_a_range_that_grows_past_its_negative_begin_is_refused() -> None:
    with pytest.raises(InputError):
        parse_numbers("-1-4*2", flag="-ngl", allow_negative=True)


@given(first=st.integers(0, 300), length=st.integers(0, 300), step=st.integers(1, 50))
@settings(max_examples=50)
def test_a_range_has_the_values_of_its_arithmetic(first: int, length: int, step: int) -> None:
    last = first + length
    assert parse_numbers(f"{first}-{last}+{step}", flag="-p") == tuple(range(first, last + 1, step))
    geometric = parse_numbers(f"{first + 1}-{last + 1}*{step + 1}", flag="-p")
    assert geometric[0] == first + 1
    assert geometric[-1] <= last + 1 < geometric[-1] * (step + 1)
    assert all(after == before * (step + 1) for before, after in pairwise(geometric))


@given(st.lists(st.integers(0, LARGEST), min_size=1, max_size=20))
@settings(max_examples=50)
def test_a_list_comes_back_in_order_and_each_value_once(numbers: list[int]) -> None:
    text = ",".join(map(str, numbers))
    assert parse_numbers(text, flag="-p") == tuple(dict.fromkeys(numbers))


@given(st.text(alphabet="0123456789-+*, x", max_size=12))
@settings(max_examples=100)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        values = parse_numbers(text, flag="-t", allow_negative=True)
    except InputError:
        return
    assert 0 < len(values) <= MOST_VALUES
    assert len(set(values)) == len(values)


def test_pairs_are_read_one_or_several() -> None:
    assert parse_pairs("512,128") == ((512, 128),)
    assert parse_pairs("512,128,1024,256,512,128") == ((512, 128), (1024, 256))
    assert parse_pairs("512,0") == ((512, 0),)


@pytest.mark.parametrize(
    "text", ["", "512", "512,128,64", "512,a", "-1,2", "0,0", "512;128", "1-2,3", "5,", "9999999999,1"]
)
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_pairs(text)
    assert caught.value.where == "-pg"


def test_words_are_read_with_their_other_spellings() -> None:
    assert parse_words("f16,q8_0,f16", ("f16", "q8_0"), "-ctk") == ("f16", "q8_0")
    assert parse_words("1,-1,off", FLASH_ATTN_WORDS, "-fa", FLASH_ATTN_ALIASES) == ("on", "auto", "off")


@pytest.mark.parametrize("text", ["", "f16,", "q8", "F16", "on"])
def test_a_word_that_is_not_allowed_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_words(text, ("f16", "q8_0"), "-ctk")
    assert caught.value.where == "-ctk"
    assert "q8_0" in str(caught.value)
