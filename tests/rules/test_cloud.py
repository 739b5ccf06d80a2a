import pytest
from msgspec import UNSET

from shared.rules.cloud import RULE
from tests.builders import codes, found, tenant


@pytest.mark.parametrize("cloud", ["commercial", "gcc"])
def test_the_worldwide_cloud_passes_with_gcc(cloud: str) -> None:
    assert found(RULE, tenant_facts=tenant(cloud=cloud)) == ()


@pytest.mark.parametrize("cloud", ["gcchigh", "dod", "china"])
def test_a_sovereign_cloud_is_blocked(cloud: str) -> None:
    assert codes(found(RULE, tenant_facts=tenant(cloud=cloud))) == ["cloud_unsupported"]


def test_a_cloud_that_was_not_read_is_unknown() -> None:
    (finding,) = found(RULE, tenant_facts=tenant(cloud=UNSET))
    assert (finding.reason, finding.observed) == ("unknown_cloud", "not read")


def test_a_cloud_not_known_here_is_unknown_and_shown_as_it_is() -> None:
    (finding,) = found(RULE, tenant_facts=tenant(cloud="moonbase"))
    assert (finding.reason, finding.observed) == ("unknown_cloud", "moonbase")
