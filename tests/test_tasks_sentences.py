"""Sentences are counted as the program of IFEval counts them, which asks nltk; these counts are its own."""

import pytest

from bench.tasks.scorers.sentences import count_sentences

COUNTED = [
    ("", 0),
    (" \n ", 0),
    ("No mark", 1),
    ("One. Two.", 2),
    ("One.\n\nTwo", 2),
    ("One.Two. Three", 2),
    ("What?! Really?? Yes!", 3),
    ("Yes!!!", 2),  # the last is one of its own
    ("Version 1.5 is out.", 1),
    # what closes belongs to the sentence before
    ('He said "Go!" Then he went.', 2),
    ("(It rained.) It stopped.", 2),
    ('It ends. "', 1),
    ('{"a": "It is wide.", "b": "It is deep."}', 2),
    # abbreviations, of newspapers only, and what follows them
    ("Dr. Roe met J. Doe in the U.S. in Jan. or so.", 1),
    ("It is in the U.S. However, few know.", 2),
    ("Ask Mining-Co. Ltd. Roe", 1),
    ("Some seas, e.g. these, etc. and so on.", 3),
    ("See No. 5 or Fig. 3.", 3),
    # initials and numbers
    ("Take it to J. Roe.", 1),
    ("Take plan B. Then go.", 2),
    ("Take plan B. then go.", 1),
    ("1. salt\n2. oil", 1),
    ("1. Salt\n2. Oil", 3),
    ("It was in 1990. Who came?", 2),
    # several full stops
    ("Well ... perhaps. Or ... However, no.", 3),
    ("Wait... Roe came", 1),
]


@pytest.mark.parametrize(("text", "count"), COUNTED)
def test_sentences_are_those_of_the_published_program(text: str, count: int) -> None:
    assert count_sentences(text) == count
