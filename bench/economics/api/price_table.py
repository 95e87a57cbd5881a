"""The table of API prices by date: genai-prices, of the pinned version."""

import sys
from datetime import datetime
from functools import cache
from importlib.metadata import version
from types import ModuleType
from typing import TYPE_CHECKING

from bench.catalog.types import ApiProfile
from bench.errors import EconomicsError, nearest

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation


class _NeverUsed(ModuleType):
    """Stands for a module whose names are imported and not used; each of them is None."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


# The package imports what would fetch newer prices, and with it an HTTP client and asyncio: most of the time
# that its import takes. Prices are those of the pinned version, so nothing may fetch others.
sys.modules.setdefault("genai_prices.update_prices", _NeverUsed("genai_prices.update_prices"))


@cache
def price_table() -> str:
    """Name and version of the table that prices are from."""
    return f"genai-prices {version('genai-prices')}"


def look_up(profile: ApiProfile, model_ref: str, *, at: datetime) -> "PriceCalculation":
    """What the price table matches, which it does loosely; EconomicsError where it knows no such model."""
    from genai_prices import Usage, calc_price

    try:
        return calc_price(
            Usage(input_tokens=0, output_tokens=0),
            model_ref,
            provider_id=profile.provider,
            genai_request_timestamp=at,
        )
    except LookupError as error:
        raise EconomicsError(
            f"{price_table()} knows no model {model_ref!r} of the provider "
            f"{profile.provider!r}; {_nearest_listed(profile.provider, model_ref)}",
            where=profile.name,
            remedy="correct price_model and provider in the profile, or give it a price of its own",
        ) from error


def _nearest_listed(provider_id: str, model_ref: str) -> str:
    from genai_prices.data_snapshot import get_snapshot

    providers = {provider.id: provider for provider in get_snapshot().providers}
    if provider_id not in providers:
        return f"unknown provider; {nearest(provider_id, providers)}"
    return nearest(model_ref, [model.id for model in providers[provider_id].models])
