import pytest

from bench.tasks import resolve

EASY, HARD = "extract-json:easy", "extract-json:hard"


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        (HARD, (EASY, HARD), HARD),
        ("extract-json", (EASY, HARD), EASY),
        ("extract-json", (HARD, "gsm8k"), HARD),
        ("mine", ("mine:a", "mine:b"), None),
        ("mine", ("mine:a", "minestrone"), "mine:a"),
        ("extract", (EASY,), None),
        (EASY, (HARD,), None),
        ("gsm8k", (), None),
    ],
)
def test_a_name_means_itself_its_alias_or_the_only_level(
    name: str, known: tuple[str, ...], meant: str | None
) -> None:
    assert resolve(name, known) == meant
