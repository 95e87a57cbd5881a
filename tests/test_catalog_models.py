"""``models.toml``: the file that comes with the program, and what a user's own may and may not hold."""

import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.catalog.models import configuration_folder, load_models
from bench.catalog.types import FileSource, HttpsSource, HubSource, ModelEntry, PypiSource, RequantizedSource
from bench.engines.protocol import EngineSettings
from bench.errors import CatalogError, InputError

REPOSITORY = Path(__file__).parents[1]
SMALLEST = '[models."m"]\nlicence = "MIT"\nhttps = "https://host/m.gguf"\n'


def load(folder: Path, text: str) -> ModelEntry:
    path = folder / "models.toml"
    path.write_text(text, "utf-8")
    catalog = load_models(path)
    return catalog.entries[catalog.default]


def refusal(folder: Path, text: str) -> CatalogError:
    with pytest.raises(CatalogError) as caught:
        load(folder, text)
    return caught.value


# -- the file that comes with the program ------------------------------------------------------------


def test_the_repository_holds_the_models_that_were_promised() -> None:
    catalog = load_models(REPOSITORY / "models.toml")
    assert catalog.default == "smollm2-135m-instruct-q4_1"
    default = catalog.find(catalog.default)
    assert default.artifact.size_bytes == 98_362_432
    assert default.artifact.sha256 == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    assert default.artifact.file_name == "SmolLM2-135M-Instruct.Q4_1.gguf"
    base = catalog.find("gemma-3-270m-q4_k_m")
    assert base.is_base
    assert base.artifact.file_name == "gemma-3-270m-q4_k_m.gguf"
    assert isinstance(base.artifact.source, PypiSource)
    assert len(base.artifact.source.parts) == 4
    sources = [entry.artifact.source for entry in catalog.entries.values()]
    made_here = [source for source in sources if isinstance(source, RequantizedSource)]
    assert {source.base for source in made_here} == {catalog.default}
    assert len(made_here) >= 3
    assert sum(isinstance(source, HubSource) for source in sources) >= 20


def test_every_entry_of_the_repository_can_be_held_by_the_engine() -> None:
    for entry in load_models(REPOSITORY / "models.toml").entries.values():
        EngineSettings(**entry.settings)  # type: ignore[arg-type]
        assert entry.artifact.sha256 or entry.note or isinstance(entry.artifact.source, RequantizedSource)


def test_no_two_entries_share_a_hash_or_a_cache_place() -> None:
    artifacts = [entry.artifact for entry in load_models(REPOSITORY / "models.toml").entries.values()]
    hashes = [artifact.sha256 for artifact in artifacts if artifact.sha256]
    assert len(hashes) == len(set(hashes))
    places = [(artifact.name.casefold(), artifact.file_name.casefold()) for artifact in artifacts]
    assert len(places) == len(set(places))


def test_a_misspelt_name_gets_the_nearest_and_the_file() -> None:
    catalog = load_models(REPOSITORY / "models.toml")
    with pytest.raises(InputError, match="did you mean 'smollm2-135m-instruct-q4_1'") as caught:
        catalog.find("smolm2-135m-instruct-q4_1")
    assert caught.value.where == str(catalog.read_from)


# -- which file is read ------------------------------------------------------------------------------


def test_the_order_of_look_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    explicit, here, home = tmp_path / "mine.toml", tmp_path / "here", tmp_path / "home"
    here.mkdir()
    for variable in ("HOME", "USERPROFILE", "APPDATA", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(home))
    monkeypatch.chdir(here)
    assert load_models().read_from.name == "models.toml"
    assert len(load_models().entries) > 20
    configured = configuration_folder() / "models.toml"
    assert configured.is_relative_to(home)
    configured.parent.mkdir(parents=True)
    configured.write_text(SMALLEST)
    assert load_models().read_from == configured
    (here / "models.toml").write_text(SMALLEST)
    assert load_models().read_from == (here / "models.toml").absolute()
    explicit.write_text(SMALLEST)
    assert load_models(explicit).read_from == explicit
    assert len(load_models(explicit).sha256) == 64


def test_an_explicit_file_that_is_missing_is_an_error_not_the_next_one(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="cannot be read"):
        load_models(tmp_path / "none.toml")


def test_reading_the_catalog_imports_nothing_heavy() -> None:
    import subprocess

    program = (
        "import sys; from bench.catalog.models import load_models; load_models();"
        "print([m for m in ('pydantic', 'numpy', 'rich', 'urllib.request', 'genai_prices', 'click') "
        "if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=REPOSITORY, check=True
    )
    assert answer.stdout.strip() == "[]"


# -- a user's own file ---------------------------------------------------------------------------------


def test_the_smallest_entry(tmp_path: Path) -> None:
    entry = load(tmp_path, SMALLEST)
    assert entry.artifact.source == HttpsSource("https://host/m.gguf")
    assert entry.artifact.file_name == "m.gguf"
    assert (entry.n_params, entry.n_ctx_train, entry.is_base, entry.settings) == (None, None, False, {})
    assert entry.artifact.sha256 is None


