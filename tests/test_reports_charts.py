"""Charts: what is known has a mark, what is not is named, and nothing in a record can break the picture."""

import re
import sys
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from economics_cases import BUSY, QUIET, items, latency, profile, record, scenario, score, task
from factories import (
    make_assessment,
    make_comparison,
    make_metered_record,
    make_model,
    make_record,
    make_speed,
)
from golden_files import check_golden
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.cli.report import report
from bench.commands.charts import write_charts
from bench.economics.assess import assess
from bench.economics.worksheet import worksheet
from bench.errors import EnvironmentProblem, InputError, RecordError
from bench.records.store import write_record
from bench.records.types import Swing
from bench.reports import charts
from bench.reports.page.data import page_data

pytest.importorskip("quickjs")
resvg_py = pytest.importorskip("resvg_py")

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"'><script>alert(1)</script>]]>&amp;\x00\x0b\ud800\uffff" + "w" * 200
WIDTHS = (340, 720)
VALUES = (
    st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -1.0, 5e-324, 1e300])
)
LABELS = st.text(max_size=20) | st.just(HOSTILE)


def swing(name, at_low, at_high, *, flips=False):
    ends = (None if usd is None else Decimal(usd) for usd in (at_low, at_high))
    low, high = ends
    return Swing(
        name=name,
        flag="--kwh-price",
        low=Decimal("0.1"),
        high=Decimal("0.4"),
        unit="USD/kWh",
        usd_at_low=low,
        usd_at_high=high,
        probability_if_low=0.2,
        probability_if_high=0.9,
        flips=flips,
    )


def ladder():
    swings = (
        swing("kWh price", "-0.00007", "0.00001", flips=True),
        swing("accuracy here", "-0.00006", None),
    )
    compared = make_comparison(
        "extract-json:easy", "gpt-4o-mini", device_less_api_usd=Decimal("-0.00005"), swings=swings
    )
    unbounded = make_comparison(
        "gsm8k", "gpt-4o-mini", "not viable", local_usd_per_correct=None, device_less_api_usd=None
    )
    speed = [make_speed("pp512", 410.0), make_speed("tg128", 160.0)]
    deep = make_speed("tg128", 140.0, seed=2, disturbed=8).model_copy(
        update={"test": "tg128 @ d1024", "n_depth": 1024}
    )
    small = make_record(assessment=make_assessment([compared, unbounded]), speed=(*speed, deep))
    name = "smollm2-135m-instruct-q8_0"
    large = make_record(
        name,
        model=make_model(name, quantization="Q8_0", size_bytes=144_811_200),
        memory=None,
        speed=(make_speed("tg128", 120.0, seed=4),),
        assessment=make_assessment([compared.model_copy(update={"local_usd_per_correct": None})]),
    )
    return [small, large, make_metered_record()]


@pytest.fixture(scope="module")
def data():
    return page_data(ladder())


@pytest.fixture(scope="module")
def specs(data):
    return charts.chart_specs(data)


def marks(svg):
    return [one for one in svg.iter(f"{SVG}g") if one.get("class") == "mark"]


def titles(svg):
    return [one.findtext(f"{SVG}title") for one in marks(svg)]


def drawn(spec, **options):
    return ElementTree.fromstring(charts.render_svg(spec, **options))


def rows(*given, scale="linear", **more):
    return {
        "kind": "rows",
        "title": "t",
        "description": "d",
        "x": {"label": "x", "unit": "number", "scale": scale},
        "rows": [{"label": label, "marks": [mark]} for label, mark in given],
        **more,
    }


def dot(value, low=None, high=None, **more):
    return {"type": "dot", "value": value, "low": low, "high": high, "key": "k", **more}


def shapes(svg):
    (mark,) = marks(svg)
    return sorted(one.tag.removeprefix(SVG) for one in mark)


def test_every_chart_is_drawn_where_there_are_figures(specs):
    families = list(dict.fromkeys(re.split(r"-(?=extract|gsm8k|hellaswag|\d)", name)[0] for name in specs))
    assert families == [
        "spend",
        "accuracy-by-memory",
        "accuracy-by-decode",
        "accuracy-by-energy",
        "accuracy-by-spend",
        "accuracy",
        "depth-decode",
        "concurrency-decode",
        "memory",
        "energy",
        "tornado",
    ]


@pytest.mark.parametrize("name", ["spend-extract-json-easy", "accuracy", "energy", "memory"])
def test_golden(specs, name):
    check_golden(f"chart-{name}.svg", charts.render_svg(specs[name]).replace("><", ">\n<"))


