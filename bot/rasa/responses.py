"""Spells Rasa's responses as templates."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.rasa.names import slug
from bot.rasa.report import Report
from bot.rasa.source import Part

# Rasa's names for channels that we know by another.
CHANNELS: Mapping[str, str] = {
    "facebook": "messenger",
    "telegram": "telegram",
    "line": "line",
    "whatsapp": "whatsapp",
    "instagram": "instagram",
    "socketio": "webchat",
    "rest": "webchat",
    "webchat": "webchat",
    "chatroom": "webchat",
}
_MOST = {"quick_replies": 13, "buttons": 3, "cards": 10}
_LONGEST = 200

# rasa/core/nlg/interpolator.py
_PLACEHOLDER = re.compile(r"{([^\n{}]+?)}")
_NAME = re.compile(r"\s*[^\W\d][\w .-]*")
_JINJA = re.compile(r"\{(?=[{%#]|\Z)")
_USED = frozenset(
    {
        *("text", "image", "attachment", "buttons", "quick_replies", "elements"),
        *("channel", "condition"),
    }
)


@dataclass(slots=True)
class Written:
    """One response as templates: file names and texts, and the *variables* that they speak of."""

    files: dict[str, str] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)


class ResponseWriter:
    """Spells one response after the other. *intent* gives our name of an intent."""

    def __init__(
        self, report: Report, intent: Callable[[str], str | None], kinds: Mapping[str, str]
    ) -> None:
        self._report = report
        self._intent = intent
        self._kinds = kinds

    def write(self, name: str, response: Part) -> Written:
        """The templates of *response*, under our *name*; none if nothing of it can be said."""
        variants = [each for each in response.each() if self._is_sayable(each, name)]
        written = Written()
        channels = list(dict.fromkeys(self._channel(each) for each in variants))
        everywhere = [each for each in variants if self._channel(each) is None]
        for channel in channels:
            own = [each for each in variants if self._channel(each) == channel]
            if channel is not None and all(each.get("condition") for each in own):
                own += everywhere
            file = f"{name}.{channel}.j2" if channel else f"{name}.j2"
            written.files[file] = self._text(own, name, written)
        if variants and not everywhere:
            first = next(iter(written.files.values()))
            written.files[f"{name}.j2"] = first
            self._report.changed(response, f"response {name}", "is said on every channel")
        return written

    def _is_sayable(self, variant: Part, name: str) -> bool:
        for key, below in variant.items():
            if key not in _USED:
                self._report.left(below, f"{key} of response {name}", "no channel shows it")
        channel = variant.told("channel")
        if channel and channel not in CHANNELS:
            why = f"there is no channel {channel!r} here"
            self._report.left(variant, f"a variant of response {name}", why)
            return False
        if not any(variant.told(key) for key in ("text", "image", "attachment")):
            self._report.left(variant, f"a variant of response {name}", "has no words")
            return False
        return True

    def _channel(self, variant: Part) -> str | None:
        return CHANNELS.get(variant.told("channel"))

    def _text(self, variants: Sequence[Part], name: str, written: Written) -> str:
        plain = [each for each in variants if each.get("condition") is None]
        branches = list(self._branches(variants, name, written))
        endings = [self._words(each, name, written) for each in plain]
        if branches and not endings:
            why = "says nothing when no condition holds; then a person is called"
            self._report.changed(variants[0], f"response {name}", why)
        bodies = [_branched(branches, ending) for ending in endings or [""]]
        header = self._header(variants, name, written)
        return header + "\n--- variant\n".join(bodies) + "\n"

    def _branches(
        self, variants: Sequence[Part], name: str, written: Written
    ) -> Iterator[tuple[str, str]]:
        seen: set[str] = set()
        for variant in variants:
            if variant.get("condition") is None:
                continue
            condition = self._condition(variant, name, written)
            if condition in seen:
                why = "of several texts for one condition, the first is said"
                self._report.changed(variant, f"response {name}", why)
                continue
            seen.add(condition)
            yield condition, self._words(variant, name, written)

    def _condition(self, variant: Part, name: str, written: Written) -> str:
        tests = []
        for each in variant.get("condition").each():  # type: ignore[union-attr] # asked before
            slot = each.told("name")
            if each.told("type") != "slot" or not slot:
                self._report.left(each, f"a condition of response {name}", "is about no slot")
                continue
            tests.append(self._test(self._variable(slot, written), slot, each))
        return " and ".join(tests) or "false"

    def _test(self, variable: str, slot: str, condition: Part) -> str:
        value = condition.value.get("value")
        if value is None:
            return f"{variable} is not defined"
        if self._kinds.get(slot) == "bool" or isinstance(value, bool):
            truth = str(value).casefold() == "true"
            return f"{variable} is defined and {variable} == {str(truth).lower()}"
        if isinstance(value, int | float):
            return f"{variable} is defined and {variable} == {value}"
        text = json.dumps(str(value).lower(), ensure_ascii=False)
        return f"{variable} is defined and {variable} | lower == {text}"

    def _words(self, variant: Part, name: str, written: Written) -> str:
        text = variant.told("text")
        if not text:
            text = variant.told("image") or variant.told("attachment")
            self._report.changed(variant, f"response {name}", "its address stands for its words")
        return self._jinja(text, written)

    def _jinja(self, text: str, written: Written) -> str:
        """Their text as ours: {slot} becomes {{ slot }}, and what Jinja would read stays text."""
        pieces = _PLACEHOLDER.split(text)
        for at, piece in enumerate(pieces):
            if at % 2 and _NAME.fullmatch(piece):
                pieces[at] = f"{{{{ {self._variable(piece, written)} }}}}"
            else:
                plain = f"{{{piece}}}" if at % 2 else piece
                pieces[at] = _JINJA.sub('{{ "{" }}', plain)
        lines = "".join(pieces).strip().splitlines()
        # A line of dashes would be taken for a header or the next variant.
        return "\n".join(f" {line}" if line.startswith("---") else line for line in lines)

    def _variable(self, placeholder: str, written: Written) -> str:
        name = placeholder.strip()
        name = name if name.isidentifier() else slug(name, "slot")
        written.variables.add(name)
        return name

    def _header(self, variants: Sequence[Part], name: str, written: Written) -> str:
        """What the first variant that offers anything offers: all variants share it."""
        offers = [each for each in (self._offers(one, name, written) for one in variants) if each]
        if not offers:
            return ""
        if any(each != offers[0] for each in offers) or len(offers) < len(variants):
            why = "what one variant offers, buttons or pictures, goes with all of them"
            self._report.changed(variants[0], f"response {name}", why)
        lines = [
            f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in offers[0].items()
        ]
        return "\n".join(["---", *lines, "---", ""])

    def _offers(self, variant: Part, name: str, written: Written) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {
            "quick_replies": [],
            "buttons": [],
            "cards": list(self._cards(variant, name, written)),
            "attachments": list(self._attachments(variant, name, written)),
        }
        for key in ("buttons", "quick_replies"):
            for kind, button in self._buttons(variant.get(key), name, written):
                found[kind].append(button)
        for kind, most in _MOST.items():
            if len(found[kind]) > most:
                why = f"has more than {most} {kind.replace('_', ' ')}; the first are shown"
                self._report.changed(variant, f"response {name}", why)
                del found[kind][most:]
        return {kind: offered for kind, offered in found.items() if offered}

    def _buttons(
        self, buttons: Part | None, name: str, written: Written
    ) -> Iterator[tuple[str, dict[str, str]]]:
        for button in buttons.each() if buttons else ():
            title, url = button.told("title"), button.told("url")
            payload = self._payload(button.told("payload"), title)
            if not title or _PLACEHOLDER.search(title) or len(title) > _LONGEST:
                why = "its title is missing, too long or speaks of a slot"
                self._report.left(button, f"a button of response {name}", why)
            elif url:
                yield "buttons", {"title": title, "url": self._jinja(url, written)}
            elif payload is None or len(payload) > _LONGEST:
                why = f"{button.told('payload')!r} is no intent that can be understood"
                self._report.left(button, f"a button of response {name}", why)
            else:
                yield "quick_replies", {"title": title, "payload": payload}

    def _payload(self, payload: str, title: str) -> str | None:
        """Our spelling of ``/intent{"entity": "value"}``; other payloads are words to be typed."""
        if not payload.startswith("/"):
            return payload or title
        theirs, brace, entities = payload[1:].partition("{")
        ours = self._intent(theirs)
        return None if ours is None else f"{ours}{brace}{entities}"

    def _cards(self, variant: Part, name: str, written: Written) -> Iterator[dict[str, Any]]:
        elements = variant.get("elements")
        for element in elements.each() if elements else ():
            card = {"title": element.told("title"), "text": element.told("subtitle")}
            if not card["title"]:
                self._report.left(element, f"an element of response {name}", "has no title")
                continue
            if image := element.told("image_url"):
                card["image"] = self._jinja(image, written)
            buttons = [each for _, each in self._buttons(element.get("buttons"), name, written)]
            yield {**card, **({"buttons": buttons[:3]} if buttons else {})}

    def _attachments(self, variant: Part, name: str, written: Written) -> Iterator[dict[str, str]]:
        for key, kind in (("image", "image"), ("attachment", "file")):
            if address := variant.told(key):
                yield {"type": kind, "url": self._jinja(address, written)}
            elif variant.get(key):
                self._report.left(variant, f"{key} of response {name}", "is no address")


def button_titles(responses: Iterable[Part]) -> Iterator[tuple[str, str]]:
    """(intent, title) of every button that stands for an intent, in Rasa's names."""
    for response in responses:
        for variant in response.each():
            elements = variant.get("elements")
            for holder in (variant, *(elements.each() if elements else ())):
                yield from _titles(holder)


def _titles(holder: Part) -> Iterator[tuple[str, str]]:
    for key in ("buttons", "quick_replies"):
        buttons = holder.get(key)
        for button in buttons.each() if buttons else ():
            payload = button.told("payload")
            if payload.startswith("/") and button.told("title"):
                yield payload[1:].partition("{")[0], button.told("title")


def _branched(branches: Sequence[tuple[str, str]], ending: str) -> str:
    if not branches:
        return ending
    lines = []
    for at, (condition, words) in enumerate(branches):
        lines += [f"{{% {'elif' if at else 'if'} {condition} %}}", words]
    if ending:
        lines += ["{% else %}", ending]
    return "\n".join([*lines, "{% endif %}"])
