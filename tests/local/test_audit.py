"""The audit from the command line, in a real storage."""

import asyncio
import io
import json
from uuid import uuid4

import pytest
from rich.console import Console

from local.audit import as_json, main, show, tell
from local.stored import opened
from shared.adapters.storage.account import blob_client
from shared.adapters.storage.audit_records import record_name
from shared.adapters.storage.blobs import Blobs
from shared.domain.audit_chain import Finding, link_of
from shared.domain.audit_proof import Proof, prove
from shared.domain.restore_change import Rejected
from tests.audit_builders import LATER, STORY, Written
from tests.restore_builders import NOON, principal

LAST = len(STORY)


@pytest.fixture
def container(storage: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A storage of this test's own, and the audit's container in it."""
    audit = f"audit-{uuid4()}"
    monkeypatch.setenv("AzureWebJobsStorage", storage)
    monkeypatch.setenv("READINESS_CONTAINER", f"test-{uuid4()}")
    monkeypatch.setenv("AUDIT_CONTAINER", audit)
    return audit


@pytest.fixture
def story(storage: str, container: str) -> str:
    """The story in that storage."""

    async def append() -> None:
        async with opened(storage) as stored:
            ledger = await stored.audit.ledger()
            for n, (who, event) in enumerate(STORY):
                record = ledger.next(f"r{n}", NOON, who, event)
                ledger = await stored.audit.append(ledger, record, NOON)

    asyncio.run(append())
    return container


def remove(storage: str, container: str, number: int) -> None:
    async def delete() -> None:
        async with blob_client(storage, None, None) as service:
            await Blobs(service, container).delete([record_name(number)])

    asyncio.run(delete())


def console() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=140, highlight=False, markup=False, emoji=False), out


@pytest.mark.usefixtures("container")
def test_before_the_first_record_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("verify", "list"):
        assert main([verb]) == 0
        assert capsys.readouterr().out == "There are no records yet.\n"
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.usefixtures("story")
def test_a_chain_that_holds_is_told_with_its_last_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["verify"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "7 records, the chain holds, the last is 7 of 2026-11-22 12:00:00 UTC."
    assert second.startswith("Its hash is ")


def test_each_thing_that_is_wrong_is_told_and_the_status_says_so(
    storage: str, story: str, capsys: pytest.CaptureFixture[str]
) -> None:
    remove(storage, story, 3)
    remove(storage, story, LAST)
    assert main(["verify"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "record 3: missing: it is not there, and record 4 is there",
        "record 7: missing: it is not there, and restore-setting/ledger.json knows of record 7",
        "5 records, and the audit does not hold.",
    ]


@pytest.mark.usefixtures("story")
def test_records_are_listed_with_who_did_what_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json", "--most", "2"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(each["seq"], each["event"]["event"]) for each in listed] == [
        (6, "foreign"),
        (7, "planned"),
    ]
    assert listed[1]["who"]["oid"] == "oid-ben"


def test_a_table_of_records_is_readable() -> None:
    out, text = console()
    show({number: link_of(each) for number, each in Written().contents.items()}, out)
    lines = [" ".join(line.split()) for line in text.getvalue().splitlines()]
    assert lines[0] == "number time (UTC) who event change why"
    assert lines[1] == "1 2026-11-22 12:00:00 anna planned c1 notConfigured -> enabled:" + (
        " the pilot begins"
    )
    assert lines[5] == ("5 2026-11-22 12:00:00 the app itself applied c1 notConfigured -> enabled")
    assert lines[6] == "6 2026-11-22 12:00:00 the app itself foreign enabled -> disabled"


def test_whoever_has_no_name_is_shown_by_object_and_what_others_wrote_hides_nothing() -> None:
    written = Written()
    written.add(principal("ben").without_name(), Rejected("c2", "no\u202e\x1b[2J"))
    out, text = console()
    show({8: link_of(written.contents[8])}, out)
    assert "user oid-ben" in text.getvalue()
    assert r"no\u202e\x1b[2J" in text.getvalue()


def test_an_unreadable_record_is_listed_as_such() -> None:
    out, text = console()
    show({8: link_of(b"{}")}, out)
    assert "8" in text.getvalue()
    assert "cannot be read: Object missing required field" in text.getvalue()
    (told,) = json.loads(as_json({8: b"{}"}))
    assert told["seq"] == 8
    assert "missing required field" in told["unreadable"]


def test_what_nothing_vouches_for_is_told() -> None:
    written = Written()
    for cached, says in ((None, "at all"), (written.ledgers[2], "after record 2")):
        out, text = console()
        tell(prove(written.contents, cached, {}, LATER), out)
        assert f"restore-setting/ledger.json knows of none {says} yet." in text.getvalue()


def test_a_finding_hides_nothing() -> None:
    out, text = console()
    tell(Proof(0, None, "", 0, (Finding(1, "impossible", "so \u202e"),)), out)
    assert r"so \u202e" in text.getvalue()


@pytest.mark.parametrize("most", ["0", "-1", "many", "²"])
def test_a_number_of_records_is_asked_for(most: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["list", "--most", most])
    assert "--most" in capsys.readouterr().err
