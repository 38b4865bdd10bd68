"""Every adapter under test: each module in here says what the contract tests must know of one."""

import importlib
import pkgutil

from tests.channels.adapter import Adapter

ADAPTERS: tuple[Adapter, ...] = tuple(
    value
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name)
    for value in vars(importlib.import_module(f"{__name__}.{module.name}")).values()
    if isinstance(value, Adapter)
)
