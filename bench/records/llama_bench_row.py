"""One row of llama-bench's JSON: its keys and types, checked before anything is made of it.

Keys by ``test::get_fields`` in llama.cpp's ``tools/llama-bench/llama-bench.cpp``. breakeven's own keys are
read where it wrote the row, so that its export comes back as it was.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

LONGEST_WORDS: Final = 4096
LARGEST: Final = 2**62
# Of a test, and not of the settings that it shares with others.
_OF_A_TEST: Final = {
    *("n_prompt", "n_gen", "n_depth", "test_time", "samples_ns"),
    *("test", "n_parallel", "n_cached", "n_ctx"),
}
# Derived from what is read, or breakeven's own: neither is a setting of llama-bench's.
_DERIVED: Final = {
    *("avg_ns", "stddev_ns", "avg_ts", "stddev_ts", "samples_ts"),
    *("median_ts", "low_ts", "high_ts", "n_disturbed", "is_disturbed_figure"),
    *("stopped_because", "warnings", "load_s", "peak_rss_bytes"),
}
_KEY: Final = re.compile("[a-z][a-z0-9_]{0,60}")


def _time(text: str) -> datetime:
    """RFC 3339; without a zone it is UTC, as llama-bench's is. ValueError for anything else."""
    at = datetime.fromisoformat(text)
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        raise ValueError("no time of this calendar") from None


def _is_time(text: str) -> str:
    _time(text)
    return text


def _is_text(text: str) -> bool:
    """JSON can hold lone surrogates, which no file in UTF-8 can."""
    return len(text) <= LONGEST_WORDS and not any("\ud800" <= letter <= "\udfff" for letter in text)


_Words = Annotated[str, Field(max_length=LONGEST_WORDS)]
_Size = Annotated[int, Field(ge=0, le=LARGEST)]
_Tokens = Annotated[int, Field(ge=0, le=2**31)]
_Threads = Annotated[int, Field(ge=1, le=2**16)]
_Nanoseconds = Annotated[int, Field(gt=0, le=LARGEST)]


class LlamaBenchRow(BaseModel):
    """One test; ``n_prompt`` and ``n_gen`` are the tokens of all its sequences."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, allow_inf_nan=False)

    build_commit: _Words
    build_number: _Size
    cpu_info: _Words
    gpu_info: _Words
    backends: _Words
    model_filename: _Words
    model_type: _Words
    model_size: _Size
    model_n_params: _Size
    n_batch: _Tokens
    n_ubatch: _Tokens
    n_threads: _Threads
    type_k: _Words
    type_v: _Words
    n_gpu_layers: Annotated[int, Field(ge=-(2**31), le=2**31)]
    flash_attn: bool | Annotated[int, Field(ge=-1, le=1)]  # bool: of older versions
    n_prompt: _Tokens
    n_gen: _Tokens
    n_depth: _Tokens
    test_time: Annotated[_Words, AfterValidator(_is_time)]
    samples_ns: Annotated[list[_Nanoseconds], Field(min_length=1)]
    load_mode: _Words | None = None
    use_mmap: bool = True  # of older versions, before load_mode

    test: _Words | None = None
    n_parallel: Annotated[int, Field(ge=1, le=2**16)] | None = None
    n_cached: _Tokens = 0
    n_ctx: _Tokens | None = None
    n_threads_batch: _Threads | None = None
    breakeven_record: _Words | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.n_prompt + self.n_gen:
            raise ValueError("n_prompt and n_gen are both 0: no test")
        if self.n_prompt % self.n_sequences or self.n_gen % self.n_sequences:
            raise ValueError("n_prompt and n_gen do not divide by n_parallel")
        if self.n_cached > self.n_depth:
            raise ValueError("n_cached is more than n_depth")
        for key, value in self.other_settings.items():
            is_fit = _is_text(value) if isinstance(value, str) else abs(value) <= LARGEST
            if not (_KEY.fullmatch(key) and is_fit):
                raise ValueError(f"{key[:40]!r} holds what is no setting")
        return self

    @property
    def n_sequences(self) -> int:
        return self.n_parallel or 1

    @property
    def at(self) -> datetime:
        """When the test began, UTC."""
        return _time(self.test_time)

    @property
    def name(self) -> str:
        """As llama-bench's table names it, unless the row says."""
        if self.test is not None:
            return self.test
        parts = [f"{kind}{count}" for kind, count in (("pp", self.n_prompt), ("tg", self.n_gen)) if count]
        return "+".join(parts) + (f" @ d{self.n_depth}" if self.n_depth else "")

    @property
    def other_settings(self) -> dict[str, str | int | bool]:
        """What only llama-bench knows, as it was told; ``load_mode`` is finer than a record's words."""
        told = {**(self.model_extra or {}), "load_mode": self.load_mode}
        return {
            key: value
            for key, value in sorted(told.items())
            if key not in _DERIVED and isinstance(value, str | int)
        }

    @property
    def shared(self) -> dict[str, object]:
        """Build, machine, model and settings: rows of one record agree in these."""
        names = set(type(self).model_fields) - _OF_A_TEST
        return {**self.model_dump(mode="json", include=names), **self.other_settings}

    @property
    def measured(self) -> dict[str, object]:
        """The test, and its samples."""
        return self.model_dump(mode="json", include=_OF_A_TEST)
