"""Asks again, device by device, for what the list of devices left out."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import UNSET, Struct, field

from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.guids import is_real_guid
from shared.adapters.graph.paths import MANAGED_DEVICES, segment
from shared.adapters.graph.waits import Meter
from shared.domain.facts import Number, Text
from shared.domain.managed_device import ManagedDevice
from shared.errors import GraphThrottledError, GraphUnavailableError


class _Sku(Struct):
    number: Number = field(default=UNSET, name="skuNumber")
    family: Text = field(default=UNSET, name="skuFamily")


class _Trust(Struct):
    type: Text = field(default=UNSET, name="trustType")


async def with_sku(
    client: GraphClient, devices: Sequence[ManagedDevice], meter: Meter
) -> list[ManagedDevice]:
    """Fill in the SKU where the list left it 0, null or out; a single device often has it.

    What a device does not tell either stays as the list had it. Raises GraphError when Graph is
    throttling or unavailable, so that the whole page is read again.
    """

    def path(device: ManagedDevice) -> str:
        return f"{MANAGED_DEVICES}/{segment(device.id)}?$select=id,skuNumber,skuFamily"

    def fill(device: ManagedDevice, body: bytes) -> ManagedDevice:
        sku = msgspec.json.decode(body, type=_Sku)
        return msgspec.structs.replace(
            device,
            sku_number=sku.number or device.sku_number,
            sku_family=sku.family or device.sku_family,
        )

    return await _filled(
        client, devices, meter, lacking=lambda d: not d.sku_number, path=path, fill=fill
    )


async def with_trust(
    client: GraphClient, devices: Sequence[ManagedDevice], meter: Meter
) -> list[ManagedDevice]:
    """Add Entra's trust type where Intune's join type does not answer.

    A device that Entra does not know keeps it UNSET. Raises as `with_sku` does.
    """

    def lacking(device: ManagedDevice) -> bool:
        unanswered = not device.join_type or device.join_type.lower() == "unknown"
        return unanswered and is_real_guid(device.entra_device_id)

    def path(device: ManagedDevice) -> str:
        return f"/v1.0/devices(deviceId='{device.entra_device_id}')?$select=deviceId,trustType"

    def fill(device: ManagedDevice, body: bytes) -> ManagedDevice:
        trust = msgspec.json.decode(body, type=_Trust)
        return msgspec.structs.replace(device, trust_type=trust.type)

    return await _filled(client, devices, meter, lacking=lacking, path=path, fill=fill)


async def _filled(
    client: GraphClient,
    devices: Sequence[ManagedDevice],
    meter: Meter,
    *,
    lacking: Callable[[ManagedDevice], bool],
    path: Callable[[ManagedDevice], str],
    fill: Callable[[ManagedDevice, bytes], ManagedDevice],
) -> list[ManagedDevice]:
    filled = list(devices)
    places = [n for n, device in enumerate(devices) if lacking(device)]
    answers = await client.batch([path(devices[n]) for n in places], meter)
    for n, answer in zip(places, answers, strict=True):
        if isinstance(answer.error, GraphThrottledError | GraphUnavailableError):
            raise answer.error
        if answer.error is None:
            try:
                filled[n] = fill(filled[n], answer.body)
            except msgspec.DecodeError:
                continue
    return filled
