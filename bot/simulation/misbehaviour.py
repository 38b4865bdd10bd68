"""How a platform can fail us, on command."""

import random
from dataclasses import dataclass, field
from typing import Literal, get_args

MisbehaviourKind = Literal[
    "429", "500", "html", "unauthorized", "reset", "down",
    "timeout_after_accept", "reset_after_accept", "500_after_accept", "garbage", "huge", "slow",
]  # fmt: skip

KINDS: tuple[str, ...] = get_args(MisbehaviourKind)

# The platform took the message before it failed us, so the ledger says accepted.
AFTER_ACCEPT = frozenset(
    {"timeout_after_accept", "reset_after_accept", "500_after_accept", "garbage", "huge", "slow"}
)

_SECONDS = {"timeout_after_accept": 60.0, "slow": 2.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehaviour:
    """One way to fail.

    *share* is the part of calls that it strikes, 0 to 1, chosen by *seed*; *times* ends it after
    that many strikes; *channel* limits it to one. *seconds* is how long "slow" waits before its
    answer, "timeout_after_accept" holds the line, and after how long "down" comes up again by
    itself (None: never). *retry_after* goes with "429", in seconds.
    """

    kind: MisbehaviourKind
    share: float = 1.0
    times: int | None = None
    channel: str | None = None
    seconds: float | None = None
    retry_after: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such misbehaviour: {self.kind}; there are {', '.join(KINDS)}")
        if not 0 <= self.share <= 1:
            raise ValueError(f"share must be 0 to 1, not {self.share}")

    @property
    def wait(self) -> float:
        """Seconds to wait, with the kind's own default."""
        return _SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds


@dataclass(slots=True)
class Mischief:
    """A misbehaviour at work: it decides call by call."""

    misbehaviour: Misbehaviour
    strikes: int = 0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.misbehaviour.seed)  # noqa: S311 - a die, not a secret

    def strikes_now(self, channel: str) -> bool:
        """Whether this call fails; counts it if so."""
        wanted = self.misbehaviour
        if wanted.channel not in (None, channel):
            return False
        if wanted.times is not None and self.strikes >= wanted.times:
            return False
        if self._random.random() >= wanted.share:
            return False
        self.strikes += 1
        return True
