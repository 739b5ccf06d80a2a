"""A Functions host for one machine: it serves the triggers an app itself registered."""

from local.host.host import LocalHost
from local.host.serve import main

__all__ = ["LocalHost", "main"]
