"""API profiles: every one priced as it says, every figure with its source."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bench.catalog.apis import ApiCatalog, load_apis
from bench.catalog.types import ApiProfile
from bench.economics.api.pricing import last_tariff_of, price_of
from bench.errors import CatalogError, EconomicsError, InputError, folded
from bench.tasks import list_tasks

TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOURCES = '[sources.s]\ntitle = "S"\ndate = "2026"\n[benchmarks]\ngsm8k = { n_items = 1319, source = "s" }\n'
PROFILE = '[apis.a]\ntitle = "A"\nprovider = "p"\ntokenizer = "estimate"\n'
BACKWARD_PRICE = """
[[apis.a.prices]]
input_usd_per_mtok = 1
output_usd_per_mtok = 1
source = "s"
valid_from = 2026-01-02
valid_until = 2026-01-01
"""
NAMES = sorted(load_apis().profiles)


@pytest.fixture(scope="module")
def catalog() -> ApiCatalog:
    return load_apis()


def load(folder: Path, text: str) -> ApiProfile:
    path = folder / "apis.toml"
    path.write_text(text, "utf-8")
    return load_apis(path).profiles["a"]


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_has_exactly_the_price_that_it_asks_for(name: str, catalog: ApiCatalog) -> None:
    from genai_prices import Usage, calc_price

    profile = catalog.profiles[name]
    if profile.price_model is None:
        assert profile.note is not None
        assert "no price" in profile.note
        return
    price = calc_price(
        Usage(input_tokens=1000, output_tokens=1000),
        profile.price_model,
        provider_id=profile.provider,
        genai_request_timestamp=TODAY,
    )
    # The table matches loosely: a near miss would be priced, too.
    assert price.model.id == (profile.matched_id or profile.price_model)
    assert price.input_price > 0
    assert price.output_price > 0


def test_the_profiles_that_were_promised(catalog: ApiCatalog) -> None:
    assert {"gpt-4o-mini", "gpt-4o", "o1", "o3-mini", "o1-mini"} <= set(NAMES)
    providers = {profile.provider for profile in catalog.profiles.values()}
    assert {"openai", "anthropic", "google", "mistral", "deepseek", "x-ai", "novita"} <= providers
    today = TODAY.date()
    served = [p for p in catalog.profiles.values() if p.retired is None or p.retired > today]
    assert {"openai", "anthropic", "google", "mistral", "deepseek", "x-ai", "novita"} <= {
        p.provider for p in served
    }
    assert catalog.find("claude-haiku-4-5").retired is None
    assert catalog.find("gemini-2.5-flash-lite").retired is None


NAMED = """
o3 o3-mini o1 o1-preview o1-mini o1-pro gpt-4o gpt-4o-mini gpt-4 gpt-4.5 gpt-3.5-turbo text-davinci-003
claude-3-opus claude-opus-3.5 claude-3.5-sonnet claude-3.6-sonnet claude-3.7-sonnet claude-3-haiku
gemini-1.5-flash gemini-2.0-flash gemini-2.0-flash-thinking mistral-nemo llama-3-8b
ernie-speed ernie-lite ernie-tiny o3-preview
"""


@pytest.mark.parametrize("name", NAMED.split())
def test_a_model_that_is_spoken_of_has_a_profile(name: str, catalog: ApiCatalog) -> None:
    found = catalog.find(name)
    assert found.price_model is not None or "no price" in (found.note or "")


def test_the_id_at_the_provider_means_the_first_profile_that_asks_for_it(catalog: ApiCatalog) -> None:
    assert catalog.find("claude-3-5-sonnet-20241022").name == "claude-3-6-sonnet"
    assert catalog.find("claude-3-7-sonnet-20250219").name == "claude-3-7-sonnet"  # and not the thinking one


def test_of_every_benchmark_a_score_or_what_was_searched(catalog: ApiCatalog) -> None:
    benchmarks = set(load_apis().find("o1").unknown_scores) | {one.task for one in catalog.find("o1").scores}
    assert {"gsm8k", "mmlu-pro", "aime2024"} <= benchmarks
    for profile in catalog.profiles.values():
        known = {score.task for score in profile.scores}
        assert known | set(profile.unknown_scores) == benchmarks
        assert not known & set(profile.unknown_scores)
        assert profile.scores_searched is not None
        assert profile.scores_searched.date


CHEAPEST = """
gpt-6-luna gpt-5-nano claude-haiku-5-5 gemini-2.5-flash-lite ministral-3b deepseek-flash grok-4.3
groq-gpt-oss-20b novita-llama-3.2-1b
"""


@pytest.mark.parametrize("name", CHEAPEST.split())
def test_the_cheapest_of_each_provider_is_sold_today(name: str, catalog: ApiCatalog) -> None:
    found = catalog.find(name)
    assert found.retired is None or found.retired > TODAY.date()
    assert found.price_model is not None


def test_the_defaults_are_sold_for_months_to_come_and_decide(catalog: ApiCatalog) -> None:
    chosen = [catalog.profiles[name] for name in catalog.defaults]
    assert len(chosen) == 8  # each of a hundred records meets all of them
    later = TODAY.date() + timedelta(days=45)
    assert all(one.price_model and (one.retired is None or one.retired > later) for one in chosen)
    assert any(one.is_reasoning for one in chosen)
    assert catalog.find("gpt-4o-mini") in chosen
    cheapest = {"anthropic", "google", "mistral", "deepseek", "x-ai"}
    for provider in cheapest:
        sold = [p for p in catalog.profiles.values() if p.provider == provider and p.price_model]
        live = [p for p in sold if p.retired is None or p.retired > later]
        (found,) = (one for one in chosen if one.provider == provider)
        assert _input_price(found) == min(map(_input_price, live))


def _input_price(profile: ApiProfile) -> Decimal:
    return price_of(profile, at=TODAY).input_usd_per_mtok


def test_a_batch_never_costs_more_than_the_list_price_and_every_figure_of_service_has_its_source(
    catalog: ApiCatalog,
) -> None:
    batches = {profile.provider: profile.batch for profile in catalog.profiles.values() if profile.batch}
    assert set(batches) == {"openai", "anthropic", "google", "mistral"}
    for batch in batches.values():
        assert batch.share == Decimal("0.5")
        assert batch.share <= batch.cached_share <= 1
        assert "http" in batch.cited.source
    figures = [one for profile in catalog.profiles.values() for one in profile.service]
    assert len(figures) > 5
    assert all(one.value > 0 and "http" in one.cited.source for one in figures)


def test_published_scores_stand_as_published(catalog: ApiCatalog) -> None:
    gsm8k = {
        name: score.accuracy
        for name, profile in catalog.profiles.items()
        for score in profile.scores
        if score.task == "gsm8k"
    }
    assert gsm8k["gpt-4o-mini"] == 0.932
    assert gsm8k["o1"] == 0.971
    assert gsm8k["claude-3-haiku"] == 0.889
    for profile in catalog.profiles.values():
        for score in profile.scores:
            assert 0.05 < score.accuracy < 1
            assert score.setting
            assert score.cited.source
            assert score.cited.date


@pytest.mark.parametrize(
    ("name", "task", "accuracy", "setting", "source"),
    [
        ("gpt-4o-mini", "math-500", 0.782, "not thinking", "Qwen3 Technical Report"),
        ("gpt-4o-mini", "aime2025", 0.088, "not thinking", "Qwen3 Technical Report"),
        ("gpt-4o-2024-05-13", "gpqa-diamond", 0.499, "pass@1", "DeepSeek-R1"),
        ("o1-mini", "ifeval", 0.848, "pass@1, strict, by prompt", "DeepSeek-R1"),
        ("gpt-4.1-nano", "gpqa-diamond", 0.503, "no tools", "GPT-5 for developers"),
        ("groq-llama-3.1-8b", "mmlu-pro", 0.483, "5-shot", "LLMStats"),
        ("cloudflare-llama-3.2-3b", "math", 0.48, "0-shot CoT", "Llama 3.2 model card"),
        ("azure-phi-4-mini", "math-500", 0.676, "not thinking", "Qwen3 Technical Report"),
        ("openrouter-gemma-3-4b", "gpqa-diamond", 0.308, "0-shot", "Gemma 3 model card"),
    ],
)
def test_a_score_of_a_cited_table_is_there_with_its_setting(
    name: str, task: str, accuracy: float, setting: str, source: str, catalog: ApiCatalog
) -> None:
    (found,) = (one for one in catalog.find(name).scores if one.task == task)
    assert (found.accuracy, found.setting) == (accuracy, setting)
    assert source in found.cited.source


def test_scores_are_of_as_many_items_as_the_hub_has(catalog: ApiCatalog) -> None:
    sizes = {score.task: score.n_items for profile in catalog.profiles.values() for score in profile.scores}
    hub = {task.name: task.n_items for task in list_tasks()}
    for name in ("gsm8k", "math-500", "gpqa-diamond", "mmlu-pro", "ifeval", "aime2024"):
        assert sizes[name] == hub[f"hub:{name}"]


def test_what_is_measured_otherwise_is_not_taken_for_the_benchmark(catalog: ApiCatalog) -> None:
    # Their cards give IFEval as a mean of four measures, or by one that they do not name.
    for name in ("novita-llama-3.1-8b", "cloudflare-llama-3.2-3b", "openrouter-gemma-3-4b"):
        found = catalog.find(name)
        assert "ifeval" in found.unknown_scores
        assert found.scores_searched is not None
        assert "IFEval as a mean" in found.scores_searched.source


def test_reasoning_is_always_a_range(catalog: ApiCatalog) -> None:
    for profile in catalog.profiles.values():
        for reasoning in profile.reasoning:
            assert reasoning.low <= reasoning.value <= reasoning.high
            assert reasoning.effort == "none" or reasoning.low < reasoning.high
            assert reasoning.cited.note


def test_how_many_tokens_a_model_counts_is_a_range_with_its_source(catalog: ApiCatalog) -> None:
    known = {name: one.token_ratio for name, one in catalog.profiles.items() if one.token_ratio is not None}
    assert known["claude-3-5-sonnet"].value == 1.21
    assert known["claude-haiku-5-5"].low == 1.3
    for name, ratio in known.items():
        assert catalog.profiles[name].tokenizer == "estimate"
        assert ratio.low < ratio.value < ratio.high
        assert "http" in ratio.cited.source


def test_the_launch_price_of_o1_mini(catalog: ApiCatalog) -> None:
    (price,) = catalog.find("o1-mini").prices
    assert (price.input_usd_per_mtok, price.output_usd_per_mtok) == (Decimal(3), Decimal(12))
    assert (price.valid_from, price.valid_until) == (date(2024, 9, 12), date(2025, 1, 30))


def test_nobody_was_billed_for_gemini_1_5_flash_before_billing_began(catalog: ApiCatalog) -> None:
    with pytest.raises(EconomicsError, match="released on 2024-05-30"):
        price_of(catalog.find("gemini-1.5-flash"), at=datetime(2024, 5, 20, 12, tzinfo=UTC))


def test_profiles_are_found_by_name_and_alias(catalog: ApiCatalog) -> None:
    assert catalog.find("gpt-4o-mini-2024-07-18").name == "gpt-4o-mini"
    with pytest.raises(InputError, match="unknown API 'gpt-4o-miny'; did you mean 'gpt-4o-mini'"):
        catalog.find("gpt-4o-miny")


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("GPT-4o", "gpt-4o"),
        ("ERNIE Speed", "ernie-speed"),
        ("gemini_2.5_flash_lite", "gemini-2.5-flash-lite"),
        ("claude-haiku-4.5", "claude-haiku-4-5"),
        ("gpt-5-nano-2025-08-07", "gpt-5-nano"),
        ("openai/gpt-4o-mini", "gpt-4o-mini"),
        ("OpenAI/o3-mini@high", "o3-mini@high"),
        ("openai/gpt-oss-20b", "groq-gpt-oss-20b"),  # what Groq calls it
        ("x-ai/grok-4.3", "grok-4.3"),
        ("O3 low compute", "o3-preview"),
    ],
)
def test_a_model_is_found_however_its_name_is_spelt(asked: str, name: str, catalog: ApiCatalog) -> None:
    assert catalog.find(asked).name == name


def test_another_provider_sells_another_api_and_no_two_names_are_one_spelt_twice(catalog: ApiCatalog) -> None:
    with pytest.raises(InputError, match=r"did you mean .*'gpt-4o-mini'"):
        catalog.find("azure/gpt-4o-mini")
    called = [
        (folded(name), one.name) for one in catalog.profiles.values() for name in (one.name, *one.aliases)
    ]
    assert len({name for name, _ in called}) == len(set(called))


@pytest.mark.parametrize(
    ("asked", "name", "effort"),
    [
        ("o3-mini", "o3-mini", "medium"),
        ("o3-mini@medium", "o3-mini", "medium"),  # one name for one thing
        ("o3-mini@high", "o3-mini@high", "high"),
        ("o3-mini-high", "o3-mini@high", "high"),
        ("o3-mini-2025-01-31@low", "o3-mini@low", "low"),
        ("gpt-6-luna@none", "gpt-6-luna@none", "none"),
        ("GPT 6 Luna@None", "gpt-6-luna@none", "none"),
        ("models/gemini-2.5-flash-lite", "gemini-2.5-flash-lite", None),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5", None),  # Vertex's way to write a version
        ("gpt-4o-mini", "gpt-4o-mini", None),
        ("@cf/meta/llama-3.2-1b-instruct", "cloudflare-llama-3.2-1b", None),
    ],
)
def test_a_model_is_asked_for_at_an_effort(
    asked: str, name: str, effort: str | None, catalog: ApiCatalog
) -> None:
    found = catalog.find(asked)
    assert (found.name, found.effort) == (name, effort)
    assert catalog.at_efforts[name] == found
    if found.price_model is not None and len(found.efforts) > 1:
        told = "not reasoning" if effort == "none" else f"{effort} effort"
        assert told in last_tariff_of(found, at=TODAY).price.source


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("o3-mini@max", "unknown effort 'max' of o3-mini; there are: medium, high, low"),
        ("gpt-4o-mini@high", "unknown effort 'high' of gpt-4o-mini; it has none to choose"),
        ("o3-mini-high@low", "unknown API 'o3-mini-high@low'; did you mean 'o3-mini-high'"),
        ("gpt-6-moon@none", "unknown API 'gpt-6-moon@none'"),
        ("claude-haiku-4-5@20991231", "unknown API 'claude-haiku-4-5@20991231'"),
    ],
)
def test_an_effort_that_there_is_not(asked: str, complaint: str, catalog: ApiCatalog) -> None:
    with pytest.raises(InputError) as caught:
        catalog.find(asked)
    assert caught.value.what.startswith(complaint)


def test_scores_of_an_effort_are_its_own(catalog: ApiCatalog) -> None:
    known = {one.effort: one.accuracy for one in catalog.find("o3-mini").scores if one.task == "math-500"}
    assert known == {"medium": 0.973, "high": 0.979, "low": 0.958}
    assert {one.effort for one in catalog.find("gpt-5-nano").scores} == {"high"}


def test_a_score_takes_the_size_of_its_benchmark(tmp_path: Path) -> None:
    score = '{ task = "gsm8k", accuracy = 0.5, setting = "x", source = "s" }'
    profile = load(tmp_path, SOURCES + PROFILE + f"scores = [{score}]")
    assert profile.scores[0].n_items == 1319


def test_a_tokenizer_that_can_be_run_is_not_estimated(tmp_path: Path) -> None:
    ratio = "[token_ratios.r]\nlow = 1\nvalue = 2\nhigh = 3\nsource = 's'\n"
    counted = PROFILE.replace("estimate", "o200k_base")
    with pytest.raises(CatalogError, match="needs no ratio"):
        load(tmp_path, SOURCES + ratio + counted + 'token_ratio = "r"')
    assert load(tmp_path, SOURCES + ratio + PROFILE + 'token_ratio = "r"').token_ratio is not None


def test_a_host_says_which_open_weights_it_serves(catalog: ApiCatalog) -> None:
    one = catalog.find("novita-llama-3.2-1b").weights
    assert one is not None
    assert (one.model, one.family, one.parameters_b) == ("Llama 3.2 1B Instruct", "llama", 1.23)
    assert "Llama 3.2 model card" in one.cited.source
    assert catalog.find("gpt-4o-mini").weights is None
    sold = [p for p in catalog.profiles.values() if p.weights and (p.retired or date.max) > TODAY.date()]
    assert {"llama", "gemma", "qwen", "phi"} <= {p.weights.family for p in sold if p.weights}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            'weights = { model = "A 1B", family = "A", parameters_b = 1, source = "s" }',
            "must look like llama",
        ),
        ('weights = { model = "A 1B", family = "a", parameters_b = 0, source = "s" }', "more than 0"),
        ('weights = { model = "A 1B", family = "a", parameters_b = 1 }', "missing key 'source'"),
        ('scores = [{ task = "gsm8", accuracy = 0.5, setting = "x", source = "s" }]', "did you mean 'gsm8k'"),
        ('scores = [{ task = "gsm8k", accuracy = 93.2, setting = "x", source = "s" }]', "between 0 and 1"),
        ('scores = [{ task = "gsm8k", accuracy = 0.5, setting = "x" }]', "missing key 'source'"),
        ('scores = [{ task = "gsm8k", accuracy = 0.5, setting = "x", source = "t" }]', "unknown source"),
        ('lengths = [{ task = "gsm8", tokens = 5, source = "s" }]', "did you mean 'gsm8k'"),
        ('lengths = [{ task = "gsm8k", tokens = 0, source = "s" }]', "more than 0"),
        ("is_reasoning = true", "needs a range"),
        ('reasoning = [{ effort = "high", range = "r" }]', "unknown range"),
        ('aliases = ["a"]', "is taken"),
        (
            'scores = [{ task = "gsm8k", accuracy = 0.5, setting = "x", effort = "high", source = "s" }]',
            "must be one of",
        ),
        ("released = 1", "must be a date"),
        (BACKWARD_PRICE, "until a day before"),
        ('batch = "b"', "unknown batch price 'b'"),
        ('token_ratio = "r"', "unknown token ratio 'r'"),
        ("[token_ratios.r]\nlow = 2\nvalue = 1\nhigh = 3\nsource = 's'", "0 < low <= value <= high"),
        ('service = [{ what = "requests", value = 1, unit = "a minute" }]', "missing key 'source'"),
        ('scores_searched = "t"', "unknown source 't'"),
        ("[batches.b]\nshare = 1.5\ncached_share = 1\nwithin_hours = 24\nsource = 's'", "between 0 and 1"),
        ("[ranges.r]\nlow = 2\nvalue = 1\nhigh = 3\nsource = 's'", "0 < low <= value <= high"),
        ("[api]", "did you mean 'apis'"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(CatalogError) as caught:
        load(tmp_path, SOURCES + PROFILE + text)
    assert complaint in caught.value.what
