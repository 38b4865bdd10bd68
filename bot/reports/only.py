"""Which asks one wants to see: of a channel, an intent, an agent, an hour of the week."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from zoneinfo import ZoneInfo

from bot.reports.ask import Ask
from bot.reports.topics import topic as topic_of

# The value for what nobody knows: no name, intent, language or label.
NOTHING = "-"

Test = Callable[[Ask], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Keep what agrees with every field that is given; None agrees with all.

    Of texts, NOTHING asks for the unknown. *agent* is who has the ask in charge, *reason* why it
    was handed over, *topic* the group of its intent. *first* keeps the first ask of each
    thread; *weekday* (Monday is 0) and *hour* are those at which it opened.
    """

    channel: str | None = None
    account: str | None = None
    surface: str | None = None
    intent: str | None = None
    language: str | None = None
    label: str | None = None
    agent: str | None = None
    reason: str | None = None
    topic: str | None = None
    first: bool = False
    weekday: int | None = None
    hour: int | None = None

    def keep(self, asks: Iterable[Ask], zone: ZoneInfo) -> Iterable[Ask]:
        """Pick one by one; *zone* is the brand's, for days and hours."""
        tests = list(self._tests(zone))
        if not tests:
            return asks
        return (ask for ask in asks if all(test(ask) for test in tests))

    def chosen(self) -> dict[str, object]:
        """Name the fields that leave something out, with their values."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in values if value is not None and value is not False}

    def _tests(self, zone: ZoneInfo) -> Iterable[Test]:
        for name in ("channel", "account", "surface", "intent", "language"):
            if (wanted := getattr(self, name)) is not None:
                yield _is(name, wanted)
        if (label := self.label) is not None:
            yield lambda ask: label in ask.labels or (label == NOTHING and not ask.labels)
        if (group := self.topic) is not None:
            yield lambda ask: topic_of(ask.intent) == group
        yield from self._of_people()
        yield from self._of_time(zone)

    def _of_people(self) -> Iterable[Test]:
        if (agent := self.agent) is not None:
            yield lambda ask: ask.has_person and (ask.person or NOTHING) == agent
        if (reason := self.reason) is not None:
            yield (
                lambda ask: (
                    ask.handed_over_at is not None and (ask.handoff_reason or NOTHING) == reason
                )
            )

    def _of_time(self, zone: ZoneInfo) -> Iterable[Test]:
        if self.first:
            yield lambda ask: ask.first_in_thread
        if self.weekday is not None:
            yield lambda ask: ask.opened_at.astimezone(zone).weekday() == self.weekday
        if self.hour is not None:
            yield lambda ask: ask.opened_at.astimezone(zone).hour == self.hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """List what there is to choose from, sorted; the unknown comes as NOTHING."""

    channel: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    surface: tuple[str, ...] = ()
    intent: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    agent: tuple[str, ...] = ()


def options(asks: Iterable[Ask]) -> Options:
    """Collect what *asks* differ in."""
    kinds = {
        (ask.channel, ask.account, ask.surface, ask.intent, ask.language, ask.labels)
        for ask in asks
    }
    people = {ask.person or NOTHING for ask in asks if ask.has_person}
    channels, accounts, surfaces, intents, languages, labels = (
        zip(*kinds, strict=True) if kinds else ((),) * 6
    )
    return Options(
        channel=_sorted(channels),
        account=_sorted(accounts),
        surface=_sorted(surfaces),
        intent=_sorted(intents),
        language=_sorted(languages),
        label=_sorted(label for several in labels for label in several or (None,)),
        agent=_sorted(people),
    )


def _is(name: str, wanted: str) -> Test:
    return lambda ask: (getattr(ask, name) or NOTHING) == wanted


def _sorted(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({value or NOTHING for value in values}))