def test_each_chart_is_valid_and_of_finite_places_at_every_width(specs):
    for spec in specs.values():
        for width in WIDTHS:
            text = charts.render_svg(spec, width=width, theme="dark")
            svg = ElementTree.fromstring(text)
            assert svg.get("width") == str(width)
            assert not re.search(r"NaN|undefined|Infinity|\bnull\b|var\(", text)
            assert svg.get("role") == "img"
            told = {one.get("id"): one.text for one in svg if one.get("id")}
            assert all(told[key] for key in (svg.get("aria-labelledby") or "").split())


def test_words_do_not_lie_on_each_other(specs):
    for name, spec in specs.items():
        for width in WIDTHS:
            boxes = [box(one) for one in drawn(spec, width=width).iter(f"{SVG}text")]
            for i, one in enumerate(boxes):
                assert one[0] >= -1, (name, width, one)
                assert one[2] <= width + 1, (name, width, one)
                for other in boxes[:i]:
                    assert not overlap(one, other), (name, width, one, other)


def box(text):
    """Left, top, right, bottom of a word, rather too small than too large, and the word."""
    size, x, y = (float(text.get(key)) for key in ("font-size", "x", "y"))
    wide = 0.42 * size * len(text.text)
    left = x - {"end": wide, "middle": wide / 2}.get(text.get("text-anchor"), 0)
    return left, y - 0.7 * size, left + wide, y, text.text


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_the_same_data_give_the_same_picture(data, specs):
    again = charts.chart_specs(data)
    assert again == specs
    assert charts.render_svg(specs["accuracy"]) == charts.render_svg(again["accuracy"])


def test_themes_write_colours_out_and_the_page_s_are_variables():
    spec = rows(("a", dot(1.0)))
    light, dark, page = (charts.render_svg(spec, theme=theme) for theme in ("light", "dark", "page"))
    assert 'fill="#ffffff"' in light
    assert 'fill="#0d1117"' in dark
    assert "var(--c1, #0067a5)" in page
    assert "<style" not in page + light
    assert "style=" not in page + light


def test_what_is_missing_has_no_mark_and_is_named(specs):
    spend = specs["spend-extract-json-easy"]
    named = {row["label"] for row in spend["rows"]}
    assert "smollm2-135m-instruct-q8_0" not in named
    assert any("smollm2-135m-instruct-q8_0 on extract-json:easy" in note for note in spend["notes"])
    memory = specs["memory"]
    assert "smollm2-135m-instruct-q8_0" not in {row["label"] for row in memory["rows"]}
    assert any("not reported: weights, KV cache, compute buffers" in note for note in memory["notes"])
    svg = drawn(memory)
    assert all("smollm2-135m-instruct-q8_0" not in title for title in titles(svg))
    assert "smollm2-135m-instruct-q8_0" in svg.findtext(f"{SVG}desc")


def test_a_chart_without_any_figure_is_left_out_and_says_so_when_asked_for():
    empty = page_data([make_record(speed=(), latency=(), tasks=(), memory=None, assessment=None)])
    assert charts.chart_specs(empty) == {}
    svg = drawn(charts._call("accuracyWithChance", empty))
    assert not marks(svg)
    assert "Nothing to draw here." in [one.text for one in svg.iter(f"{SVG}text")]


def test_a_record_is_called_by_its_model_where_no_other_of_it_was_asked_the_same_task():
    shared, only = make_record().tasks[:2]
    run = make_record(tasks=(shared,), assessment=make_assessment(()))
    quality = make_record(id="2" * 16, assessment=None, load=None, tasks=(shared, only))
    name, rows = run.model.name, charts._call("accuracyWithChance", page_data([run, quality]))["rows"]
    assert [row["label"] for row in rows if row["group"] == only.title] == [name]
    assert {row["label"] for row in rows if row["group"] == shared.title} == {name, f"{name} (quality)"}


def test_intervals_are_lines_with_caps_and_open_ones_end_in_an_arrow():
    assert shapes(drawn(rows(("a", dot(3.0))))) == ["circle"]
    assert shapes(drawn(rows(("a", dot(3.0, 2.0, 4.0))))) == ["circle", "line", "line", "line"]
    open_high = drawn(rows(("a", dot(3.0, 2.0, None, isOpen=True, key="open"))))
    assert shapes(open_high) == ["circle", "line", "line", "path"]


