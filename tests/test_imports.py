"""What import-linter cannot say of who may import what; the rest stands in .importlinter."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILT_IN = sys.stdlib_module_names


def imported(*places: str) -> Iterator[tuple[str, str]]:
    """Every module imported by the files in these places of the tree, lazily or not."""
    for place in places:
        path = ROOT / place
        assert path.exists(), f"{place} is not there"
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    yield from ((file.name, alias.name) for alias in node.names)
                elif isinstance(node, ast.ImportFrom):
                    assert node.level == 0, f"{file} imports relatively"
                    yield from ((file.name, f"{node.module}.{a.name}") for a in node.names)


def strangers(*places: str, welcome: tuple[str, ...]) -> list[tuple[str, str]]:
    """What is imported beyond the standard library and the packages that are welcome."""
    return [
        (file, module)
        for file, module in imported(*places)
        if module.partition(".")[0] not in BUILT_IN
        and not any(f"{module}.".startswith(f"{each}.") for each in welcome)
    ]


def test_the_domain_needs_the_standard_library_and_msgspec_only() -> None:
    assert strangers("shared/domain", welcome=("msgspec", "shared.domain")) == []


def test_rules_need_the_domain_only() -> None:
    assert strangers("shared/rules", welcome=("msgspec", "shared.domain", "shared.rules")) == []


def test_use_cases_need_no_sdk() -> None:
    assert strangers("shared/use_cases", welcome=("msgspec", "shared")) == []


def test_the_api_knows_no_server_and_no_sdk() -> None:
    assert strangers("shared/api", welcome=("msgspec", "shared")) == []


def test_the_report_needs_a_template_engine_besides() -> None:
    assert strangers("shared/report", welcome=("jinja2", "msgspec", "shared")) == []


def test_the_app_only_registers_handlers() -> None:
    assert strangers("function_app.py", welcome=("azure.functions", "handlers")) == []


def test_handlers_know_azure_functions_and_no_other_sdk() -> None:
    welcome = ("azure.functions", "handlers", "shared")
    assert strangers("handlers", welcome=welcome) == []


def test_adapters_know_every_sdk_but_not_azure_functions() -> None:
    met = [module for _, module in imported("shared/adapters")]
    assert [module for module in met if module.startswith("azure.functions")] == []


def test_an_sdk_where_only_our_own_is_welcome_is_seen() -> None:
    assert strangers("shared/adapters", welcome=("msgspec", "shared")) != []
