"""Who measured what and where: tool, machine, model, settings, engine."""

from typing import Literal

from pydantic import Field

from bench.records.base import Bytes, Count, Frozen, Whole


class Tool(Frozen):
    version: str
    commit: str | None
    arguments: tuple[str, ...] = Field(description="the command line after the program's name, paths reduced")
    catalogs_sha256: dict[str, str]


class Machine(Frozen):
    """The machine's fingerprint: nothing that names a person, host or place. None, "unknown": not told."""

    machine_class: str
    system: str
    architecture: str
    cpu_model: str
    physical_cores: Whole | None
    usable_cpus: Whole | None
    memory_bytes: Bytes | None
    gpus: tuple[str, ...]
    python: str
    container_limits: dict[str, str]
    caches: dict[str, Bytes] = Field(
        default_factory=dict, description="one instance of each level, as the CPU holds it: L1d, L2, L3"
    )
    battery_wh: float | None = Field(
        default=None,
        gt=0,
        description="of all batteries when full, as worn as they are; None: none, or not told",
    )


class Model(Frozen):
    name: str
    file_name: str
    sha256: str
    size_bytes: Bytes | None = Field(description="of the file; None: another tool did not tell")
    source: str = Field(description="how the bytes came: pypi:…, hub:…, https:…, file, ollama:…")
    pinned_by: Literal["catalog", "first-download", "local-file"]
    requantized_from: str | None = None
    licence: str | None = None
    quantization: str | None = None
    n_params: Count | None = None
    tensor_bytes: Bytes | None = None
    bits_per_weight: float | None = None
    n_ctx_train: Count | None = None
    has_chat_template: bool | None = None
    type_name: str | None = Field(default=None, description="as the engine describes it: llama 256M Q4_1")


class Settings(Frozen):
    """``engines.protocol.EngineSettings`` as it was used."""

    engine: str
    n_ctx: Whole
    n_batch: Whole
    n_ubatch: Whole
    n_threads: Whole
    n_threads_batch: Whole
    n_gpu_layers: Whole
    n_seq_max: Whole
    kv_unified: bool
    swa_full: bool
    type_k: str
    type_v: str
    flash_attn: str
    use_mmap: bool
    use_mlock: bool


# As llama-bench's flags call them.
SETTING_NAMES = {
    "n_threads": "t",
    "n_threads_batch": "tb",
    "n_batch": "b",
    "n_ubatch": "ub",
    "type_k": "ctk",
    "type_v": "ctv",
    "flash_attn": "fa",
    "n_gpu_layers": "ngl",
    "n_ctx": "c",
}


class Gpu(Frozen):
    """A device of the engine that is no CPU; bytes as the engine told them before the model was loaded."""

    name: str
    description: str
    total_bytes: Bytes | None
    free_bytes: Bytes | None


class EngineBuild(Frozen):
    name: str
    version: str
    build: str
    system_info: str
    devices: tuple[str, ...]
    gpus: tuple[Gpu, ...] = ()
    commit: str | None = None
    build_number: Whole | None = None
