"""One point of a speed grid: what it is called, and what the worker is asked to do for it."""

from dataclasses import dataclass

from bench.worker.protocol import TimeBoth, TimeDecode, TimeParallel, TimePrefill, TimeWarmPrefix

SpeedCommand = TimePrefill | TimeDecode | TimeBoth | TimeParallel | TimeWarmPrefix


@dataclass(frozen=True, slots=True)
class SpeedTest:
    """A prompt of ``n_prompt`` tokens, ``n_gen`` steps, or both, after ``n_depth`` cached tokens.

    ``n_parallel`` sequences do so at once; None: one, held as deployed. With ``is_warm`` all of the prompt
    but its last token is in the cache.
    """

    n_prompt: int = 0
    n_gen: int = 0
    n_depth: int = 0
    n_parallel: int | None = None
    is_warm: bool = False

    @property
    def name(self) -> str:
        """As llama-bench names it: ``pp512+tg128``, ``tg128 @ d1024``; and ``tg128 x8``, ``wp512``."""
        prompt = f"{'wp' if self.is_warm else 'pp'}{self.n_prompt}" if self.n_prompt else ""
        steps = f"tg{self.n_gen}" if self.n_gen else ""
        name = "+".join(part for part in (prompt, steps) if part)
        if self.n_parallel is not None:
            name += f" x{self.n_parallel}"
        return f"{name} @ d{self.n_depth}" if self.n_depth else name

    @property
    def n_cached(self) -> int:
        """Tokens of the prompt that are taken from the cache."""
        return self.n_prompt - 1 if self.is_warm else 0

    @property
    def n_tokens(self) -> int:
        """Tokens that one repetition evaluates, those of all sequences together."""
        return (self.n_prompt - self.n_cached + self.n_gen) * (self.n_parallel or 1)

    @property
    def n_ctx(self) -> int:
        """Cache cells that one sequence needs."""
        return self.n_depth + self.n_prompt + self.n_gen

    def command(self, seed: int) -> SpeedCommand:
        if self.n_parallel is not None:
            return TimeParallel(self.n_prompt, self.n_gen, self.n_depth, self.n_parallel, seed)
        if self.is_warm:
            return TimeWarmPrefix(self.n_prompt, seed)
        if self.n_prompt and self.n_gen:
            return TimeBoth(self.n_prompt, self.n_gen, self.n_depth, seed)
        if self.n_prompt:
            return TimePrefill(self.n_prompt, seed, self.n_depth)
        return TimeDecode(self.n_gen, self.n_depth, seed)
