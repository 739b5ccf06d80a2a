"""Twelve blockers of the product's own rules, restated as one plain condition each.

Each is written three times: in Python on facts, which is how this product's rules see a device, as
Cloud Custodian's filter and as an expression of GoRules' zen, both on Graph's JSON.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from shared.domain.facts import Facts, Text
from shared.domain.rule import Case, Finding, Reason, Rule, find

Filter: TypeAlias = dict[str, object]

OLDEST = (10, 0, 22621)
BRANCH, LOWEST_REVISION = "10.0.26100.", 4770
EXCLUDED_SKUS = (118, 119, 123, 131, 135, 136, 178)
FROM_SETTINGS = ("userEnrollment", "windowsAutoEnrollment")


class Condition(Struct, frozen=True):
    """One blocker and the condition under which it holds, in each language."""

    code: str
    facts: Callable[[Facts], bool]
    custodian: Filter
    zen: str


def _value(key: str, value: object, op: str = "eq") -> Filter:
    return {"type": "value", "key": key, "op": op, "value": value}


def _older_for_custodian(version: str) -> Filter:
    return {**_value("osVersion", version, "lt"), "value_type": "version"}


def _older(version: Text, than: tuple[int, ...]) -> bool:
    try:
        return bool(version) and tuple(map(int, str(version).split("."))) < than
    except ValueError:
        return False


def _behind(version: Text) -> bool:
    return _starts(version, BRANCH) and int(str(version).split(".")[3]) < LOWEST_REVISION


def _starts(text: Text, prefixes: str | tuple[str, ...]) -> bool:
    return isinstance(text, str) and text.startswith(prefixes)


TWELVE = (
    Condition(
        "platform_not_windows",
        lambda f: f.operating_system != "Windows",
        _value("operatingSystem", "Windows", "ne"),
        "operatingSystem != 'Windows'",
    ),
    Condition(
        "sku_unsupported",
        lambda f: f.sku_number in EXCLUDED_SKUS,
        _value("skuNumber", [*EXCLUDED_SKUS], "in"),
        f"skuNumber in {[*EXCLUDED_SKUS]}",
    ),
    Condition(
        "no_primary_user",
        lambda f: not f.has_user,
        {"type": "value", "key": "userPrincipalName", "value": "empty"},
        "(userPrincipalName ?? '') == ''",
    ),
    Condition(
        "userless",
        lambda f: f.enrollment_type == "windowsBulkUserless",
        _value("deviceEnrollmentType", "windowsBulkUserless"),
        "deviceEnrollmentType == 'windowsBulkUserless'",
    ),
    Condition(
        "os_version_unsupported",
        lambda f: _older(f.os_version, OLDEST),
        {
            "and": [
                {"type": "value", "key": "osVersion", "value": "not-null"},
                _older_for_custodian("10.0.22621"),
            ]
        },
        "(osVersion ?? '') != '' and isNumeric(split(osVersion, '.')[0])"
        " and number(split(osVersion, '.')[0]) <= 10"
        " and number(split(osVersion, '.')[2] ?? '0') < 22621",
    ),
    Condition(
        "os_build_too_old",
        lambda f: _behind(f.os_version),
        {
            "and": [
                _value("osVersion", r"10\.0\.26100\.", "regex"),
                _older_for_custodian(f"{BRANCH}{LOWEST_REVISION}"),
            ]
        },
        f"startsWith(osVersion ?? '', '{BRANCH}')"
        f" and number(split(osVersion, '.')[3]) < {LOWEST_REVISION}",
    ),
    Condition(
        "join_type_unsupported",
        lambda f: f.join_type != "azureADJoined",
        _value("joinType", "azureADJoined", "ne"),
        "joinType != 'azureADJoined'",
    ),
    Condition(
        "provisioning_hybrid_join",
        lambda f: f.join_type == "hybridAzureADJoined",
        _value("joinType", "hybridAzureADJoined"),
        "joinType == 'hybridAzureADJoined'",
    ),
    Condition(
        "provisioning_self_deploying",
        lambda f: f.enrollment_type == "windowsAzureADJoinUsingDeviceAuth",
        _value("deviceEnrollmentType", "windowsAzureADJoinUsingDeviceAuth"),
        "deviceEnrollmentType == 'windowsAzureADJoinUsingDeviceAuth'",
    ),
    Condition(
        "provisioning_settings_enrollment",
        lambda f: f.enrollment_type in FROM_SETTINGS and f.join_type == "azureADJoined",
        {
            "and": [
                _value("deviceEnrollmentType", [*FROM_SETTINGS], "in"),
                _value("joinType", "azureADJoined"),
            ]
        },
        f"deviceEnrollmentType in {[*FROM_SETTINGS]} and joinType == 'azureADJoined'",
    ),
    Condition(
        "provisioning_co_management",
        lambda f: (
            f.enrollment_type == "windowsCoManagement"
            and _starts(f.management_agent, "configurationManager")
        ),
        {
            "and": [
                _value("deviceEnrollmentType", "windowsCoManagement"),
                _value("managementAgent", "configurationManager", "regex"),
            ]
        },
        "deviceEnrollmentType == 'windowsCoManagement'"
        " and startsWith(managementAgent ?? '', 'configurationManager')",
    ),
    Condition(
        "hyper_v_guest",
        lambda f: f.hyper_v_guest is True,
        {
            "and": [
                _value("manufacturer", "Microsoft Corporation"),
                _value("model", "Virtual Machine"),
            ]
        },
        "manufacturer == 'Microsoft Corporation' and model == 'Virtual Machine'",
    ),
)


def rules() -> list[Rule]:
    """Write the twelve as rules of this product."""
    return [_rule(order, condition) for order, condition in enumerate(TWELVE)]


def _rule(order: int, condition: Condition) -> Rule:
    reason = Reason(condition.code, "blocker", "verdict", "The device is not as needed.")

    def check(case: Case) -> Iterator[Finding]:
        if condition.facts(case.facts):
            yield find(reason)

    return Rule(
        id=condition.code,
        order=order,
        title=condition.code,
        rationale="",
        remediation="",
        capabilities=("backup",),
        reasons=(reason,),
        reads=(),
        sources=(),
        check=check,
    )
