"""What people call the things that one may choose from."""

from bot.reports.only import NOTHING, Only
from bot.web.reports.instants import At
from bot.web.words import Words

# Filters with a list of choices, in the order of the form.
CHOSEN_FROM = ("channel", "account", "surface", "intent", "language", "label", "agent")
_GROUPS = {
    "channel": "channel",
    "intent": "intent",
    "language": "language",
    "reason": "reason",
    "topic": "reports.topic",
    "surface": "reports.surface",
}


def name_of(kind: str, value: object, t: Words, at: At) -> str:
    """What people call *value*, one of the filter *kind*."""
    if value == NOTHING:
        return t("reports.agents.own_app" if kind == "agent" else "reports.nothing")
    match kind, value:
        case "weekday", int():
            return at.weekday(value)
        case "hour", int():
            return f"{value:02}:00–{value:02}:59"
        case "first", _:
            return t("reports.scope.first")
        case "intent", "oos":
            return t("reports.intents.not_understood")
        case _:
            return t.name(_GROUPS[kind], str(value)) if kind in _GROUPS else str(value)


def chosen(only: Only, t: Words, at: At) -> list[tuple[str, str]]:
    """The filters that leave something out, as people say them: what, and which."""
    return [
        (t(f"reports.filter.{kind}"), name_of(kind, value, t, at))
        for kind, value in only.chosen().items()
    ]
