"""Who comes when, and with what: an endless plan, drawn from a seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.simulation.accounts import PlatformAccount
from bot.simulation.dialogue import LANGUAGES, Dialogue, dialogues
from bot.simulation.platforms import is_public, weights

_NAMES = {"zh-Hant": "示範客人 {}", "en": "Demo customer {}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """What share of visits is what, each 0 to 1; *channels* and *languages* are weights.

    *thanks*: they thank once they are answered. *redelivered*: the platform delivers a message
    twice. *sticker*, *edited* and *unsent* speak for themselves.
    """

    channels: dict[str, float] = field(default_factory=weights)
    languages: dict[str, float] = field(default_factory=lambda: {"zh-Hant": 7.0, "en": 3.0})
    thanks: float = 0.15
    sticker: float = 0.05
    edited: float = 0.03
    unsent: float = 0.02
    redelivered: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One customer's errand. *starts* is seconds after the beginning of the simulation."""

    starts: float
    account: PlatformAccount
    name: str
    dialogue: Dialogue
    thanks: bool
    sticker: bool
    edited: bool
    unsent: bool
    redelivered: bool


def visits(
    accounts: Sequence[PlatformAccount], *, rate: float, seed: int, mix: Mix
) -> Iterator[Visit]:
    """Visits at such a pace that *rate* messages a second come in, whatever the answers do."""
    dice = random.Random(seed)  # noqa: S311 - a die, not a secret
    shares = [mix.channels.get(account.channel, 0.0) for account in accounts]
    if not any(shares):
        raise ValueError("the mix leaves no account to visit")
    tongues = [mix.languages.get(language, 0.0) for language in LANGUAGES]
    starts, number = 0.0, 0
    while True:
        number += 1
        account = dice.choices(accounts, shares)[0]
        language = dice.choices(LANGUAGES, tongues)[0]
        dialogue = _dialogue(account, language, dice)
        visit = Visit(
            starts=starts,
            account=account,
            name=_NAMES[language].format(number),
            dialogue=dialogue,
            thanks=not is_public(account.channel) and dice.random() < mix.thanks,
            sticker=dice.random() < mix.sticker,
            edited=dice.random() < mix.edited,
            unsent=dice.random() < mix.unsent,
            redelivered=dice.random() < mix.redelivered,
        )
        yield visit
        starts += dice.gammavariate(messages(visit), 1.0 / rate)


def messages(visit: Visit) -> int:
    """How many messages *visit* will bring; edits, unsends and redeliveries are not counted."""
    said = sum(len(turn.say) for turn in visit.dialogue.turns)
    return said + visit.thanks + (visit.sticker and not is_public(visit.account.channel))


def _dialogue(account: PlatformAccount, language: str, dice: random.Random) -> Dialogue:
    known = dialogues(language)
    return dice.choice(known.comments if is_public(account.channel) else known.direct)
