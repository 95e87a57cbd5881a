"""One tax basis for both sides: household electricity is sold with tax, APIs and devices are listed without.

Gross is with value-added tax, net without it, as whoever deducts it pays. Other levies stay in both.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Literal, cast, get_args

from bench.economics.assumptions.constants import Constant
from bench.errors import InputError, nearest

TAX_BASIS_FLAG, VAT_FLAG = "tax-basis", "vat"
TaxBasis = Literal["mixed", "gross", "net"]

MIXED_BECAUSE = "bases mixed: API list prices without tax, household electricity with it"


def read_tax_basis(text: str) -> TaxBasis:
    """``gross``, ``net`` or ``mixed``; InputError otherwise."""
    word, known = text.strip().lower(), get_args(TaxBasis)
    if word not in known:
        raise InputError(f"unknown tax basis {text!r}; {nearest(word, known)}", where=f"--{TAX_BASIS_FLAG}")
    return cast(TaxBasis, word)


def on_basis(figure: Constant, has_tax: bool | None, basis: TaxBasis, vat: Constant | None) -> Constant:
    """The catalog's ``figure`` with tax where the basis is gross and without where it is net.

    ``has_tax`` is what its source says of it. Without a word (None) it stays as it is: a rate that may not be
    in it cannot be taken out. Either way the source tells. InputError where the rate is needed and not given.
    """
    is_gross = basis == "gross"
    if has_tax is None:
        return _told(figure, "not said whether with tax")
    if basis == "mixed" or has_tax == is_gross:
        return _told(figure, "with tax" if has_tax else "without tax")
    if vat is None:
        raise no_vat(f"{figure.source} is {'with' if has_tax else 'without'} tax", basis)
    value, low, high = (
        part * (1 + vat.value) if is_gross else part / (1 + vat.value)
        for part in (figure.value, figure.low, figure.high)
    )
    changed = replace(figure, value=value, low=low, high=high)
    return _told(changed, f"{'with' if is_gross else 'without'} {_percent(vat)} VAT")


def no_vat(what: str, basis: TaxBasis) -> InputError:
    return InputError(
        f"{what}, and --{TAX_BASIS_FLAG} {basis} needs the rate of the tax",
        where=f"--{VAT_FLAG}",
        remedy=f"give it, as --{VAT_FLAG} 19%",
    )


def said_of(basis: TaxBasis, vat: Constant | None) -> str:
    """Why the basis is as it is, in words for the list of assumptions."""
    if basis == "mixed":
        return MIXED_BECAUSE
    rate = "" if vat is None else f" of {_percent(vat)}"
    how = "with" if basis == "gross" else "without"
    return f"declared by the user: all {how} VAT{rate}; figures that you state are taken to be so already"


def api_tax(basis: TaxBasis, vat: Constant | None) -> Decimal:
    """Share that is added to API list prices."""
    return vat.value if basis == "gross" and vat is not None else Decimal(0)


def _percent(vat: Constant) -> str:
    return f"{(vat.value * 100).normalize():f} %"


def _told(figure: Constant, what: str) -> Constant:
    return replace(figure, source=f"{figure.source}; {what}")
