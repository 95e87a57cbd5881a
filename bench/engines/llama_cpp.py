"""llama.cpp through its low-level C interface: one model, one context, no layer in between.

The high-level class of the same package copies logits and tokens at every step and takes a fifth of the
speed; here a step costs some microseconds of Python around ``llama_decode``.
"""

import ctypes
import os
import time
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bench.engines.ceilings import measure_ceilings
from bench.engines.gguf import GgufHeader, read_header
from bench.engines.gguf_types import TENSOR_TYPES
from bench.engines.llama_library import LlamaLibrary, library
from bench.engines.llama_quantize import quantize
from bench.engines.llama_vocabulary import LlamaVocabulary
from bench.engines.protocol import Buffer, Device, EngineSettings, Message, ModelInfo
from bench.engines.results import CeilingsFound
from bench.engines.session import QUANTIZED_CACHE, check_reopened, check_settings
from bench.engines.thinking import ThinkingSupport
from bench.errors import EngineError

FLASH_ATTENTION = {"auto": -1, "off": 0, "on": 1}
LOAD_MODES = {(False, False): 0, (True, False): 1, (False, True): 2, (True, True): 3}  # (mmap, mlock)
TYPE_IDS = {name.lower(): number for number, (name, _, _) in TENSOR_TYPES.items()}
NO_DEVICES = (ctypes.c_void_p * 1)()  # a list's end and no more; without a list, a GPU would keep a part
INVALID_BATCH = -1  # refused before anything was submitted
DECODE_ERRORS = {1: "the KV cache has no room for the batch", 2: "the computation was aborted"}


