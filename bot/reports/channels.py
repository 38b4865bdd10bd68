"""Where customers write: in private or in public, on which channel, to which account."""

from dataclasses import dataclass

from bot.reports.choice import Cohort
from bot.reports.groups import Group, groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """Hold the figures by surface, by channel, and by channel and account."""

    surfaces: tuple[Group[str], ...]
    channels: tuple[Group[str], ...]
    accounts: tuple[Group[tuple[str, str]], ...]


def channels(cohort: Cohort) -> Channels:
    """Work out the page of the channels."""
    return Channels(
        surfaces=groups(cohort, lambda each: each.ask.surface),
        channels=groups(cohort, lambda each: each.ask.channel),
        accounts=groups(cohort, lambda each: (each.ask.channel, each.ask.account)),
    )
