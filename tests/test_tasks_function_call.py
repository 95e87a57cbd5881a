import json

import pytest

from bench.tasks.scorers import find_scorer
from bench.tasks.scorers.call_reading import Call, attempts_call, read_calls

SCORE = find_scorer("function-call")
GOLD: dict[str, object] = {
    "name": "trip.plan",
    "arguments": {
        "city": ["New York, NY", "NYC"],
        "days": [3],
        "budget": [500.0, ""],
        "stops": [["park", "pier"], ["pier"], ""],
        "levels": [[1.0, 2.0]],
        "hotel": [{"stars": [4, 5], "name": ["Old Mill", ""]}, ""],
        "guests": [[{"age": [30]}, {"age": [31], "diet": ["vegan", ""]}], ""],
        "quiet": [True, ""],
        "pair": [[0.5, 1.5], ""],
    },
    "types": {
        "city": "string",
        "days": "integer",
        "budget": "float",
        "stops": "array of string",
        "levels": "array of float",
        "hotel": "dict",
        "guests": "array of dict",
        "quiet": "boolean",
        "pair": "tuple of float",
    },
    "required": ["city", "days"],
}
NEEDED = {"city": "NYC", "days": 3, "levels": [1.0, 2.0]}


def score(output: str, expected: object = GOLD, *, truncated: bool = False) -> tuple[str, str | None]:
    verdict = SCORE(output, expected, truncated=truncated)
    return verdict.outcome, verdict.reason


def called(name: str = "trip.plan", **arguments: object) -> str:
    return json.dumps({"name": name, "arguments": NEEDED | arguments})


# -- reading -------------------------------------------------------------------------------------

ONE = [Call("f", {"x": 1})]
TWO = [Call("f", {"x": 1}), Call("g", {})]


@pytest.mark.parametrize(
    ("output", "calls"),
    [
        ('{"name": "f", "arguments": {"x": 1}}', ONE),
        ('I call it.\n```json\n{"name": "f", "parameters": {"x": 1}}\n```\nThen I stop.', ONE),
        ('<tool_call>\n{"function": "f", "arguments": {"x": 1}}\n</tool_call>', ONE),
        (r'{"name": "f", "arguments": "{\"x\": 1}"}', ONE),
        (
            r'{"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{\"x\": 1}"}}]}',
            ONE,
        ),
        ('{"name": "f", "arguments": {"x": 1}}\n{"name": "g", "arguments": {}}', ONE),
        ('[{"name": "f", "arguments": {"x": 1}}, {"name": "g"}]', TWO),
        ("f(x=1)", ONE),
        ("[f(x=1)]", ONE),
        ("[f(x=1), g()]", TWO),
        ("Sure:\n```python\nf(\n    x=1,\n)\n```", ONE),
        ("The call is\n`f(x=1)`\nas asked.", ONE),
        (
            "a.b.f(x=[1, -2.5, 'it'], y={'k': (1, 2)})",
            [Call("a.b.f", {"x": [1, -2.5, "it"], "y": {"k": (1, 2)}})],
        ),
        ("f(x={'name': 'Ann', 'arguments': {}})", [Call("f", {"x": {"name": "Ann", "arguments": {}}})]),
        ("f(x=metres, y=[g(1)])", [Call("f", {"x": "metres", "y": ["g(1)"]})]),
        ("f(1, x=2)", [Call("f", {1: 1, "x": 2})]),
        ('{"name": "f"}', [Call("f", {})]),
        ('{"name": "f", "arguments": {"x": 1}}, "required": ["x"]}}', None),
        ('{"name": "f", "arguments": {"x": 1}}, {"name": "g", "arguments": {"x": 1}}', None),
        ('{"name": "f", "description": "d", "parameters": {"x": {"name": "g"}, "y": True}}', None),
        ('{"name": null}', []),
        ('None fits: {"name": "None", "arguments": {}}', []),
        ("[]", None),
        ("", None),
        ("No function (of these) fits.", None),
        ("It is\nsqrt(16)\nwhich is 4", None),
        ("It is\nsqrt(16)", None),
        ("```python\nsqrt(16)\n```", [Call("sqrt", {1: 16})]),
        ('{"name": "f", "description": "Does it.", "parameters": {"type": "dict", "properties": {}}}', None),
        ('{"name": 3, "arguments": {}}', None),
        ('{"name": "f", "arguments": [1]}', None),
        ('{"name": "f", "arguments": "x"}', None),
        ("f(**{'x': 1})", None),
        ("f(x=1", None),
    ],
)
def test_calls_are_read_where_they_stand(output: str, calls: list[Call] | None) -> None:
    assert read_calls(output) == calls


def test_no_value_is_ever_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert read_calls("f(x=print('run'))") == [Call("f", {"x": "print('run')"})]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "output",
    [
        "[" * 5000,
        "{" * 5000,
        "f(" * 5000,
        "f(x=" + "(" * 500,
        "f(x=1)\0",
        r"f(x='\d')\q",
        "f(x={[]: 1}",
        "f(x=1\n" * 500,
    ],
)
def test_runaway_or_broken_output_is_no_call(output: str) -> None:
    assert read_calls(output) is None


def test_an_attempt_is_seen_though_it_cannot_be_read() -> None:
    assert attempts_call('{"name": "f", "arguments": {"x": ')
    assert not attempts_call('There is {"name": "f", "description": "…"} only.')


