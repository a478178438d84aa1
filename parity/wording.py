"""How the reports write numbers and verdicts: the same in the terminal, the page, the document."""

from __future__ import annotations

import math

# Two sentences.
TOLERANCES_EXPLAINED = (
    "Differences are counted in epsilons, the gap between 1 and the next number of the precision: "
    "2⁻²³ ≈ 1.2·10⁻⁷ in float32, 2⁻⁵² ≈ 2.2·10⁻¹⁶ in float64. "
    "Each quantity may differ by as many as rounding explains, where the same sums are added in "
    "another order: a number set a few times above the largest difference measured, and more for "
    "each time step or step of the optimizer that rounding has added up over."
)


def measured(epsilons: float) -> str:
    """To a tenth, so that columns line up: '0' (the same bits), '<0.1', '3.5', '1.2e+07', '∞'."""
    if not math.isfinite(epsilons) or epsilons == 0:
        return _special(epsilons)
    if epsilons < 0.1:
        return "<0.1"
    return f"{epsilons:,.1f}" if epsilons < 1e5 else f"{epsilons:.1e}"


def allowed(epsilons: float) -> str:
    """As the table of tolerances has it: '0', '0.25', '8', '26.9', '1,024'."""
    return f"{epsilons:,.3g}" if epsilons < 1000 else f"{epsilons:,.0f}"


def percent(share: float) -> str:
    """A share as a percentage: '0%', '<1%', '44%', '3,700%', '∞', 'NaN'."""
    if not math.isfinite(share):
        return _special(share)
    if 0 < share < 0.005:
        return "<1%"
    return f"{share:,.0%}" if share < 1e4 else f"{100 * share:.1e}%"


def exponent(ratio: float) -> str:
    """Of the power of two that a ratio is: '−28.6'."""
    return f"{math.log2(ratio):.1f}".replace("-", "−")


def verdict(agrees: bool) -> str:
    return "agrees" if agrees else "DIFFERS"


def count(number: int, what: str) -> str:
    """'1 row', '2,000 rows'."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _special(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    return "∞" if number else "0"
