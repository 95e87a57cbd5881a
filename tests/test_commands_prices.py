"""``breakeven prices``: a list, one model whole, and a check, as text and as JSON."""

import json
import re
from decimal import Decimal

import pytest
from click.testing import CliRunner, Result

from bench.cli.catalogs import prices
from bench.commands.prices import check_prices, show_price
from bench.errors import InputError


def said(*arguments: str) -> Result:
    return CliRunner().invoke(prices, arguments, prog_name="breakeven prices")


def test_without_a_command_all_models_are_listed() -> None:
    bare, listed = said("--at", "2026-11-21"), said("list", "--at", "2026-11-21")
    assert bare.output == listed.output
    assert "gpt-4o-mini" in bare.output
    rows = {row["api"]: row for row in json.loads(said("--json", "--at", "2026-11-21").output)}
    assert (rows["gpt-4o-mini"]["input"], rows["gpt-4o-mini"]["output"]) == ("0.15", "0.6")
    assert rows["claude-opus-3.5"]["input"] is None


def test_one_model_whole() -> None:
    found = show_price("gpt-6-luna", "2026-11-21")
    price = found["price"]
    assert isinstance(price, dict)
    assert price["matched"] == "gpt-6-luna"
    (larger,) = price["larger_requests"]
    assert larger["above_input_tokens"] == 272_000
    assert (price["output"], larger["output"]) == (Decimal("0.5"), Decimal("0.75"))
    text = said("show", "gpt-6-luna", "--at", "2026-11-21").output
    assert "above 272,000 input tokens              0.2    0.02          0.25              0.75" in text
    assert "above 272,000 input tokens, in batches  0.10   0.010         0.125             0.375" in text
    assert "2026-09-22" in text
    assert "8 (0.95 to 18)" in text


def test_what_is_known_beside_prices_is_shown_and_what_is_not() -> None:
    text = said("show", "gpt-5-nano", "--at", "2026-11-21").output
    assert "batches, within 24 h: 50% of the list price, 100% of a cache's prices" in text
    assert "500 a minute" in text
    assert "no score known of gsm8k, hellaswag, mmlu" in text
    assert "searched: the tables of the sources" in text
    found = show_price("mistral-nemo", "2026-01-15")
    assert (found["batch"], found["service"]) == (None, [])
    assert "gsm8k" in found["unknown_scores"]  # type: ignore[operator]
    assert "mmlu" not in found["unknown_scores"]  # type: ignore[operator]


def test_open_weights_are_shown_with_their_size() -> None:
    text = said("show", "novita-llama-3.2-1b", "--at", "2026-11-21").output
    assert "weights      Llama 3.2 1B Instruct, 1.23 billion parameters; Llama 3.2 model card" in text
    assert "weights" not in said("show", "gpt-4o-mini", "--at", "2026-11-21").output


def test_a_score_is_shown_with_its_setting_and_source() -> None:
    text = said("show", "gpt-4o-mini").output
    assert re.search(r"gsm8k +93.2% +not stated", text)
    assert "qwenlm.github.io" in text


def test_the_price_is_that_of_the_day() -> None:
    before, after = (show_price("o3", day)["price"] for day in ("2025-06-09", "2025-06-10"))
    assert [str(price["output"]) for price in (before, after)] == ["40", "8"]  # type: ignore[index]
    assert "2025-06-09" in said("show", "o3").output


def test_models_are_known_by_the_providers_id_and_by_alias() -> None:
    assert show_price("claude-3-5-sonnet-20241022", None)["api"] == "claude-3-6-sonnet"
    assert show_price("meta-llama/llama-3-8b-instruct", None)["api"] == "novita-llama-3-8b"
    assert show_price("gpt-4.5", None)["api"] == "gpt-4.5-preview"
    with pytest.raises(InputError, match="did you mean 'gpt-4o-mini'"):
        show_price("gpt-4o-minni", None)


def test_a_retired_model_shows_its_last_price() -> None:
    shown = said("show", "claude-3-opus", "--at", "2026-11-21")
    assert shown.exit_code == 0
    assert "last price, retired on 2026-01-05" in shown.output


def test_without_a_public_price_it_says_what_was_searched_and_ends_with_2() -> None:
    shown = said("show", "ernie-lite")
    assert shown.exit_code == 2
    assert "price        unknown" in shown.output
    assert "yuan" in shown.output
    assert "searched: genai-prices" in shown.stderr
    as_json = said("show", "ernie-lite", "--json")
    assert as_json.exit_code == 2
    assert json.loads(as_json.stdout)["price"] is None


def test_before_its_release_a_model_has_no_price() -> None:
    assert said("show", "gpt-4o-mini", "--at", "2024-07-17").exit_code == 2


def test_the_check_passes_and_says_of_how_many() -> None:
    checked = said("check")
    assert checked.exit_code == 0
    assert checked.output.endswith("models: all in order\n")
    assert json.loads(said("check", "--json").output)["problems"] == []


def test_a_failed_check_lists_all_and_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.economics.api.price_check.problems_of", lambda *_, **__: ["is odd"])
    found = check_prices()
    assert found["problems"][0] == {"api": "gpt-4o-mini", "problem": "is odd"}  # type: ignore[index]
    checked = said("check")
    assert checked.exit_code == 2
    assert "gpt-4o-mini is odd\n" in checked.output


def test_a_model_in_place_of_a_command_is_told_where_it_belongs() -> None:
    refused = said("gpt-4o")
    assert refused.exit_code == 2
    assert "breakeven prices show gpt-4o" in refused.output
    assert said("--json", "check").exit_code == 2


def test_a_model_of_several_efforts_says_at_which_it_is_priced() -> None:
    high, usual = said("show", "o3-mini@high"), said("show", "o3-mini")
    assert re.search(r"^matched +o3-mini, high effort$", high.output, re.MULTILINE)
    assert re.search(r"^matched +o3-mini, medium effort$", usual.output, re.MULTILINE)
    assert re.search(r"^matched +gpt-6-luna, not reasoning$", said("show", "gpt-6-luna@none").output, re.M)
    assert re.search(r"^mmlu +86.9% +zero-shot CoT, high effort", usual.output, re.MULTILINE)
    assert show_price("o3-mini-high", None)["effort"] == "high"
    unknown = said("show", "o3@max")
    assert isinstance(unknown.exception, InputError)
    assert "there are: medium, high" in unknown.exception.what


def test_how_a_model_counts_tokens_is_shown_with_its_source() -> None:
    told = said("show", "claude-haiku-5-5").output
    assert re.search(
        r"^tokenizer +none to be run here: 1.57 \(1.3 to 1.69\) × o200k_base; VentureBeat", told, re.M
    )
    assert "none to be run here: counts are estimates" in said("show", "grok-4.3").output


def test_a_published_length_is_shown_with_its_source() -> None:
    told = said("show", "groq-gpt-oss-20b").output
    assert re.search(r"^gpqa +2,150 +ML.ENERGY leaderboard.*the effort is not stated", told, re.MULTILINE)
