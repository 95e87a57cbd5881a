"""How many sentences a text has, as IFEval's own program counts them.

That program asks the library nltk, whose English model of Punkt learnt from newspapers (Kiss and Strunk
2006, "Unsupervised Multilingual Sentence Boundary Detection", https://doi.org/10.1162/coli.2006.32.4.485).
This is the paper's procedure, written anew, with what that model has learnt: abbreviations, pairs that go on,
and words that open sentences. Of some 20,000 words whose case it knows, only common first ones are here; any
other word in capitals is taken for a name.

Of the marks ``.``, ``?`` and ``!`` in one word the last that has white space or another mark behind it may
end a sentence. A full stop ends none

- after an abbreviation ("Mr. Roe") or as one of several ("well ... Roe"), unless a word follows that opens
  sentences, in capitals;
- after a number or a single letter before a small letter ("5. salt"), and after a letter before a name ("J.
  Roe").

What newspapers seldom have is no abbreviation to it ("e.g.", "etc."). Brackets and quotes that close belong
to the sentence before.
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

_ABBREVIATIONS = frozenset(
    "a.a a.c a.d a.g a.h a.m a.m.e a.s a.t adm ala ariz aug ave b.f b.v bros c c.i.t c.o.m.b c.v calif "
    "chg cie co col colo conn corp cos ct d d.c d.h d.w dec dr e e.f e.h e.l e.m f f.g f.j feb fla fri ft "
    "g g.d g.f g.k ga gen h h.c h.f h.m i.m.s ill inc j.b j.c j.j j.k j.p j.r jan jr k kan ky l l.a l.f "
    "l.p lt ltd m m.b.a m.d.c m.j maj messrs mg mich minn mr mrs ms n n.c n.d n.h n.j n.m n.v n.y nev nov "
    "oct ok okla ore p p.a.m p.m pa ph.d prof r r.a r.h r.i r.j r.k r.t rep reps s s.a s.a.y s.c s.g "
    "s.p.a s.s sen sep sept sr st sw t t.j tenn tues u.k u.n u.s u.s.a u.s.s.r v va vs vt w w.c w.r w.va "
    "w.w wash wed wis yr".split()
)
_GO_ON_AFTER_A_NUMBER = frozenset(
    "abreast aes business cbot colgate commodities cooper corrections credit dividend financing genentech "
    "henley insider international leisure letters notable pay-fone pegasus pepper review rj wedgestone who "
    "zimmer".split()
)
_OPENING = frozenset(  # also after an abbreviation
    "according although among both but despite even he however i if in indeed instead it many meanwhile "
    "moreover most nevertheless nonetheless nor sales separately similarly since so some the there these "
    "they this though thus under when while yet available calculate certainly check choose complete "
    "conclusion consider contact create creating developed develop discuss does enjoy enter experience "
    "explain explore finally furthermore given her here imagine implement improved include increased "
    "introducing motivation organized overall person please practice provide question remember section "
    "skills spend step task thank therefore think through throughout title together try ultimately "
    "unfortunately using welcome whether which without yes your".split()
)
_KNOWN = _OPENING | frozenset(  # seen with a small letter, but also in capitals within a sentence
    "a after all an and another are as at background be because before benefits by can control could "
    "critical day development do each every first for from future get group health his history how impact "
    "introduction is its just keep key let look love make may methods music my next no not now of on once "
    "one open or our over purpose real research return role she social start summary sure take that their "
    "then to today two until use we well what where who why with work write you".split()
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
        return word not in _ABBREVIATIONS and not is_name
    if _goes_on(token):
        return after[0].isupper() and following in _OPENING
    return not (is_number and following in _GO_ON_AFTER_A_NUMBER)


def _goes_on(token: str) -> bool:
    """An abbreviation, or several full stops?"""
    word = token[:-1].lower()
    return word.endswith(".") or word in _ABBREVIATIONS or word.rsplit("-", 1)[-1] in _ABBREVIATIONS
