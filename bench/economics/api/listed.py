"""APIs that have no profile and are in the price table: enough to bill requests that were counted."""

import re
from dataclasses import dataclass

from bench.catalog.types import ApiProfile

ROUTER = "openrouter"  # whose ids name the maker first
_PATH = "models/"  # stands before ids of Gemini
# Words that tell one model from a larger one of the same name, or from the one that is paid for.
_TELLS_APART = re.compile(r"(?<![a-z0-9.])(?:\d+(?:\.\d+)?b|distill|mini|nano|lite|free)(?![a-z0-9])")


@dataclass(frozen=True, slots=True)
class ListedApi(ApiProfile):
    """Of which nothing is known but prices: no accuracy, no reasoning, neither release nor retirement."""


def listed_api(name: str) -> ApiProfile | None:
    """As the price table matches it, a provider before it (``openai/``) or a day behind it left out.

    With a provider before it, that one's price, else the router's that lists it so. None where it matches
    nothing, or another model by the begin of its name alone (Gemini 1.5 Flash-8B the whole Flash).
    """
    from genai_prices.data_snapshot import get_snapshot

    table = get_snapshot()
    ref = name.strip().lower().removeprefix(_PATH)
    maker, _, model = ref.partition("/")
    asked = [(maker, model), (ROUTER, ref)] if model else [(None, ref)]
    for provider_id, model_ref in asked:
        try:
            provider, found = table.find_provider_model(model_ref, None, provider_id, None)
        except LookupError:
            continue
        if not set(_TELLS_APART.findall(model_ref)) <= set(_TELLS_APART.findall(found.id.lower())):
            continue
        return ListedApi(
            name=name, title=found.id, provider=provider.id, price_model=model_ref, tokenizer="estimate"
        )
    return None