def test_an_unbounded_spend_is_drawn_with_an_arrow():
    cost = (Decimal("0.000002"), Decimal("0.000001"), None)
    one = make_comparison("gsm8k", "gpt-4o-mini", local_usd_per_correct=cost)
    spec = charts.chart_specs(page_data([make_record(assessment=make_assessment([one]))]))["spend-gsm8k"]
    local = next(row["marks"][0] for row in spec["rows"] if row["marks"][0]["colour"] == "c1")
    assert local["isOpen"] is True
    assert "or more" in local["text"]


def test_a_log_axis_names_what_it_cannot_show():
    svg = drawn(rows(("zero", dot(0)), ("below", dot(-2.0)), ("fine", dot(1.0, 0, 2.0)), scale="log"))
    assert len(marks(svg)) == 1
    told = svg.findtext(f"{SVG}desc")
    assert "zero: 0 has no place on a logarithmic axis." in told
    assert "below: −2 has no place on a logarithmic axis." in told
    assert "fine: its bound 0 has no place on a logarithmic axis; an arrow stands for it." in told
    assert shapes(svg) == ["circle", "line", "line", "path"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(LABELS, VALUES, VALUES, VALUES), max_size=6),
    st.sampled_from(["linear", "log"]),
    st.sampled_from(["number", "usd", "bytes", "share"]),
)
def test_any_rows_are_drawn_or_named(given_rows, scale, unit):
    spec = rows(*((label, dot(*values)) for label, *values in given_rows), scale=scale)
    spec["x"]["unit"] = unit
    text = charts.render_svg(spec, width=400)
    svg = ElementTree.fromstring(text)
    assert "script" not in {one.tag.removeprefix(SVG) for one in svg.iter()}
    assert not re.search(r"=\"[^\"]*(NaN|undefined|Infinity)", text)
    known = [value for _, value, _, _ in given_rows if value is not None]
    fits = [one for one in known if (one >= 1e-150 if scale == "log" else True) and abs(one) <= 1e150]
    assert len(marks(svg)) == len(fits)
    assert svg.findtext(f"{SVG}desc").count("has no place on") >= len(known) - len(fits)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES, LABELS), max_size=8),
    st.sampled_from(["linear", "log"]),
    st.sampled_from(["linear", "log"]),
    st.booleans(),
)
def test_any_points_are_drawn_or_named(given_points, across, up, is_band):
    points = [
        {"x": x, "y": y, "yLow": low, "yHigh": high, "label": label, "key": "k"}
        for x, y, low, high, label in given_points
    ]
    spec = {
        "kind": "plane",
        "title": HOSTILE,
        "description": "d",
        "x": {"label": "x", "unit": "number", "scale": across},
        "y": {"label": "y", "unit": "usd", "scale": up},
        "series": [{"name": "s", "points": points, "hasBand": is_band}],
    }
    text = charts.render_svg(spec, width=400)
    svg = ElementTree.fromstring(text)
    assert not re.search(r"=\"[^\"]*(NaN|undefined|Infinity)", text)
    known = [(x, y) for x, y, *_ in given_points if x is not None and y is not None]

    def has_place(value, scale):
        return abs(value) <= 1e150 and (scale == "linear" or value >= 1e-150)

    fits = [one for one in known if has_place(one[0], across) and has_place(one[1], up)]
    assert len(marks(svg)) == len(fits)
    assert svg.findtext(f"{SVG}desc").count("has no place on") == len(known) - len(fits)


def test_a_tornado_is_centred_and_names_flips_and_what_has_no_bound(specs):
    spec = next(spec for name, spec in specs.items() if name.startswith("tornado"))
    price, accuracy = spec["rows"]
    assert [mark["from"] for mark in price["marks"]] == pytest.approx([-0.05, -0.05])
    assert sorted(mark["to"] for mark in price["marks"]) == pytest.approx([-0.07, 0.01])
    assert price["text"] == "flips who is cheaper"
    assert accuracy["text"] == ""
    assert len(accuracy["marks"]) == 1
    assert any("accuracy here at 0.400 USD/kWh" in note for note in spec["notes"])
    ends = [one.text for one in drawn(spec).iter(f"{SVG}text")]
    assert "0.100 USD/kWh" in ends


