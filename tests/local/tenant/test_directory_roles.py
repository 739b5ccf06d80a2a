from local.tenant.calls import READER, WRITER, Caller
from tests.local.tenant.asked import Ask

LIST = "/v1.0/roleManagement/directory/roleAssignments"
INTUNE = "3a2c62db-5318-420d-8d74-23affee5d9d5"


def test_the_writer_is_intune_administrator_of_the_whole_tenant(ask: Ask) -> None:
    (assigned,) = ask(caller=READER).get(f"{LIST}?$filter=principalId eq '{WRITER.object_id}'")[
        "value"
    ]
    assert assigned["principalId"] == WRITER.object_id
    assert (assigned["roleDefinitionId"], assigned["directoryScopeId"]) == (INTUNE, "/")


def test_whoever_reads_holds_no_role(ask: Ask) -> None:
    found = ask(caller=READER).get(f"{LIST}?$filter=principalId eq '{READER.object_id}'")
    assert found["value"] == []


def test_roles_are_not_for_everybody_to_see(ask: Ask) -> None:
    nothing = ask(caller=Caller(permissions=frozenset()))
    assert nothing.call("GET", LIST).status == 403
    seeing = ask(caller=Caller(permissions=frozenset({"RoleManagement.Read.Directory"})))
    assert seeing.call("GET", LIST).status == 200
