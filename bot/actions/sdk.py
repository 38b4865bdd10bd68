"""rasa-sdk without the web server that it would bring along."""

import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

_PLUGIN = "rasa_sdk.plugin"


def executor() -> Any:
    """A new rasa-sdk ActionExecutor."""
    if _PLUGIN not in sys.modules:
        _put_off_plugin()
    from rasa_sdk.executor import ActionExecutor

    return ActionExecutor()


def _put_off_plugin() -> None:
    """Load the module `rasa_sdk.plugin` when somebody uses it, and not with rasa-sdk itself.

    Only rasa-sdk's own server does, and it costs a whole web framework: a tenth of a second and
    ten megabytes.
    """
    package = find_spec("rasa_sdk")
    folders = package.submodule_search_locations if package else None
    spec = spec_from_file_location(_PLUGIN, Path(folders[0], "plugin.py")) if folders else None
    if spec is None or spec.loader is None:
        return
    module, loader = module_from_spec(spec), spec.loader

    def load(name: str) -> Any:
        del module.__dict__["__getattr__"]
        loader.exec_module(module)
        return getattr(module, name)

    module.__dict__["__getattr__"] = load
    sys.modules[_PLUGIN] = module
