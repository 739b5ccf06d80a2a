"""Keeps addresses out of what is written down."""

import re

_ADDRESS = re.compile(r'\w+://\S+|[^\s<>"(),;:/]+@[^\s<>"(),;:/]+')


def without_addresses(text: str) -> str:
    """Leave out mail addresses and URLs, which servers like to quote.

    >>> without_addresses("550 <ada@contoso.com> is unknown, see https://mail.contoso.com/?a=1")
    '550 <(address)> is unknown, see (address)'
    """
    return _ADDRESS.sub("(address)", text)
