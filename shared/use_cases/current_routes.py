"""The routes that are in force, whatever is wrong with those that were meant to be."""

from collections.abc import Mapping

from shared.domain.default_routes import default_routes
from shared.domain.route_faults import channel_faults
from shared.domain.routes import Routes
from shared.errors import InputError, SettingsError
from shared.ports import SettingsFiles
from shared.use_cases.read_routes import read_routes


async def current_routes(
    files: SettingsFiles, settings: Mapping[str, str]
) -> tuple[Routes, str | None]:
    """Return the routes by which people are told, and what is wrong with those they replace.

    Routes that cannot be used give way to the channels of the settings, and of these to those with
    which nothing is wrong, because somebody has to hear of it.
    """
    try:
        text, _ = await files.routes()
        return read_routes(text, settings), None
    except (InputError, SettingsError) as error:
        return _usable(default_routes(settings)), str(error)


def _usable(routes: Routes) -> Routes:
    channels = tuple(c for c in routes.channels if not any(channel_faults(c)))
    return Routes(channels, default=tuple(channel.name for channel in channels))
