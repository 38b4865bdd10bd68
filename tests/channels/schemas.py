"""Checks what adapters send against the JSON Schemas of the platforms' requests."""

import json
from typing import cast

from jsonschema import Draft202012Validator

from tests.shared import shared_path


def faults(schema: str, body: object) -> list[str]:
    """What is wrong with *body* by the schema file *schema* of the shared specs."""
    loaded = json.loads(shared_path(f"specs/{schema}").read_bytes())
    return [cast(str, error.message) for error in Draft202012Validator(loaded).iter_errors(body)]
