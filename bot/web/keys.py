"""What the web pages need from the application that carries them."""

from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web

from bot.config import Config
from bot.keeper import Keeper
from bot.signals import Signals
from bot.store.database import Database
from channels.base import Capabilities

DATABASE = web.AppKey("DATABASE", Database)
SIGNALS = web.AppKey("SIGNALS", Signals)
CONFIG = web.AppKey("CONFIG", Config)
CLOCK: web.AppKey[Callable[[], datetime]] = web.AppKey("CLOCK")
KEEPER = web.AppKey("KEEPER", Keeper)
CAPABILITIES: web.AppKey[Mapping[str, Capabilities]] = web.AppKey("CAPABILITIES")
