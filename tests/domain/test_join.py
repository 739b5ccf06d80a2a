import pytest

from shared.domain.join import Join, joins_of
from tests.builders import device


@pytest.mark.parametrize(
    ("join_type", "trust_type", "joins"),
    [
        ("azureADJoined", "AzureAd", ("joined",)),
        ("azureADJoined", None, ("joined",)),
        ("unknown", "serverad", ("hybrid",)),
        ("somethingNew", "WORKPLACE", ("registered",)),
        ("azureADJoined", "ServerAd", ("joined", "hybrid")),
        ("unknown", "", ()),
        (None, "somethingNew", ()),
    ],
)
def test_intune_comes_first_and_entra_where_intune_does_not_answer(
    join_type: str | None, trust_type: str | None, joins: tuple[Join, ...]
) -> None:
    assert joins_of(device(join_type=join_type, trust_type=trust_type)) == joins
