"""Makes text that strangers wrote safe to show: it cannot hide, reorder, reshape or run anything.

Each function ends in text for one place; what is safe in one of them is not in another.
"""

import re
import unicodedata

JOINERS = "\u200c\u200d"
"""Format characters that belong to correct spelling in several scripts, and to many emoji."""

BLANKS = "\u034f\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs without a glyph, with which a name could look empty."""

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
"""Unicode categories without a glyph: controls, bidi overrides and isolates, lone surrogates."""

RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
ISOLATE, ISOLATE_END = "\u2068", "\u2069"

_MARKDOWN = re.compile(r"[\\`*_\[\]<>~&]|(?<=\{)\{|^[-+#]")
_NUMBERED = re.compile(r"^(\d+)([.)])")
_FORMULA = re.compile(r"""(^|[;,|"'])(\s*[=+\-@＝＋－＠])""")


def clean(text: str) -> str:
    r"""Leave out what has no glyph, and write every run of white space as one space.

    >>> clean("PC\u202e-\t1\x00")
    'PC- 1'
    """
    kept = (c for c in text if c.isspace() or not _is_unseen(c))
    return " ".join("".join(kept).split()).strip(f" {JOINERS}")


def shorten(text: str, most: int) -> str:
    """Clean a text and cut it to `most` characters, the ellipsis included.

    >>> shorten("Latitude 5440", 9)
    'Latitude…'
    """
    cleaned = clean(text)
    if len(cleaned) <= most:
        return cleaned
    end = most - 1
    while end > 0 and _continues(cleaned[end]):
        end -= 1
    return cleaned[:end].rstrip(f" {JOINERS}") + "…"


def isolated(text: str) -> str:
    """Keep a text that runs from right to left from reordering what stands around it."""
    if any(unicodedata.bidirectional(c) in RIGHT_TO_LEFT for c in text):
        return f"{ISOLATE}{text}{ISOLATE_END}"
    return text


def card_text(text: str) -> str:
    r"""Write a text so that an Adaptive Card shows it as it is.

    Cards know a part of Markdown, and the macros `{{DATE(...)}}` and `{{TIME(...)}}`.

    >>> print(card_text("*PC_1*"))
    \*PC\_1\*
    """
    escaped = _MARKDOWN.sub(r"\\\g<0>", clean(text))
    return isolated(_NUMBERED.sub(r"\1\\\2", escaped))


def csv_cell(text: str) -> str:
    """Keep a spreadsheet from taking a value for a formula, whatever separator it goes by.

    >>> csv_cell("=1+1")
    "'=1+1"
    """
    return _FORMULA.sub(r"\1'\2", clean(text))


def _is_unseen(character: str) -> bool:
    if character in JOINERS:
        return False
    return character in BLANKS or unicodedata.category(character) in UNSEEN


def _continues(character: str) -> bool:
    """Tell whether a character is shown as one with the character before it."""
    return character in JOINERS or unicodedata.category(character).startswith("M")