# -- the verdict ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"city": "new york ny"},
        {"city": "NEW-YORK_NY."},
        {"budget": 500},
        {"budget": 500.0, "quiet": True},
        {"stops": ["Park", "PIER"]},
        {"stops": []},
        {"levels": [1.0, 2.0]},
        {"hotel": {"stars": 5}},
        {"hotel": {"stars": 4, "name": "old mill"}},
        {"guests": [{"age": 30}, {"age": 31, "diet": "Vegan"}]},
        {"pair": [0.5, 1.5]},
    ],
)
def test_right_calls(arguments: dict[str, object]) -> None:
    assert score(called(**arguments)) == ("right", None)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"city": "Boston"}, "wrong value of city"),
        ({"city": ["NYC"]}, "wrong type of city"),
        ({"days": 4}, "wrong value of days"),
        ({"days": 3.0}, "wrong type of days"),
        ({"days": "3"}, "wrong type of days"),
        ({"days": True}, "wrong type of days"),
        ({"budget": 501}, "wrong value of budget"),
        ({"budget": 10**400}, "wrong type of budget"),
        ({"stops": ["pier", "park"]}, "wrong value of stops"),
        ({"stops": "pier"}, "wrong type of stops"),
        ({"levels": [1, 2]}, "wrong type of levels"),
        ({"levels": [2.0, 1.0]}, "wrong value of levels"),
        ({"hotel": {"stars": 3}}, "wrong value of hotel"),
        ({"hotel": {"name": "Old Mill"}}, "wrong value of hotel"),
        ({"hotel": {"stars": 5, "pool": True}}, "wrong value of hotel"),
        ({"guests": [{"age": 30}]}, "wrong value of guests"),
        ({"guests": [{"age": 31}, {"age": 30}]}, "wrong value of guests"),
        ({"quiet": 1}, "wrong type of quiet"),
        ({"quiet": False}, "wrong value of quiet"),
        ({"colour": "red"}, "unexpected argument"),
    ],
)
def test_wrong_calls_say_what_is_wrong(arguments: dict[str, object], reason: str) -> None:
    assert score(called(**arguments)) == ("wrong", reason)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (called("trip_plan"), "another function"),
        ('{"name": "trip.plan", "arguments": {"days": 3}}', "missing argument city"),
        ('{"name": null}', "no function chosen"),
        (f"[{called()}, {called()}]", "more than one call"),
        ("New York for three days.", "not a call"),
        ("trip.plan('NYC', days=3)", "missing argument city"),
    ],
)
def test_wrong_answers_are_told_apart(output: str, reason: str) -> None:
    assert score(output) == ("wrong", reason)


def test_a_tuple_is_one_in_python_source_too() -> None:
    call = "trip.plan(city='NYC', days=3, levels={}, pair=(0.5, 1.5))"
    assert score(call.format("[1.0, 2.0]")) == ("right", None)
    assert score(call.format("(1.0, 2.0)")) == ("wrong", "wrong type of levels")


def test_an_argument_that_may_be_left_out_is_needed_where_it_is_required() -> None:
    gold = {"name": "f", "arguments": {"x": [True, ""]}}
    assert score('{"name": "f", "arguments": {}}', gold) == ("right", None)
    assert score('{"name": "f", "arguments": {}}', gold | {"required": ["x"]}) == (
        "wrong",
        "missing argument x",
    )


def test_without_declared_types_each_is_that_of_the_first_right_value() -> None:
    gold = {"name": "f", "arguments": {"x": ["", 2.0], "y": [[1]]}}
    assert score('{"name": "f", "arguments": {"x": 2, "y": [1]}}', gold) == ("right", None)
    assert score('{"name": "f", "arguments": {"y": [true]}}', gold) == ("wrong", "wrong type of y")


def test_a_right_value_of_another_type_than_declared_is_compared_as_it_is() -> None:
    gold = {"name": "f", "arguments": {"x": [True, ""]}, "types": {"x": "string"}}
    assert score('{"name": "f", "arguments": {"x": true}}', gold) == ("right", None)
    assert score('{"name": "f", "arguments": {"x": "True"}}', gold) == ("wrong", "wrong value of x")


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        ('{"name": null}', "right"),
        ("None of the functions can do that.", "right"),
        ("", "right"),
        (called(), "wrong"),
        ("trip.plan(city='NYC')", "wrong"),
        ('{"name": "trip.plan", "arguments": {"city": "NYC}', "wrong"),
    ],
)
def test_where_no_function_fits_any_call_is_wrong(output: str, outcome: str) -> None:
    assert score(output, {"name": None})[0] == outcome


def test_a_cut_output_counts_only_with_a_whole_answer() -> None:
    assert score(called() + '\n{"name": "tr', truncated=True) == ("right", None)
    assert score(called()[:-3], truncated=True) == ("wrong", "truncated")
    assert score("None of the functions", {"name": None}, truncated=True) == ("wrong", "truncated")
    assert score('{"name": null} since', {"name": None}, truncated=True) == ("right", None)


def test_alternatives_are_taken() -> None:
    assert score(called("other"), (GOLD, GOLD | {"name": "other"})) == ("right", None)


@pytest.mark.parametrize(
    "expected",
    [
        "f",
        {},
        {"name": ""},
        {"name": "f"},
        {"name": None, "arguments": {}},
        {"name": "f", "arguments": {"x": 1}},
        {"name": "f", "arguments": {"x": []}},
        {"name": "f", "arguments": {"x": [{"y": 1}]}},
        {"name": "f", "arguments": {"x": [1]}, "types": {"x": "colour"}},
        {"name": "f", "arguments": {"x": [1]}, "types": {"y": "integer"}},
        {"name": "f", "arguments": {"x": [1]}, "required": ["y"]},
        {"name": "f", "arguments": {"x": [1]}, "further": 1},
    ],
)
def test_an_expected_call_of_another_form_is_refused(expected: object) -> None:
    with pytest.raises(ValueError, match=r"expected|argument|types"):
        SCORE("", expected, truncated=False)