def test_only_surely_beaten_points_are_faded(data):
    spec = charts._call("pareto", data, {"x": "file", "y": "accuracy", "task": 0})
    points = [point for one in spec["series"] for point in one["points"] if "label" in point]
    assert {point["label"] for point in points} == {
        record["label"] for record in data["records"] if record["tasks"]
    }
    assert not any(point["isFaded"] for point in points)  # as accurate as each other
    faster = charts._call("pareto", data, {"x": "file", "y": "decode", "task": 0})
    faded = [p["label"] for one in faster["series"] for p in one["points"] if p.get("isFaded")]
    assert faded == ["smollm2-135m-instruct-q8_0"]  # larger and slower


def test_modelled_joules_are_hatched_and_disturbed_speed_is_struck_through(specs):
    bars = [mark for row in specs["energy"]["rows"] for mark in row["marks"]]
    assert any(mark["isModelled"] for mark in bars)
    assert {mark["isModelled"] for mark in bars} == {"~" in mark["title"] for mark in bars} | {True}
    assert 'fill="url(#' in charts.render_svg(specs["energy"])
    deep = [p for p in specs["depth-decode"]["series"][0]["points"] if p["x"] == 1024]
    assert deep[0]["isDisturbed"] is True


def test_what_rests_on_modelled_energy_says_so_in_words_too(specs):
    here = [row for row in specs["spend-extract-json-easy"]["rows"] if row["marks"][0]["shape"] == "circle"]
    assert here
    assert all(row["text"].startswith("~$") for row in here)
    tornado = specs[next(name for name in specs if name.startswith("tornado"))]
    assert "now: ~-$0.0500" in [entry["name"] for entry in tornado["legend"]]


@pytest.mark.parametrize(("contention", "mark"), [(QUIET, "~"), (BUSY, "!~")])
def test_costs_by_joules_of_a_busy_machine_say_so(contention, mark):
    run, api = record([task(items(30, 40))], [latency(contention=contention)]), profile(scores=[score(0.8)])
    run = run.model_copy(update={"assessment": assess(run, [api], scenario(), n_draws=100)})
    data = page_data([run], worksheet=worksheet([run], {api.name: api}))
    drawn_of = charts.chart_specs(data)
    spend = drawn_of["spend-some-task"]["rows"][0]
    assert spend["text"].startswith(f"{mark}$")
    over_volume = drawn_of["break-even-1-some-model"]
    assert over_volume["series"][0]["name"] == f"this device ({mark})"
    assert f": {mark}$" in over_volume["series"][0]["points"][0]["title"]
    tornado = drawn_of["tornado-1-some-model"]
    assert f"now: {mark}-$" in tornado["lines"][1]["title"]
    of_joules = [one["end"] for row in tornado["rows"] for one in row["marks"] if one["end"].endswith(" J")]
    assert all(end.startswith(mark) for end in of_joules)
    for cost in ("spend", "attempt"):
        front = charts._call("pareto", data, {"x": cost, "y": "accuracy", "task": 0})
        assert front["series"][1]["points"][0].get("isDisturbed", False) == (contention is BUSY)
    assert ("isDisturbed" in spend["marks"][0]) == (contention is BUSY)
    assert any("others worked" in note for note in over_volume["notes"]) == (contention is BUSY)


def test_figures_are_never_cut_in_their_middle():
    bar = {"type": "bar", "from": 0, "to": 0.0001, "end": "0.141 USD/kWh"}
    given_rows = [
        {"label": "a", "marks": [dot(0.000294)], "text": "~$0.000294 (0.00017–0.00095)"},
        {"label": "b", "marks": [bar]},
    ]
    svg = drawn({**rows(), "rows": given_rows}, width=300)
    words = [element.text for element in svg.iter(f"{SVG}text")]
    assert {"~$0.000294", "0.141"} <= set(words)
    assert not [text for text in words if "…" in text]


def test_two_ends_on_one_side_lie_apart():
    bars = [
        {"type": "bar", "from": 0, "to": 0.1, "end": "88.6 %", "isLow": True},
        {"type": "bar", "from": 0, "to": 0, "end": "100.0 %"},
    ]
    svg = drawn({**rows(), "rows": [{"label": "accuracy here", "marks": bars}]})
    ends = [box(element) for element in svg.iter(f"{SVG}text") if "%" in (element.text or "")]
    assert len(ends) == 2
    assert not overlap(*ends)


def test_png_has_the_size_of_its_svg():
    svg = charts.render_svg(rows(("a", dot(1.0))), width=300)
    png = charts.render_png(svg, scale=2.0)
    height = int(re.search(r' height="(\d+)"', svg)[1])
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert [int.from_bytes(png[i : i + 4]) for i in (16, 20)] == [600, 2 * height]


