"""The app settings, read from the environment at first use and checked all at once."""

from shared.config.reader import LOOPBACK
from shared.config.settings import LOGIN_HOSTS, Settings, read_settings

__all__ = ["LOGIN_HOSTS", "LOOPBACK", "Settings", "read_settings"]
