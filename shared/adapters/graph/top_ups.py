"""Asks again for what the list of devices left out."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Struct, field

from shared.adapters.graph.batch import BatchAnswer
from shared.adapters.graph.client import GraphClient, list_of
from shared.adapters.graph.guids import is_real_guid
from shared.adapters.graph.paths import DEVICES, MANAGED_DEVICES, narrowed, segment
from shared.adapters.graph.waits import Meter
from shared.domain.facts import Number, Text
from shared.domain.managed_device import ManagedDevice
from shared.errors import GraphThrottledError, GraphUnavailableError

MOST_COMPARISONS = 15
"""Entra refuses a filter of more comparisons joined by `or`: "Max allowed: 15" (2026-11-22)."""


class _Sku(Struct):
    number: Number = field(default=UNSET, name="skuNumber")
    family: Text = field(default=UNSET, name="skuFamily")


class _Joined(Struct):
    device_id: object = field(default=None, name="deviceId")
    trust_type: object = field(default=UNSET, name="trustType")


async def with_sku(
    client: GraphClient, devices: Sequence[ManagedDevice], meter: Meter
) -> list[ManagedDevice]:
    """Fill in the SKU where the list left it 0, null or out; a single device often has it.

    What a device does not tell either stays as the list had it. Raises GraphError when Graph is
    throttling or unavailable, so that all of it is read again.
    """
    filled = list(devices)
    lacking = [n for n, device in enumerate(devices) if not device.sku_number]
    paths = [
        f"{MANAGED_DEVICES}/{segment(devices[n].id)}?$select=id,skuNumber,skuFamily"
        for n in lacking
    ]
    for n, answer in zip(lacking, await client.batch(paths, meter), strict=True):
        if _succeeded(answer):
            filled[n] = _with_sku(devices[n], answer.body)
    return filled


async def with_trust(
    client: GraphClient, devices: Sequence[ManagedDevice], meter: Meter
) -> list[ManagedDevice]:
    """Add Entra's trust type where Intune's join type does not answer.

    One batch asks for 300 devices. A device that Entra does not know keeps it UNSET. Raises as
    `with_sku` does.
    """
    unclear = {key for device in devices if (key := _unclear(device))}
    trust_types = await _trust_types(client, sorted(unclear), meter)
    return [
        msgspec.structs.replace(device, trust_type=trust_types[key])
        if (key := _unclear(device)) in trust_types
        else device
        for device in devices
    ]


def _with_sku(device: ManagedDevice, body: bytes) -> ManagedDevice:
    try:
        sku = msgspec.json.decode(body, type=_Sku)
    except msgspec.DecodeError:
        return device
    return msgspec.structs.replace(
        device,
        sku_number=sku.number or device.sku_number,
        sku_family=sku.family or device.sku_family,
    )


def _unclear(device: ManagedDevice) -> str:
    """Return the device id to ask Entra for, in lower case; empty where there is nothing to ask."""
    answered = device.join_type and device.join_type.lower() != "unknown"
    entra_id = device.entra_device_id
    return entra_id.lower() if not answered and is_real_guid(entra_id) else ""


async def _trust_types(
    client: GraphClient, device_ids: Sequence[str], meter: Meter
) -> dict[str, Text]:
    paths = []
    for start in range(0, len(device_ids), MOST_COMPARISONS):
        some = device_ids[start : start + MOST_COMPARISONS]
        condition = " or ".join(f"deviceId eq '{device_id}'" for device_id in some)
        paths.append(narrowed(DEVICES, "deviceId,trustType", condition))
    found: dict[str, Text] = {}
    for answer in await client.batch(paths, meter):
        for joined in _decode_joined(answer.body) if _succeeded(answer) else ():
            if joined.trust_type is None or isinstance(joined.trust_type, str):
                found[str(joined.device_id).lower()] = joined.trust_type
    return found


def _decode_joined(body: bytes) -> Sequence[_Joined]:
    try:
        return list_of(_Joined)(body).value
    except msgspec.DecodeError:
        return ()


def _succeeded(answer: BatchAnswer) -> bool:
    if isinstance(answer.error, GraphThrottledError | GraphUnavailableError):
        raise answer.error
    return answer.error is None