def test_each_source(tmp_path: Path) -> None:
    def source(line: str) -> ModelEntry:
        return load(tmp_path, f'[models."m"]\nlicence = "MIT"\n{line}\n')

    hub = source('hub = { repo = "o/n", file = "sub/f.gguf" }').artifact
    assert (hub.source, hub.file_name) == (HubSource("o/n", "sub/f.gguf", "main"), "f.gguf")
    local = source('file = "weights/f.gguf"').artifact
    assert (local.source, local.file_name) == (FileSource(tmp_path / "weights/f.gguf"), "f.gguf")
    odd = source('https = "https://host/a%20b;c?x=1"').artifact
    assert odd.file_name == "m.gguf"


def test_default_is_the_first_unless_named(tmp_path: Path) -> None:
    two = SMALLEST + SMALLEST.replace('"m"', '"n"')
    assert load(tmp_path, two).name == "m"
    assert load(tmp_path, 'default = "n"\n' + two).name == "n"
    assert "none of the models" in refusal(tmp_path, 'default = "x"\n' + two).what


def test_settings_are_those_of_the_engine(tmp_path: Path) -> None:
    given_settings = 'settings = { n_ctx = 512, n_gpu_layers = -1, type_k = "q8_0", use_mmap = false }'
    assert load(tmp_path, SMALLEST + given_settings).settings == {
        "n_ctx": 512,
        "n_gpu_layers": -1,
        "type_k": "q8_0",
        "use_mmap": False,
    }
    error = refusal(tmp_path, SMALLEST + "settings = { n_gpu_layer = 1 }")
    assert "did you mean 'n_gpu_layers'" in error.what
    assert "models.toml: models.m.settings.n_gpu_layer" in str(error.where)
    assert "at least 1" in refusal(tmp_path, SMALLEST + "settings = { n_ctx = 0 }").what
    assert "one of" in refusal(tmp_path, SMALLEST + 'settings = { type_k = "q9" }').what


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "holds no model"),
        ('[models."m"]\nlicence = "MIT"', "exactly one source"),
        (SMALLEST + 'file = "x"', "not https and file"),
        ('[models."m"]\nhttps = "https://h/f"', "missing key 'licence'"),
        (SMALLEST + 'sha256 = "abc"', "64 lowercase hexadecimal digits"),
        (SMALLEST + "size_bytes = 0", "at least 1"),
        (SMALLEST + "licens = 1", "did you mean 'licence'"),
        (SMALLEST + "[modles]", "did you mean 'models'"),
        (SMALLEST + SMALLEST, "Cannot declare"),
        (SMALLEST.replace("https://", "http://"), "http without a sha256"),
        (SMALLEST.replace("https://host", "ftp://host"), "must look like https://"),
        ('[models."m"]\nlicence = "MIT"\npypi = []', "at least one part"),
        ('[models."m"]\nlicence = "MIT"\nfile = "/"', "must be the path of a file"),
        (
            '[models."m"]\nlicence = "MIT"\npypi = [{ package = "p>=1", member = "f" }]',
            "must look like name==version",
        ),
        ('[models."m"]\nlicence = "MIT"\nhub = { repo = "n", file = "f" }', "must look like owner/name"),
        ('[models."M"]\nlicence = "MIT"', "cannot be a name"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    error = refusal(tmp_path, text)
    assert complaint in error.what
    assert str(error.where).startswith(str(tmp_path / "models.toml"))


def test_a_home_of_nobody_is_a_folder_of_this_name(tmp_path: Path) -> None:
    entry = load(tmp_path, '[models."m"]\nlicence = "MIT"\nfile = "~nobody-of-this-name/m.gguf"')
    assert entry.artifact.source == FileSource(tmp_path / "~nobody-of-this-name" / "m.gguf")


def test_an_unquoted_dot_is_explained(tmp_path: Path) -> None:
    error = refusal(tmp_path, '[models.qwen2.5-0.5b]\nlicence = "MIT"\nhttps = "https://h/f"')
    assert error.remedy is not None
    assert "quoted" in error.remedy


def test_requantized_models_name_a_model_that_is_not(tmp_path: Path) -> None:
    made = '[models."{0}"]\nlicence = "MIT"\nrequantize = {{ base = "{1}", ftype = "Q8_0" }}\n'
    assert load(tmp_path, 'default = "q"\n' + SMALLEST + made.format("q", "m")).artifact.file_name == "q.gguf"
    assert "no model 'mm'; did you mean 'm'" in refusal(tmp_path, SMALLEST + made.format("q", "mm")).what
    twice = SMALLEST + made.format("q", "m") + made.format("r", "q")
    assert "requantized itself" in refusal(tmp_path, twice).what


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "licence",
                "hub",
                "https",
                "pypi",
                "settings",
                "sha256",
                "size_bytes",
                "requantize",
                "note",
                "is_base",
            ]
        ),
        unique=True,
    ),
    st.sampled_from(['"x"', "1", "-1.5", "true", "[]", "{}", "[{}]", '{ repo = "a/b" }', "2026-01-01"]),
)
def test_random_entries_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], value: str
) -> None:
    path = tmp_path_factory.mktemp("random") / "models.toml"
    path.write_text("[models.m]\n" + "".join(f"{key} = {value}\n" for key in keys))
    with suppress(CatalogError):
        load_models(path)
