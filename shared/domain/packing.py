"""Assessments packed for page blobs, where many devices and many assessments share findings."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import TypeAlias

import msgspec
from msgspec import Raw, Struct

from shared.domain.assessment import Assessment, Judgement, Ready, Verdict
from shared.domain.rule import CAPABILITIES, Finding

PackedJudgement: TypeAlias = tuple[Verdict, Ready, tuple[str, ...]]
"""A judgement with its findings named by their keys."""

REMEMBERED = 4096
"""Packed findings kept; a large tenant has some hundreds."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(tuple[PackedJudgement, PackedJudgement, PackedJudgement])


class Packed(Struct, frozen=True, eq=False):
    """An assessment as bytes, made once and written as often as it is needed.

    `key` names this very content, the same in every process. Compared by identity, which makes a
    set of them cheap.
    """

    key: str
    content: Raw
    findings: dict[str, Raw]


def pack(assessment: Assessment) -> Packed:
    """Pack an assessment; equal assessments get equal keys."""
    findings: dict[str, Raw] = {}
    judgements: list[PackedJudgement] = []
    for capability in CAPABILITIES:
        judgement = assessment.of(capability)
        keys = []
        for finding in judgement.findings:
            key, findings[key] = _pack_finding(finding)
            keys.append(key)
        judgements.append((judgement.verdict, judgement.ready, tuple(keys)))
    content = _encoder.encode(judgements)
    return Packed(_key(content), Raw(content), findings)


@lru_cache(maxsize=REMEMBERED)
def _pack_finding(finding: Finding) -> tuple[str, Raw]:
    """Pack a finding once, so that assessments share it and pages gather it by its identity."""
    content = _encoder.encode(finding)
    return _key(content), Raw(content)


def unpack(content: Raw, findings: Mapping[str, Raw]) -> Assessment:
    """Read a packed assessment back. Raises KeyError or msgspec.DecodeError when it is damaged."""
    return Assessment(
        *(
            Judgement(
                verdict,
                ready,
                tuple(msgspec.json.decode(findings[key], type=Finding) for key in keys),
            )
            for verdict, ready, keys in _decoder.decode(content)
        )
    )


def _key(content: bytes) -> str:
    """Name content by eleven characters that stand for 64 bits of its hash."""
    return urlsafe_b64encode(blake2b(content, digest_size=8).digest()).rstrip(b"=").decode()
