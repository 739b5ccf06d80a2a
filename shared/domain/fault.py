"""Something that is wrong with what people wrote."""

from typing import NamedTuple


class Fault(NamedTuple):
    """A field, by its path, and what is wrong with it; an empty path is the whole."""

    field: str
    says: str

    def __str__(self) -> str:
        return f"{self.field} {self.says}".strip()

    def within(self, place: str) -> "Fault":
        """Say the same of a field that lies in another one."""
        return Fault(f"{place}.{self.field}" if self.field else place, self.says)
