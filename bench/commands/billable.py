"""Whose bill is asked for: to price what was counted a price is enough, with or without a profile."""

from bench.catalog.apis import ApiCatalog, UnknownEffort
from bench.catalog.types import ApiProfile
from bench.economics.api.listed import listed_api
from bench.economics.api.price_table import price_table
from bench.errors import InputError


def find_billable(apis: ApiCatalog, name: str) -> ApiProfile:
    """The profile of that name, else what the price table has; InputError where neither knows it."""
    try:
        return apis.find(name)
    except UnknownEffort:
        raise  # the table matches ids loosely, and would have a price for any effort
    except InputError as unknown:
        listed = listed_api(name)
        if listed is None:
            raise InputError(
                f"{unknown.what}; {price_table()} has none, either",
                where=unknown.where,
                remedy=unknown.remedy,
            ) from None
        return listed
