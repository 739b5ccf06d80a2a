"""The templates agree with the code and with each other, as far as no compiler is needed."""

import re
from pathlib import PurePosixPath

import pytest

from shared.config import read_settings
from shared.messages import QUEUES

pytest.importorskip("tree_sitter_bicep", reason="tree-sitter-bicep is not installed")

from tests.infra.bicep import INFRA, fields, guids, literals, templates, value

ROLES = {
    "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "Storage Queue Data Contributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    "Monitoring Metrics Publisher": "3913510d-42f4-4e42-8a64-420c390055eb",
}
"""Azure's built-in roles, the same ids in every subscription (Azure RBAC reference, 2026-11-22)."""

TEMPLATES = templates()
STORAGE = TEMPLATES["modules/storage.bicep"]
APP = TEMPLATES["modules/function-app.bicep"]


def app_settings() -> set[str]:
    """The names of the settings that the template itself gives the app."""
    _, ours, _ = fields(APP.resource("appSettings"))["properties"].named_children[-1].named_children
    return set(fields(ours))


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_parses(name: str) -> None:
    assert not TEMPLATES[name].root.has_error


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_parameter_is_used(name: str) -> None:
    template = TEMPLATES[name]
    unused = [p for p in template.parameters if len(re.findall(rf"\b{p}\b", template.text)) < 2]
    assert unused == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_module_is_given_what_it_asks_for_and_gives_what_is_taken(name: str) -> None:
    template = TEMPLATES[name]
    for symbol, file, given in template.modules:
        module = TEMPLATES[str(PurePosixPath(name).parent / file)]
        required = {each for each, default in module.parameters.items() if not default}
        assert required <= given <= set(module.parameters), symbol
        taken = set(re.findall(rf"\b{symbol}\.outputs\.(\w+)", template.text))
        assert taken <= module.outputs, symbol


def test_the_settings_that_the_template_gives_are_all_the_app_needs() -> None:
    samples = {"TENANT_ID": "00000000-0000-0000-0000-000000000000"}
    settings = read_settings(
        {name: samples.get(name, f"https://{name.lower()}.example.com") for name in app_settings()}
    )
    assert settings.client_id
    assert settings.storage_connection is None
    assert settings.blob_url != settings.queue_url


def test_the_api_is_on_only_with_its_audience_and_then_has_a_write_identity_of_its_own() -> None:
    *_, api = fields(APP.resource("appSettings"))["properties"].named_children[-1].named_children
    assert re.sub(r"\s+", " ", (api.text or b"").decode()) == (
        "empty(apiAudience) ? {} : { API_AUDIENCE: apiAudience RESTORE_CLIENT_ID: restoreClientId }"
    )
    main = TEMPLATES["main.bicep"].text
    assert "restoreClientId: restoreIdentity.outputs.clientId" in main
    assert "identityClientId: identity.outputs.clientId" in main


def test_every_setting_that_a_trigger_names_is_given() -> None:
    handlers = (INFRA.parent / "handlers").glob("*.py")
    named = {
        name
        for handler in handlers
        for name in re.findall(r"%(\w+)%", handler.read_text(encoding="utf-8"))
    }
    assert named <= app_settings()


def test_every_queue_of_the_app_and_its_poison_queue_are_made() -> None:
    assert sorted(literals(STORAGE.variable("queues"))) == sorted(QUEUES)
    assert value(STORAGE.resource("work"), "name") == "queue"
    assert value(STORAGE.resource("poison"), "name") == "${queue}-poison"


def test_every_role_is_one_we_mean_to_give() -> None:
    assert set().union(*(guids(each.text) for each in TEMPLATES.values())) == set(ROLES.values())


def test_storage_has_neither_keys_nor_public_blobs() -> None:
    account = STORAGE.resource("account")
    assert value(account, "properties", "allowSharedKeyAccess") == "false"
    assert value(account, "properties", "allowBlobPublicAccess") == "false"
    assert value(STORAGE.resource("containers"), "properties", "publicAccess") == "None"


def test_nobody_can_alter_or_remove_a_record_of_the_audit() -> None:
    assert value(STORAGE.resource("audit"), "name") == "auditContainer"
    assert value(STORAGE.resource("audit"), "properties", "publicAccess") == "None"
    policy = STORAGE.resource("immutable")
    assert (value(policy, "parent"), value(policy, "name")) == ("audit", "default")
    assert value(policy, "properties", "allowProtectedAppendWrites") == "false"
    assert value(policy, "properties", "immutabilityPeriodSinceCreationInDays") == "auditDays"


def test_the_template_makes_the_containers_that_the_app_uses_unless_told_otherwise() -> None:
    settings = read_settings({"TENANT_ID": "contoso.com", "AzureWebJobsStorage__accountName": "a"})
    assert {settings.container, settings.audit_container} <= TEMPLATES["main.bicep"].strings


def test_only_leftovers_of_sweeps_what_was_told_and_answers_are_ever_removed() -> None:
    assert {s for s in STORAGE.strings if s.endswith("/")} == {
        "${container}/sweeps/",
        "${container}/deliveries/",
        "${container}/digests/",
        "${container}/restore-setting/answers/",
    }
