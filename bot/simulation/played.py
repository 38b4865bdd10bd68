"""What one platform must offer to be played."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.simulation.accounts import PlatformAccount
from bot.simulation.call import Api, Attempt, Call, Taken
from bot.simulation.refusals import Refused
from bot.simulation.speakers import Ids, Speaker
from bot.simulation.webhook import Webhook
from bot.simulation.world import World

MakeSpeaker = Callable[[PlatformAccount, Ids, str], Speaker]


class AccountOf(Protocol):
    """Makes the platform's account of a channel's Settings; *webhook* is the service's address."""

    def __call__(self, channel: str, settings: object, webhook: str) -> PlatformAccount: ...


def _nothing(world: World, attempt: Attempt, taken: Taken) -> Iterable[Webhook]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One platform.

    *speakers* makes a customer for each channel of the house that it serves; *public* names those
    channels whose customers speak where all can read. *claims* tells whether a call is for it,
    *api* keeps its rules, *misbehaved* makes its refusal when it is overloaded ("429"), broken
    ("500") or thinks our token bad ("unauthorized"). *follows* is what it posts back once it took
    a call: echoes, receipts. *rates* are calls per second for one account, *weights* how often
    customers come to a channel.
    """

    speakers: Mapping[str, MakeSpeaker]
    account: AccountOf
    claims: Callable[[Call, World], bool]
    api: Callable[[World], Api]
    misbehaved: Callable[[str, Mapping[str, str]], Refused]
    follows: Callable[[World, Attempt, Taken], Iterable[Webhook]] = _nothing
    public: frozenset[str] = frozenset()
    rates: Mapping[str, int] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The channel that a call is counted for as long as nobody knows its account."""
        return next(iter(self.speakers))