def test_a_machine_without_fonts_is_told_which_package_has_one(monkeypatch):
    def without_fonts(svg, scale):
        return resvg_py.svg_to_bytes(svg_string=svg, zoom=scale, skip_system_fonts=True)

    monkeypatch.setattr(charts, "_rasterised", without_fonts)
    charts._has_font.cache_clear()
    try:
        with pytest.raises(EnvironmentProblem, match="no font") as caught:
            charts.render_png("<svg/>")
        assert "fonts-dejavu-core" in caught.value.remedy
    finally:
        charts._has_font.cache_clear()


@pytest.mark.parametrize("module", ["quickjs", "resvg_py"])
def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch, module):
    svg = charts.render_svg(rows(("a", dot(1.0))))
    charts._interpreter.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EnvironmentProblem) as caught:
        charts.render_svg(rows()) if module == "quickjs" else charts._rasterised(svg, 1.0)
    assert caught.value.remedy == "pip install 'breakeven[charts]'"


def test_a_drawing_beyond_the_limits_is_refused(monkeypatch, data):
    monkeypatch.setattr(charts, "MOST_BYTES", 3 << 20)
    charts._interpreter.cache_clear()
    with pytest.raises(RecordError, match="takes more than"):
        charts._call("allCharts", {**data, "records": data["records"] * 100})


def test_the_command_writes_each_chart(tmp_path):
    source, target = tmp_path / "records", tmp_path / "charts"
    write_record(make_record(speed=(), latency=(), assessment=None), source)
    report.callback((source,), None, None, None, target, True, False)
    svgs, pngs = ({path.stem for path in target.glob(f"*.{kind}")} for kind in ("svg", "png"))
    assert "accuracy" in svgs
    assert svgs == pngs


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of a process there")
def test_where_one_chart_cannot_be_written_those_that_were_there_are_left(tmp_path):
    import resource

    record = make_record(speed=(), latency=(), assessment=None)
    written = write_charts([record], tmp_path / "charts", with_png=True)
    sizes = [path.stat().st_size for path in written]
    assert sizes[0] < max(sizes)
    for path in written:
        path.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(sizes) - 1, before[1]))
    try:
        with pytest.raises(RecordError, match="no space is left here") as caught:
            write_charts([record], tmp_path / "charts", with_png=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.where == str(tmp_path / "charts")
    assert {path.read_text() for path in (tmp_path / "charts").iterdir()} == {"old"}


def test_png_alone_says_what_it_goes_with():
    with pytest.raises(InputError, match="--png goes with --charts"):
        report.callback((), None, None, None, None, True, False)


def test_what_nobody_could_read_is_not_drawn_and_said():
    svg = drawn(rows(*((f"row {i}", dot(float(i))) for i in range(250))))
    assert len(marks(svg)) == 200
    assert "The first 200 of 250 rows are drawn." in svg.findtext(f"{SVG}desc")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_and_words_stand_out_from_the_ground(theme):
    colours = charts._call("(theme => chartColours[theme])", theme)
    for name, colour in colours.items():
        least = {"paper": 1.0, "grid": 1.0, "ink": 7.0, "muted": 4.5}.get(name, 4.5)  # WCAG 2: 4.5 for words
        assert contrast(colour, colours["paper"]) >= least, name


def contrast(one, other):
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


LYING_ON_EACH_OTHER = """() => {
  const found = [];
  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")];
    const words = texts.map((one) => [one.getBoundingClientRect(), one.textContent]);
    words.forEach(([a, text], i) => {
      if (a.left < frame.left - 1 || a.right > frame.right + 1) found.push(`outside: ${text}`);
      for (const [b, other] of words.slice(0, i)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 2 && down > 5) found.push(`${text} | ${other}`);
      }
    });
  }
  return found;
}"""


@pytest.mark.browser
def test_words_do_not_lie_on_each_other_in_a_real_font(specs, pages):
    drawings = [charts.render_svg(spec, width=width) for spec in specs.values() for width in (300, *WIDTHS)]
    page = pages.show(f"<!doctype html><html lang=en><title>t</title>{''.join(drawings)}</html>")
    assert page.evaluate(LYING_ON_EACH_OTHER) == []
    overlapping = drawings[0].replace("</svg>", "<text x='9' y='20'>here, too</text></svg>")
    assert pages.show(f"<title>t</title>{overlapping}").evaluate(LYING_ON_EACH_OTHER)  # it can be seen
