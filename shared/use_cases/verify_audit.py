"""Prove that the audit's records are all there, and as they were written."""

from datetime import datetime

from msgspec import structs

from shared.domain.audit_chain import Finding
from shared.domain.audit_proof import Proof, prove
from shared.errors import StorageError
from shared.ports import Records


async def verify_audit(now: datetime, *, records: Records) -> Proof:
    """Read every record, and hold all that was made of them against it; nothing is changed.

    Raises StorageError when the records themselves cannot be read.
    """
    # The cache comes first: what it knows of was there before the records are listed.
    wrong: tuple[Finding, ...] = ()
    try:
        cached = await records.cached()
    except StorageError as error:
        cached, wrong = None, (Finding(0, "cache", str(error)),)
    numbers = await records.numbers()
    contents = {number: content async for number, content in records.contents(numbers)}
    proof = prove(contents, cached, await records.all_filed(), now)
    return structs.replace(proof, findings=(*wrong, *proof.findings))
