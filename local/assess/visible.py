"""Shows text that others wrote so that it can neither hide, reorder nor run anything."""

import unicodedata

JOINERS = "\u200c\u200d"
"""Format characters that belong to correct spelling in several scripts."""

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories that have no glyph: controls, bidi overrides, half surrogate pairs."""

STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def visible(text: str) -> str:
    r"""Spell out every character that has no glyph.

    >>> print(visible("PC-\u202e1"))
    PC-\u202e1
    """
    if text.isprintable():
        return text
    return "".join(_escaped(c) if _unseen(c) else c for c in text)


def cell(text: str) -> str:
    """Keep a spreadsheet from taking a value for a formula.

    >>> cell("=1+1")
    "'=1+1"
    """
    return f"'{text}" if text.startswith(STARTS_FORMULA) else text


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in UNSEEN and character not in JOINERS


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
