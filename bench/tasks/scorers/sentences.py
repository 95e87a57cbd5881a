"""How many sentences a text has, as IFEval's own program counts them.

That program asks the library nltk, whose English model of Punkt learnt from newspapers (Kiss and Strunk
2006, "Unsupervised Multilingual Sentence Boundary Detection", https://doi.org/10.1162/coli.2006.32.4.485).
This is the paper's procedure, written anew. What the model has learnt is not here: the abbreviations and the
words below are ours, common ones of their kinds, and any other word in capitals is taken for a name.

Of the marks ``.``, ``?`` and ``!`` in one word the last that has white space or another mark behind it may
end a sentence. A full stop ends none

- after an abbreviation ("Mr. Roe") or as one of several ("well ... Roe"), unless a word follows that opens
  sentences, in capitals;
- after a number or a single letter before a small letter ("5. salt"), and after a letter before a name ("J.
  Roe").

What newspapers seldom have is no abbreviation to that program ("e.g.", "etc.", "P.S."), nor here. Brackets
and quotes that close belong to the sentence before.
"""

import re
from itertools import pairwise

_NO_WORD_MARK = r"""[]})";:@*'‘’“”«»({[?!]"""
_CANDIDATE = re.compile(rf"(?<!\S)\S*[.?!](?:(?P<mark>{_NO_WORD_MARK})|(?=\s+(?P<next>\S+)))")
_TOKEN = re.compile(
    rf"""-{{2,}}|[.]{{2,}}|[^("`{{\[:;&#*@)}}\],-]\S*?(?=,?(?:{_NO_WORD_MARK}|--|[.][.]|$))|\S"""
)
_CLOSING = re.compile(r"""["')\]}‘’“”«»]+?(?:\s+|(?=--)|$)""", re.MULTILINE)
_NUMBER = re.compile(r"-?[.,]?\d[\d,.-]*")
_PUNCTUATION = frozenset(";:,.!?")
_INITIAL = re.compile(r"[^\W\d]\.")
_LETTERS = re.compile(r"(?!(?:e\.g|i\.e|a\.k\.a|p\.s|p\.p\.s)$)[^\W\d_](?:\.[^\W\d_])+")  # "u.s", "a.m"
_ABBREVIATIONS = frozenset(
    # titles; companies; months and days; American states; what stands beside figures; initials of names
    "adm capt col dr gen gov hon jr lt maj messrs mr mrs ms ph.d prof rep reps rev sen sgt sr st "
    "bros co corp cos inc ltd "
    "jan feb aug sep sept oct nov dec tues wed thurs fri "
    "ala ariz ark calif colo conn del fla ga ill ind kan ky la md mich minn mont nev okla ore pa tenn "
    "tex va vt wash wis wyo "
    "ave ft vs yr "
    "c d e f g h l m n p r s t v w".split()
)
_OPENING = frozenset(  # also after an abbreviation
    "although among as both but despite even he however i if in indeed instead it many meanwhile moreover "
    "most nevertheless nonetheless nor separately she similarly since so some the then there these they "
    "this those though thus under we when while yet you".split()
)
_KNOWN = _OPENING | frozenset(  # words that are no names, in capitals or not
    "a after all an and another are at background be because before benefits business by can control "
    "could critical day develop development discuss do does each every explain explore find first for "
    "from future get group health her here his history how impact improved include introduction is its "
    "just keep key let look love make may methods music my next no not now of on once one open or our "
    "over overall person please provide purpose question read real remember research review role see "
    "social start step summary sure take task that their therefore think to today two until use was "
    "welcome well what where whether which who why will with work write yes your".split()
)


def count_sentences(text: str) -> int:
    """What no mark ends is a sentence as well; a text without anything has none."""
    count, start = 0, 0
    for found in _CANDIDATE.finditer(text):
        tokens = _TOKEN.findall(found[0]) + _TOKEN.findall(found["next"] or "")
        if any(_is_end(token, after) for token, after in pairwise(tokens)):
            count += 1
            start = found.start("mark") if found["mark"] else found.start("next")
    rest = text[start:].rstrip()
    if count and (closing := _CLOSING.match(rest)):
        rest = rest[closing.end() :]
    return count + bool(rest)


def _is_end(token: str, after: str) -> bool:
    """Does the first of two neighbours end a sentence?"""
    if token in ("?", "!", "."):
        return True
    if not token.endswith("."):
        return False
    word, following = token[:-1].lower(), after.lower().removesuffix("" if _goes_on(after) else ".")
    is_initial, is_number = _INITIAL.fullmatch(token), _NUMBER.fullmatch(word)
    if (is_initial or is_number) and (after[0].islower() or after in _PUNCTUATION):
        return False
    if is_initial:
        is_name = after[0].isupper() and following not in _KNOWN
        return not (_is_abbreviation(word) or is_name)
    if _goes_on(token):
        return after[0].isupper() and following in _OPENING
    return True


def _goes_on(token: str) -> bool:
    """An abbreviation, or several full stops?"""
    word = token[:-1].lower()
    return word.endswith(".") or _is_abbreviation(word) or _is_abbreviation(word.rsplit("-", 1)[-1])


def _is_abbreviation(word: str) -> bool:
    return word in _ABBREVIATIONS or _LETTERS.fullmatch(word) is not None
