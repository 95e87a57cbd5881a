"""Shared fixtures. Tests marked ``model`` run the real engine on the real default model."""

from pathlib import Path

import pytest

from bench.artifacts import obtain
from bench.catalog.models import load_models


@pytest.fixture(scope="session")
def default_model_path() -> Path:
    """The default model's file, fetched into the cache when it is not there."""
    entry = load_models().find("smollm2-135m-instruct-q4_1")
    return obtain(entry.artifact).path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first, then the real model's, then the packaging: the quickest failure is seen first."""
    items.sort(
        key=lambda item: [item.get_closest_marker(name) is not None for name in ("packaging", "model")]
    )
