"""The spectrum of a book as a picture for the terminal."""

from __future__ import annotations

from clientcore.errors import counted
from clientcore_spectrum.portfolio import MODES, Portfolio, Share, Verdict

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_NAMES = {
    "servicing": "servicing",
    "mining": "account mining",
    "strategic_fit": "strategic fit",
    "consultative": "consultative",
    "education": "education",
    "mentoring": "mentoring",
}


def picture(book: Portfolio, verdict: Verdict | None = None, *, width: int = 40, ascii_only: bool = False) -> str:
    """Draw a book on the spectrum: one bar for each mode, in the order of the spectrum.

    Args:
        book: What `portfolio` returned.
        verdict: What `judge` returned; its sentences are put below.
        width: Characters of the longest possible bar, at least 8.
        ascii_only: Draw with `#` and `-` for terminals without Unicode.

    Returns:
        Lines without a final line feed. For people inside the organisation, since it names the modes.

    Example:
        >>> from clientcore_spectrum.portfolio import portfolio
        >>> print(picture(portfolio(["servicing"] * 3 + ["mining"]), width=8, ascii_only=True))
        servicing       ######--   75%       3
        account mining  ##------   25%       1
        strategic fit   --------    0%       0
        consultative    --------    0%       0
        education       --------    0%       0
        mentoring       --------    0%       0
        4 accounts, 0 unknown; thin end 0%, skewness 1.15, Gini over modes 0.75
    """
    room = max(8, width)
    lines = [_line(mode, book.shares[mode], room, ascii_only) for mode in MODES]
    tail, lean, spread = _percent(book.tail_share), _number(book.skewness), _number(book.gini)
    size = f"{counted(book.accounts, 'account')}, {book.unknown:,} unknown"
    lines.append(f"{size}; thin end {tail}, skewness {lean}, Gini over modes {spread}")
    if book.revenue_unknown is not None:
        money = _number(book.revenue_gini)
        lines.append(f"Gini of revenue {money}; revenue unknown for {counted(book.revenue_unknown, 'account')}")
    if verdict is not None and verdict.reasons:
        lead = (
            "self-assessment looks inflated" if verdict.inflated_self_assessment else "self-assessment can't be judged"
        )
        lines.append(f"{lead}: {'; '.join(verdict.reasons)}")
    return "\n".join(lines)


def _line(mode: str, share: Share, width: int, ascii_only: bool) -> str:
    money = "" if share.revenue_share is None else f"   {share.revenue_share:>4.0%} of revenue"
    bar = _bar(share.share or 0.0, width, ascii_only)
    return f"{_NAMES[mode]:<15} {bar} {_percent(share.share):>5} {share.accounts:>7,}{money}"


def _bar(share: float, width: int, ascii_only: bool) -> str:
    if ascii_only:
        return ("#" * round(share * width)).ljust(width, "-")
    full, rest = divmod(round(share * width * 8), 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.0%}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