class LlamaCppEngine:
    """Not thread-safe. ``load`` may be called again; the model before is freed first.

    After ``reopen`` has failed only ``reopen``, ``load`` and ``close`` may be called: there is no context.
    """

    now_ns = staticmethod(time.perf_counter_ns)

    def __init__(self) -> None:
        self._library: LlamaLibrary = library()
        self._api = self._library.api
        self._model: Any = None
        self._context: Any = None
        self._pool: int | None = None
        self._settings = EngineSettings()
        self._path = ""
        self._header: GgufHeader | None = None
        self._weights: tuple[Buffer, ...] = ()
        self._devices_before: tuple[Device, ...] = ()

    # -- loading ---------------------------------------------------------------------------------

    def load(self, model_path: str, settings: EngineSettings) -> ModelInfo:
        """Load and make a context; everything that would abort in native code is refused before.

        Raises EngineError for what is no usable model or setting, MemoryError when the library says that it
        could not allocate.
        """
        self.close()
        header = read_header(Path(model_path))
        self._check(header, settings, model_path)
        self._header, self._path, self._settings = header, model_path, settings
        self._devices_before = self._library.devices()
        self._library.log.restart()
        self._load_model(model_path)
        self._weights = self._library.log.buffers
        return self._open(header)

    def reopen(self, settings: EngineSettings) -> ModelInfo:
        self._close_context()
        if self._header is None or not self._model:
            raise EngineError("no model is loaded")
        check_reopened(self._settings, settings, self._path)
        self._check(self._header, settings, self._path)
        self._settings = settings
        return self._open(self._header)

    def _open(self, header: GgufHeader) -> ModelInfo:
        self._library.log.restart()
        self._make_context()
        self._make_batch()
        return self._describe(header)

    def devices(self) -> tuple[Device, ...]:
        return self._library.devices()

    def _check(self, header: GgufHeader, settings: EngineSettings, where: str) -> None:
        if header.n_ctx_train is None:
            raise EngineError(
                f"a model of architecture {header.architecture!r} generates no text", where=where
            )
        check_settings(settings, header.n_ctx_train, where)
        for cache_type, key in ((settings.type_k, "key_length"), (settings.type_v, "value_length")):
            if cache_type not in TYPE_IDS:
                raise EngineError(f"no cache type is called {cache_type!r}", where=where)
            width = header.of_architecture(f"attention.{key}")
            if isinstance(width, int) and width % QUANTIZED_CACHE.get(cache_type, 1):
                raise EngineError(
                    f"a {cache_type} cache does not divide the model's {key} {width}", where=where
                )
        if settings.n_gpu_layers and not self._api.llama_supports_gpu_offload():
            raise EngineError(
                "this build of the engine cannot use a GPU",
                where=where,
                remedy="set n_gpu_layers to 0, or build with scripts/quickstart.py --backend",
            )

    def _load_model(self, path: str) -> None:
        settings = self._settings
        params = self._api.llama_model_default_params()
        params.n_gpu_layers = settings.n_gpu_layers
        if settings.n_gpu_layers == 0:
            params.devices = ctypes.cast(NO_DEVICES, ctypes.c_void_p)
        params.load_mode = LOAD_MODES[settings.use_mmap, settings.use_mlock]
        encoded = path.encode() if os.name == "nt" else os.fsencode(path)
        self._model = self._api.llama_model_load_from_file(encoded, params)
        if not self._model:
            self._library.log.refused("load the model", path)
        if self._api.llama_model_has_encoder(self._model) or not self._api.llama_model_has_decoder(
            self._model
        ):
            self.close()
            raise EngineError("only decoder models are supported, and this one encodes", where=path)
        self._vocabulary = LlamaVocabulary(self._api, self._model)
        self._row_type: Any = ctypes.c_float * self._vocabulary.n_tokens

    def _make_context(self) -> None:
        settings = self._settings
        params = self._api.llama_context_default_params()
        params.n_ctx = settings.n_ctx
        params.n_batch = settings.n_batch
        params.n_ubatch = settings.n_ubatch
        params.n_seq_max = settings.n_seq_max
        params.n_threads = settings.n_threads
        params.n_threads_batch = settings.n_threads_batch
        params.flash_attn_type = FLASH_ATTENTION[settings.flash_attn]
        params.type_k = TYPE_IDS[settings.type_k]
        params.type_v = TYPE_IDS[settings.type_v]
        params.swa_full = settings.swa_full
        params.kv_unified = settings.kv_unified
        # No layer on a GPU means no GPU at all: else large batches and the cache would still go there.
        params.offload_kqv = params.op_offload = settings.n_gpu_layers != 0
        self._context = self._api.llama_init_from_model(self._model, params)
        if not self._context:
            self._library.log.refused("make a context", self._path)
        self._pool = self._library.new_threadpool(max(settings.n_threads, settings.n_threads_batch))
        if self._pool is not None:
            self._library.attach_threadpool(self._context, self._pool)
        self._memory = self._api.llama_get_memory(self._context)
        self._has_stepped = False
        self._n_under_way = 0
        self._n_before = 0

    def _make_batch(self) -> None:
        """One batch for the life of the context: each call fills the front of its arrays."""
        self._n_batch: int = self._api.llama_n_batch(self._context)
        n = self._n_batch
        self._tokens = (ctypes.c_int32 * n)()
        self._positions = (ctypes.c_int32 * n)()
        self._sequences = (ctypes.c_int32 * n)()
        self._wants = (ctypes.c_int8 * n)()
        self._one_each = (ctypes.c_int32 * n)(*[1] * n)
        pointer, start = ctypes.POINTER(ctypes.c_int32), ctypes.addressof(self._sequences)
        self._sequence_of = (pointer * n)(*[ctypes.cast(start + 4 * row, pointer) for row in range(n)])
        self._batch = self._api.llama_batch(
            n_tokens=0,
            token=self._tokens,
            embd=None,
            pos=self._positions,
            n_seq_id=self._one_each,
            seq_id=self._sequence_of,
            logits=self._wants,
        )

    def _describe(self, header: GgufHeader) -> ModelInfo:
        buffers = self._weights + self._library.log.buffers
        described = ctypes.create_string_buffer(256)
        self._api.llama_model_desc(self._model, described, len(described))
        return ModelInfo(
            n_params=self._api.llama_model_n_params(self._model),
            tensor_bytes=self._api.llama_model_size(self._model),
            n_ctx_train=self._api.llama_model_n_ctx_train(self._model),
            n_vocab=self._vocabulary.n_tokens,
            has_chat_template=header.has_chat_template,
            is_mapped=any(buffer.device.endswith("_Mapped") for buffer in buffers),
            buffers=buffers,
            engine_version=self._library.version,
            engine_build=self._library.build,
            system_info=self._library.text("llama_print_system_info"),
            devices=self._devices_before,
            device_used_bytes=taken_bytes(self._devices_before, self._library.devices()),
            model_type=described.value.decode("utf-8", "replace"),
            build_commit=self._library.build_commit,
            build_number=self._library.build_number,
        )

    def close(self) -> None:
        self._close_context()
        if self._model:
            self._api.llama_model_free(self._model)
            self._model = None

    def _close_context(self) -> None:
        if self._context:
            self._api.llama_free(self._context)
            self._context = None
        if self._pool is not None:
            self._library.free_threadpool(self._pool)
            self._pool = None

    # -- text ------------------------------------------------------------------------------------

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        return self._vocabulary.tokenize(text, add_special=add_special, parse_special=parse_special)

    def detokenize(self, tokens: Sequence[int], *, special: bool = False) -> bytes:
        return self._vocabulary.detokenize(tokens, special=special)

    def render_chat(self, messages: Sequence[Message], thinking: bool | None = None) -> str:
        return self._vocabulary.render_chat(messages, thinking)

    def thinking_support(self) -> ThinkingSupport:
        return self._vocabulary.thinking_support

    def ends_generation(self, token: int) -> bool:
        return self._vocabulary.ends_generation(token)

    # -- the cache and the model -----------------------------------------------------------------

    def clear(self) -> None:
        self._api.llama_memory_clear(self._memory, False)
        self._n_before = 0
        self._n_before = self.evaluated_tokens()

    def copy_sequence(self, source: int, target: int) -> None:
        self._check_sequences((source, target))
        self._api.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def drop(self, sequence: int, from_position: int) -> None:
        self._check_sequences((sequence,))
        if not self._api.llama_memory_seq_rm(self._memory, sequence, from_position, -1):
            raise EngineError("this model's cache cannot forget a part of a sequence")

    def save_sequence(self, sequence: int) -> bytearray:
        self._check_sequences((sequence,))
        self.synchronize()
        self._library.log.errors.clear()
        n_bytes = self._api.llama_state_seq_get_size(self._context, sequence)
        state = bytearray(n_bytes)
        if not n_bytes or n_bytes != self._api.llama_state_seq_get_data(
            self._context, (ctypes.c_uint8 * n_bytes).from_buffer(state), n_bytes, sequence
        ):
            self._library.log.refused("save a sequence")
        return state

    def restore_sequence(self, sequence: int, state: bytearray) -> None:
        self._check_sequences((sequence,))
        self.synchronize()
        self._library.log.errors.clear()
        data = (ctypes.c_uint8 * len(state)).from_buffer(state)
        if not self._api.llama_state_seq_set_data(self._context, data, len(state), sequence):
            self._api.llama_memory_seq_rm(self._memory, sequence, -1, -1)  # one of two caches may be filled
            self._library.log.refused("restore a sequence")

    def decode(
        self,
        tokens: Sequence[int],
        positions: Sequence[int],
        sequences: Sequence[int] | Sequence[tuple[int, ...]],
        wants_logits: Sequence[bool],
    ) -> None:
        n = len(tokens)
        if not 0 < n <= self._n_batch:
            raise EngineError(f"a batch of {n} tokens does not fit n_batch {self._n_batch}")
        self._tokens[:n] = tokens
        self._positions[:n] = positions
        self._wants[:n] = wants_logits
        if isinstance(sequences[0], tuple):
            self._take_sets(cast(Sequence[tuple[int, ...]], sequences))
        else:
            self._check_sequences(cast(Sequence[int], sequences))
            self._sequences[:n] = sequences
            self._batch.n_seq_id, self._batch.seq_id = self._one_each, self._sequence_of
        self._batch.n_tokens = n
        status = self._api.llama_decode(self._context, self._batch)
        if status != INVALID_BATCH:
            self._n_under_way += n
        if status:
            reason = DECODE_ERRORS.get(status) or "; ".join(self._library.log.errors) or f"status {status}"
            raise EngineError(f"llama.cpp cannot evaluate the batch: {reason}")

    def _take_sets(self, sets: Sequence[tuple[int, ...]]) -> None:
        """Rows of several sequences: the batch's pointers lead into one array of all their numbers."""
        flat, counts = [sequence for one in sets for sequence in one], [len(one) for one in sets]
        self._check_sequences(flat)
        if not all(counts) or (max(counts) > 1 and not self._settings.kv_unified):
            raise EngineError("a token belongs to one sequence, or to several of a unified cache")
        numbers, lengths = (ctypes.c_int32 * len(flat))(*flat), (ctypes.c_int32 * len(sets))(*counts)
        starts = accumulate(counts[:-1], initial=0)
        base, width = ctypes.addressof(numbers), ctypes.sizeof(ctypes.c_int32)
        pointers = (ctypes.c_size_t * len(sets))(*[base + width * start for start in starts])
        self._sets = numbers, pointers  # kept as long as the batch points to them
        self._batch.n_seq_id = lengths
        self._batch.seq_id = ctypes.cast(pointers, ctypes.POINTER(ctypes.POINTER(ctypes.c_int32)))

    def synchronize(self) -> None:
        self._api.llama_synchronize(self._context)
        self._waited()

    def _waited(self) -> None:
        """Follow llama.cpp's counting: it takes whatever was submitted since the last wait as one batch."""
        if self._n_under_way == 1:
            self._has_stepped = True
        self._n_under_way = 0

    def logits(self, row: int) -> NDArray[np.float32]:
        address = self._library.logits_address(self._context, row)  # waits for the batch
        self._waited()
        if not address:
            raise EngineError(f"row {row} of the last batch has no logits")
        return np.frombuffer(self._row_type.from_address(address), np.float32)

    def evaluated_tokens(self) -> int:
        """By llama.cpp's own counters of prompt tokens and single-token steps, each reported as at least 1.

        A batch of several tokens counts 2 or more, so a 1 of the first is a 0; for the second it is known
        whether any step was ever made. A batch that failed counts, too: ``clear`` after an error.
        """
        self.synchronize()
        counted = self._api.llama_perf_context(self._context)
        n_batched = counted.n_p_eval if counted.n_p_eval > 1 else 0
        n_steps = counted.n_eval if self._has_stepped else 0
        total: int = n_batched + n_steps - self._n_before
        return total

    def _check_sequences(self, sequences: Sequence[int]) -> None:
        if max(sequences) >= self._settings.n_seq_max or min(sequences) < 0:
            raise EngineError(f"sequences {min(sequences)}..{max(sequences)} do not exist")

    # -- beside the context ----------------------------------------------------------------------

    def measure_ceilings(self, n_threads: int, spare_bytes: int) -> CeilingsFound:
        if self._header is None or not self._model:
            raise EngineError("no model is loaded")
        if self._settings.n_gpu_layers:
            raise EngineError(
                "ceilings are measured on the CPU only, and this model computes on a GPU, too",
                where=self._path,
                remedy="set n_gpu_layers to 0",
            )
        return measure_ceilings(
            self._library,
            self._header,
            n_threads=n_threads,
            spare_bytes=spare_bytes,
            now_ns=self.now_ns,
        )

    def quantize(
        self, source_path: str, target_path: str, ftype: str, n_threads: int, *, is_dry_run: bool = False
    ) -> int:
        return quantize(self._library, source_path, target_path, ftype, n_threads, is_dry_run=is_dry_run)


def taken_bytes(before: Sequence[Device], after: Sequence[Device]) -> dict[str, int]:
    """Name of each GPU that tells its free memory, and how much less of it is free than before.

    What a driver takes for the process itself is taken when it is first asked, and not in it. A driver that
    calls all memory free even then does not follow its use: its device is left out, since 0 would be untrue.
    """
    free_after = {device.name: device.free_bytes for device in after}
    taken = {}
    for device in before:
        free = free_after.get(device.name)
        follows_use = free != device.total_bytes
        if device.is_gpu and device.free_bytes is not None and free is not None and follows_use:
            taken[device.name] = max(0, device.free_bytes - free)
    return taken
