"""The packaged estimates of hosted requests, and what is refused."""

from pathlib import Path

import pytest

from bench.catalog.apis import load_apis
from bench.catalog.carbon import load_carbon
from bench.catalog.devices import load_devices
from bench.errors import CatalogError

SOURCES = '[sources.s]\ntitle = "a study"\ndate = "2025"\n'


def test_what_is_packaged_names_apis_that_there_are_and_cites_its_sources() -> None:
    apis = load_apis()
    hosted = load_carbon().hosted
    for one in hosted:
        assert all(apis.find(name).name == name for name in one.apis), one.name
        assert one.provider is None or any(api.provider == one.provider for api in apis.profiles.values())
        assert one.cited.source
        assert one.cited.date
    reasoning = {api.name for api in apis.profiles.values() if api.is_reasoning}
    assert not reasoning & {name for one in hosted for name in one.apis}, "their hidden tokens are not told"


def test_figures_are_those_published() -> None:
    """Of table 4: GPT-4o took 0.421 ± 0.127 Wh for 300 output tokens, 1.788 ± 0.363 Wh for 1,500."""
    by_name = {one.name: one for one in load_carbon().hosted}
    first, *_, last = by_name["gpt-4o"].requests
    assert first.output_tokens == 300
    assert first.wh == pytest.approx((0.421, 0.421 - 0.127, 0.421 + 0.127))
    assert last.wh == pytest.approx((1.788, 1.788 - 0.363, 1.788 + 0.363))
    assert by_name["gpt-4o"].grid_g_per_kwh == 352.8
    (google,) = by_name["gemini-apps"].requests
    assert (google.output_tokens, google.wh, google.g) == (None, (0.24, 0.24, 0.24), (0.03, 0.03, 0.09))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("requests = [{ wh = 1 }]", "needs either 'apis' or 'provider'"),
        ('apis = []\nprovider = "openai"\nrequests = [{ wh = 1 }]', "needs either 'apis' or 'provider'"),
        ("apis = []", "tells of no request"),
        ("apis = []\nrequests = [{ output_tokens = 300 }]", "neither energy, wh, nor carbon, g"),
        ("apis = []\nrequests = [{ output_tokens = 0, wh = 1 }]", "must be at least 1"),
        ("apis = []\nrequests = [{ wh = 1, wh_low = 2 }]", "1 is not between its bounds 2 and 1"),
        ("apis = []\nrequests = [{ output_tokens = 9, wh = 1 }, { wh = 1 }]", "needs its length"),
        ("apis = []\nrequests = [{ wh = 1, joules = 2 }]", "unknown key 'joules'"),
        ('apis = []\nrequests = [{ wh = "much" }]', "must be a number"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "carbon.toml"
    path.write_text(f'{SOURCES}[hosted.x]\ntitle = "X"\nsource = "s"\n{text}\n')
    with pytest.raises(CatalogError) as caught:
        load_carbon(path)
    assert complaint in caught.value.what
    assert "hosted.x" in str(caught.value)


def told(figure: tuple[float, float, float]) -> str:
    value, low, high = figure
    return f"{value:g}" if low == high else f"{value:g} ({low:g}–{high:g})"


def test_the_manual_lists_every_estimate_and_every_device_with_its_source() -> None:
    manual = (Path(__file__).parents[1] / "docs" / "carbon.md").read_text(encoding="utf-8")
    rows = []
    for one in load_carbon().hosted:
        whose = ", ".join(f"`{name}`" for name in one.apis) or (
            f"all of {one.provider}" if one.provider else "–"
        )
        tokens = ", ".join("–" if r.output_tokens is None else f"{r.output_tokens:,}" for r in one.requests)
        wh = "; ".join(told(request.wh) for request in one.requests if request.wh) or "–"
        g = "; ".join(told(request.g) for request in one.requests if request.g) or "–"
        grid = "–" if one.grid_g_per_kwh is None else f"{one.grid_g_per_kwh:g}"
        rows.append(f"| {one.title} | {whose} | {tokens} | {wh} | {g} | {grid} | {one.cited.date} |")
    for device in load_devices().profiles.values():
        if device.embodied_kg is not None and device.embodied_cited is not None:
            note = (device.embodied_cited.note or "").partition(";")[0]
            rows.append(f"| `{device.name}` | {told(device.embodied_kg)} | {note} |")
    missing = [row for row in rows if row not in manual]
    assert missing == [], "\n".join(missing)
    known = {line for line in manual.splitlines() if line.startswith("|")}
    assert len(known) == len(rows) + 4, "two heads and their rules"
