"""Look up who a contact is, beside the answers and never before them."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.conversation import Conversation
from bot.signals import Signals
from bot.store import profiles
from bot.store.database import Database, StoreUnavailable
from bot.store.profiles import Asked
from channels.base import Channel, Profile, ProfileSource
from channels.errors import RecipientGone, Rejected, SendError

log = logging.getLogger(__name__)

AT_ONCE = 2
MOST_WAITING = 1000
# A platform that hangs must not hold the others' turns for long.
LOOK_UP_WITHIN = 8.0
# Who was looked up is let alone so long, however often they write; of so many it is remembered.
SETTLED_FOR = timedelta(hours=1)
MOST_SETTLED = 5000


class Profiles:
    """Asks platforms who wrote to us. What waits is lost with the process: the next message of a
    contact without a name asks again, and once an hour, should the platform not tell."""

    def __init__(
        self,
        *,
        database: Database,
        signals: Signals,
        channels: Mapping[tuple[str, str], Channel],
        languages: tuple[str, ...],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._signals = signals
        self._clock = clock
        self._languages = languages
        self._sources = {
            key: one for key, one in channels.items() if isinstance(one, ProfileSource)
        }
        self._waiting: asyncio.Queue[Asked] = asyncio.Queue(MOST_WAITING)
        self._known: set[Asked] = set()
        self._settled: dict[Asked, datetime] = {}

    def want(self, conversation: Conversation) -> None:
        """Look this contact up when there is time, if the platform can tell."""
        key = conversation.channel, conversation.account
        if conversation.contact_name or conversation.id is None or key not in self._sources:
            return
        asked = Asked(
            channel=key[0],
            account=key[1],
            contact_id=conversation.contact_id,
            conversation_id=conversation.id,
        )
        settled_at = self._settled.get(asked)
        if settled_at is not None and self._clock() - settled_at < SETTLED_FOR:
            return
        if asked not in self._known and not self._waiting.full():
            self._known.add(asked)
            self._waiting.put_nowait(asked)

    async def run(self) -> None:
        """Look up until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE if self._sources else 0):
                tasks.create_task(self._work())

    async def _work(self) -> None:
        while True:
            asked = await self._waiting.get()
            try:
                await self._look_up(asked)
            except StoreUnavailable:
                log.warning("cannot keep a profile of %s/%s", asked.channel, asked.account)
            except Exception:
                log.exception("looking up a profile of %s/%s broke", asked.channel, asked.account)
            finally:
                self._known.discard(asked)
                self._waiting.task_done()

    async def _look_up(self, asked: Asked) -> None:
        now = self._clock()
        profile = await self._database.read(
            lambda connection: profiles.kept(connection, asked, now=now)
        )
        if profile is None:
            profile = await self._asked(asked)
        if profile is None:
            return
        self._settle(asked, now)
        if profile == Profile():
            return
        language = self._spoken(profile.language)
        changed = await self._database.write(
            lambda connection: profiles.show(connection, asked, profile, language=language)
        )
        if changed:
            payload = {"conversation": asked.conversation_id, "type": "profile"}
            self._signals.publish("desk", payload)

    def _settle(self, asked: Asked, now: datetime) -> None:
        self._settled.pop(asked, None)
        self._settled[asked] = now
        if len(self._settled) > MOST_SETTLED:
            del self._settled[next(iter(self._settled))]

    async def _asked(self, asked: Asked) -> Profile | None:
        """What the platform tells now; an empty Profile where it never will, None to try later."""
        try:
            async with asyncio.timeout(LOOK_UP_WITHIN):
                profile = await self._sources[asked.channel, asked.account].profile(
                    asked.contact_id
                )
            found = True
        except (RecipientGone, Rejected):
            profile, found = Profile(), False
        except (SendError, TimeoutError) as exc:
            log.info("no profile from %s/%s: %s", asked.channel, asked.account, type(exc).__name__)
            return None
        now = self._clock()
        await self._database.write(
            lambda connection: profiles.keep(connection, asked, profile, found=found, now=now)
        )
        return profile

    def _spoken(self, tag: str | None) -> str | None:
        """Which of the brand's languages a BCP 47 *tag* asks for; None where it has none."""
        first = (tag or "").lower().replace("_", "-").partition("-")[0]
        return next((each for each in self._languages if each.lower().split("-")[0] == first), None)
