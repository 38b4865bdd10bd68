"""Forms: customers leave, change their mind, call it off, ask something else meanwhile."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from tests.house import House, house
from tests.scenarios.scene import conversation
from tests.scenarios.tea import TEA, TEMPLATES


@asynccontextmanager
async def tea_house(folder: Path) -> AsyncIterator[House]:
    for language in ("en", "zh-Hant"):
        texts = folder / "words" / language
        texts.mkdir(parents=True)
        for name, text in TEMPLATES.items():
            (texts / f"{name}.j2").write_text(text, encoding="utf-8")
    shop = {"shipping_fee": 80}
    async with house(folder, **TEA, responses=str(folder / "words"), variables={"shop": shop}) as h:
        yield h


async def hears(h: House, text: str, who: str = "ann") -> Sequence[str]:
    """What the bot says to *text*, without saying that it is one."""
    before = len(h.sent(who))
    await h.says(who, text)
    await h.settled()
    return [one.text.splitlines()[-1] for one in h.sent(who)[before:]]


async def asked(h: House) -> str | None:
    slot: str | None = (await conversation(h, "ann")).asked_slot
    return slot


async def test_a_form_loses_what_it_was_told(tmp_path: Path) -> None:
    async with tea_house(tmp_path) as h:
        assert await hears(h, "pineapple") == ["Which tea, green or oolong?"]
        assert await hears(h, "green") == ["How many cups of green?"]
        assert await hears(h, "3 cups") == ["Anything else that we should know?"]

        assert await hears(h, "the blue door squeaks") == ["3 cups of green: the blue door squeaks"]
        assert await asked(h) is None


async def test_who_corrects_an_earlier_answer_is_not_heard(tmp_path: Path) -> None:
    async with tea_house(tmp_path) as h:
        await hears(h, "pineapple")
        await hears(h, "green")

        assert await hears(h, "no, the other one") == ["How many cups of green?"]
        assert await hears(h, "no, oolong please") == ["How many cups of oolong?"]
        assert await asked(h) == "cups"


async def test_who_calls_it_off_is_asked_on(tmp_path: Path) -> None:
    async with tea_house(tmp_path) as h:
        await hears(h, "pineapple")
        await hears(h, "green")

        assert len(await hears(h, "never mind")) == 1
        assert await asked(h) is None
        assert "cups" not in " ".join(await hears(h, "3 cups"))


async def test_who_asks_something_else_meanwhile_must_begin_anew(tmp_path: Path) -> None:
    async with tea_house(tmp_path) as h:
        await hears(h, "pineapple")
        await hears(h, "green")
        await hears(h, "3 cups")

        fee, question = await hears(h, "how much is shipping")
        assert "80" in fee
        assert question == "Anything else that we should know?"
        assert await hears(h, "the blue door squeaks") == ["3 cups of green: the blue door squeaks"]


async def test_words_of_another_week_answer_an_old_question(tmp_path: Path) -> None:
    async with tea_house(tmp_path) as h:
        await hears(h, "pineapple")
        await hears(h, "green")
        await hears(h, "3 cups")
        h.clock.ahead += timedelta(days=3)

        answer = await hears(h, "the blue door squeaks")

        assert "3 cups" not in " ".join(answer)
        assert await asked(h) is None
        # What was told before is still known to who begins again.
        assert await hears(h, "pineapple") == ["Anything else that we should know?"]
