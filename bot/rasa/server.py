"""The action server of a Rasa bot: where it is, and which actions only run there."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from bot.config_words import ActionName, ServerUrl
from bot.rasa.report import Report
from bot.rasa.source import Part

_URL: TypeAdapter[str] = TypeAdapter(ServerUrl)
_NAME: TypeAdapter[str] = TypeAdapter(ActionName)
_SECRET = re.compile(r"//[^/@]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Its *url*, maybe with variables of the environment, and where that was said."""

    url: str
    part: Part


def server(section: Part, report: Report) -> Server | None:
    """The server that *section*, an ``action_endpoint``, names; what else it holds is reported."""
    part = section.get("url")
    for key, below in section.items():
        if key != "url":
            report.left(below, f"action_endpoint.{key}", "name it under action_server, if needed")
    if part is None or not part.text:
        report.left(section, "action_endpoint", "it has no url")
        return None
    if _SECRET.search(part.text):
        why = "its url holds a password, which is not copied; see headers of action_server"
        report.left(part, "action_endpoint.url", why)
        return None
    # Only a start knows what a variable holds.
    if "${" not in part.text and not _fits(_URL, part.text):
        report.left(part, "action_endpoint.url", f"{part.text} is no address of a server")
        return None
    return Server(url=part.text, part=part)


def names(actions: Sequence[str]) -> list[str]:
    """Those of *actions* that a server may be asked for."""
    return sorted(each for each in actions if _fits(_NAME, each))


def lines(server: Server, actions: Sequence[str]) -> Iterator[str]:
    """The section of config.yml; a comment where no action needs the server."""
    head = "" if actions else "# "
    told = ", ".join(actions) if actions else "NAME"
    yield f"{head}action_server:\n"
    yield f"{head}  url: {json.dumps(server.url, ensure_ascii=False)}\n"
    yield f"{head}  names: [{told}]\n"


def tell(server: Server, actions: Sequence[str], report: Report, *, here: bool) -> None:
    """Report what became of the server. *here* tells that other actions have their classes."""
    if not actions:
        why = "its actions have their classes in actions/ and run in our process; it is a comment"
        report.changed(server.part, "action_endpoint.url", why)
    elif here:
        why = "runs the actions that have no class in actions/; the others run in our process"
        report.changed(server.part, "action_endpoint.url", why)
    else:
        report.taken(server.part, "action_endpoint.url")


def _fits(kind: TypeAdapter[str], value: str) -> bool:
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True
