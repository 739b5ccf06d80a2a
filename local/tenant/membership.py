"""Who is in which group, decided per device and user without a list of members."""

from local.tenant.chance import key, mix
from local.tenant.device import Device
from local.tenant.fleet import Fleet
from local.tenant.scenarios import Group, Scenario


class Membership:
    """The groups of a scenario in the tenant of a fleet.

    A group of devices takes in whole waves of them; a group of users takes in single users.
    """

    def __init__(self, fleet: Fleet, scenario: Scenario) -> None:
        self._fleet = fleet
        self._groups = {group.key: group for group in scenario.groups}
        self._keys = {name: key(fleet.seed, "group", name) for name in self._groups}

    def group(self, name: str) -> Group:
        """Return a group by its key."""
        return self._groups[name]

    def picks(self, name: str, index: int) -> bool:
        """Tell whether a group takes in the Entra device, or the user, of an index."""
        group = self._groups[name]
        drawn = self._fleet.wave(index) if group.of == "devices" else index
        return mix(drawn ^ self._keys[name]) % 1000 < group.per_mille

    def holds_device(self, name: str, device: Device) -> bool:
        """Tell whether a device group holds a device, by its Entra device id."""
        return (
            self._groups[name].of == "devices"
            and device.linked
            and self.picks(name, device.entra_index)
        )

    def holds_user(self, name: str, device: Device) -> bool:
        """Tell whether a user group holds the primary user of a device."""
        user = self._fleet.users.index(device.user_id) if device.user_id else None
        return self._groups[name].of == "users" and user is not None and self.picks(name, user)
