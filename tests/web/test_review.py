"""What agents review and teach at the desk, through its real addresses."""

import re
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.store import agents, lessons, reviews, teaching
from bot.store.deletion import blank
from bot.store.erase import erase
from bot.store.tables import events, messages, outbox, taught
from bot.store.tables import reviews as table
from bot.taught import TaughtExample, TaughtIntent
from tests.web.site import START, Site, Talk, hear
from tests.web.test_desk import post

RANKING = [["stock", 0.41], ["price", 0.33], ["size_fit", 0.11]]


def unsure(message: str, **more: Any) -> dict[str, Any]:
    """What the log says where the bot asked back."""
    told: dict[str, Any] = {
        "message": message,
        "decision": "Respond",
        "why": "not understood: oos at 0.59",
    }
    told |= {"rule": "not_understood", "intent": "oos", "confidence": 0.59, "source": "classifier"}
    drawn = {"template": "not_sure", "version": "not_sure", "variant": 1, "of": 2, "draw": "x"}
    told |= {"language": "zh-Hant", "templates": ["not_sure"], "said": [drawn]}
    return told | {"ranking": RANKING, "evidence": ["嗎"], "entities": []} | more


async def asked(shop: Site, thread: str, text: str, **more: Any) -> int:
    """A customer whom the bot did not understand; returns the message's id."""
    said = unsure(f"{thread}-0", **more)
    await shop.talk(
        Talk(thread=thread, lines=(text,), state="bot", log=(("decided", "bot", said),))
    )
    await collected(shop)
    query = select(messages.c.id).where(messages.c.platform_id == f"{thread}-0")
    return await shop.database.read(lambda conn: conn.scalar(query) or 0)


async def collected(shop: Site) -> None:
    at = shop.clock()
    looked = await shop.database.read(lambda conn: reviews.look(conn, after=0, now=at))
    await shop.database.write(lambda conn: reviews.keep(conn, looked, now=at))


async def teacher(shop: Site, name: str = "Ann") -> None:
    id = shop.people[name]
    await shop.database.write(lambda conn: agents.set_teaches(conn, id, teaches=True))


async def seen(shop: Site, path: str, name: str = "Mia") -> str:
    async with shop.visitor(await shop.cookie(name)) as visitor:
        answer = await visitor.get(path)
        assert answer.status == 200, await answer.text()
        return await answer.text()


def shown(page: str) -> list[str]:
    return re.findall(r'<p class="words"[^>]*>([^<]*)</p>', page)


async def kept(shop: Site) -> list[Any]:
    query = select(taught).order_by(taught.c.id)
    return await shop.database.read(lambda conn: list(conn.execute(query).all()))


async def test_an_agent_reviews_whom_no_admin_let(shop: Site) -> None:
    async with shop.visitor(await shop.cookie("Ann")) as visitor:
        assert (await visitor.get("/review")).status == 403
    assert 'href="/review"' not in await seen(shop, "/desk", "Ann")

    await post(shop, "Ada", f"/desk/agents/{shop.people['Ann']}/teaches", {"teaches": "yes"})

    assert 'href="/review"' in await seen(shop, "/review", "Ann")


async def test_messages_that_say_the_same_are_several_cards(shop: Site) -> None:
    for thread, text in (("a", "有賣雨傘嗎"), ("b", "有賣雨傘嗎。"), ("c", "可以包緞帶嗎")):
        await asked(shop, thread, text)

    newest = await seen(shop, "/review")
    frequent = await seen(shop, "/review?order=frequent")

    assert shown(newest) == ["可以包緞帶嗎", "有賣雨傘嗎。"]
    assert shown(frequent) == ["有賣雨傘嗎。", "可以包緞帶嗎"]
    assert frequent.count("2 times") == 1


async def test_a_filter_shows_what_it_should_hide(shop: Site) -> None:
    await asked(shop, "a", "有賣雨傘嗎")
    await asked(shop, "b", "do you sell umbrellas", language="en")
    await asked(
        shop,
        "c",
        "叫你們老闆出來",
        decision="HandOff",
        reason="complaint",
        intent="complaint_service",
    )
    await asked(shop, "d", "unknown tongue", language=None)

    assert shown(await seen(shop, "/review?language=en")) == ["do you sell umbrellas"]
    assert shown(await seen(shop, "/review?language=und")) == ["unknown tongue"]
    assert shown(await seen(shop, "/review?reason=handed_over")) == ["叫你們老闆出來"]
    assert shown(await seen(shop, "/review?channel=webchat")) == []
    assert len(shown(await seen(shop, "/review?channel=line&reason=&language=&order=x"))) == 4


async def test_one_press_teaches_a_suggestion_and_says_who(shop: Site) -> None:
    await teacher(shop)
    first, second = await asked(shop, "a", "有賣雨傘嗎"), await asked(shop, "b", "有賣雨傘嗎")

    page = await seen(shop, "/review", "Ann")
    async with shop.signals.subscribe("taught") as stream:
        answer = await post(
            shop, "Ann", f"/review/{second}/teach", {"text": "有賣雨傘嗎", "intent": "stock"}
        )
        assert (await anext(stream)).topic == "taught"

    assert re.findall(r'name="intent" value="(\w+)"', page) == ["stock", "price", "size_fit"]
    assert shown(await answer.text()) == []
    (row,) = await kept(shop)
    assert (row.intent, row.language, row.text) == ("stock", "zh-Hant", "有賣雨傘嗎")
    assert (row.agent_id, row.message_id, row.used_at) == (shop.people["Ann"], second, None)
    line = await shop.database.read(
        lambda conn: conn.execute(select(events).where(events.c.type == "taught")).one()
    )
    assert (line.actor, line.data["intent"]) == (f"agent:{shop.people['Ann']}", "stock")
    verdicts = await shop.database.read(
        lambda conn: dict(conn.execute(select(table.c.message_id, table.c.verdict)).all())
    )
    assert verdicts == {first: "taught", second: "taught"}


async def test_an_example_holds_what_tells_who_wrote_it(shop: Site) -> None:
    text = "訂單 A123456789 打 0912345678 給我，卡號 4111 1111 1111 1111"
    id = await asked(shop, "a", text)

    page = await seen(shop, "/review")
    await post(shop, "Mia", f"/review/{id}/teach", {"text": text, "intent": "order_status"})

    (row,) = await kept(shop)
    for said in (page, row.text):
        assert not re.search("A123456789|0912345678|1111", said)
        assert "A00000000" in said


async def test_the_agents_own_wording_is_lost(shop: Site) -> None:
    id = await asked(shop, "a", "我住光復南路七號，有雨傘嗎")

    await post(shop, "Mia", f"/review/{id}/teach", {"text": "有雨傘嗎", "other": "Stock"})

    assert [(row.text, row.intent) for row in await kept(shop)] == [("有雨傘嗎", "stock")]


WRAP = {
    "text": "有貨嗎",
    "name": "wrap",
    "what": "answer",
    "answer-zh-Hant": "可",
    "answer-en": "Ok",
}


@pytest.mark.parametrize(
    ("path", "fields", "told"),
    [
        ("teach", {"text": "！", "intent": "stock"}, "needs a word"),
        ("teach", {"text": "x " * 300, "intent": "stock"}, "500 characters"),
        ("teach", {"text": "有貨嗎", "other": ""}, "choose an intent"),
        ("teach", {"text": "有貨嗎", "other": "umbrella"}, "no such intent"),
        ("intent", {"text": "有貨嗎", "name": "Gift Wrap"}, "lower-case"),
        ("intent", {"text": "有貨嗎", "name": "stock"}, "of that name"),
        ("intent", {"text": "有貨嗎", "name": "wrap", "what": "answer"}, "every language"),
        ("intent", WRAP | {"label-en": "wrapping"}, "or in none"),
        ("intent", WRAP | {"label-en": "x" * 41, "label-zh-Hant": "包裝"}, "up to 40"),
    ],
)
async def test_what_cannot_be_taught_is_kept_or_what_was_written_is_lost(
    shop: Site, path: str, fields: dict[str, str], told: str
) -> None:
    id = await asked(shop, "a", "有雨傘嗎")

    answer = await post(shop, "Mia", f"/review/{id}/{path}", fields)
    page = await answer.text()

    assert answer.status == 422
    assert told in page
    assert fields["text"].strip() in page
    assert await kept(shop) == []


async def test_a_new_intent_with_its_answer_is_not_kept_whole(shop: Site) -> None:
    id = await asked(shop, "a", "可以包緞帶嗎")
    fields = {"text": "可以包緞帶嗎", "name": "ribbon", "what": "answer"}
    fields |= {"answer-zh-Hant": "可以，{免費}。", "answer-en": "Yes, free."}
    fields |= {"label-zh-Hant": " 包緞帶 ", "label-en": "ribbons"}

    await post(shop, "Mia", f"/review/{id}/intent", fields)
    at = shop.clock()
    await shop.database.write(lambda conn: teaching.judged(conn, [1], used=True, at=at))

    found = await shop.database.read(teaching.standing)
    assert found.examples == (
        TaughtExample(intent="ribbon", language="zh-Hant", text="可以包緞帶嗎"),
    )
    assert found.intents == (
        TaughtIntent(
            name="ribbon",
            handoff=False,
            answers=(("en", "Yes, free."), ("zh-Hant", "可以，{免費}。")),
            label=(("en", "ribbons"), ("zh-Hant", "包緞帶")),
        ),
    )
    assert 'value="ribbon"' in await seen(shop, "/review")


@pytest.mark.parametrize("verdict", ["dismissed", "right"])
async def test_what_was_judged_comes_back(shop: Site, verdict: str) -> None:
    id = await asked(shop, "a", "哈囉哈囉呀")

    answer = await post(shop, "Mia", f"/review/{id}/verdict", {"verdict": verdict})
    await asked(shop, "b", "哈囉哈囉呀")
    await asked(shop, "c", "哈囉哈囉呀", intent="greet", decision="HandOff", reason="rule")

    assert answer.status == 200
    page = await seen(shop, "/review")
    # The last one alone: the bot does something else with it now.
    assert shown(page) == ["哈囉哈囉呀"]
    assert 'class="times"' not in page
    assert shown(await seen(shop, "/review?reason=handed_over")) == ["哈囉哈囉呀"]
    assert (await post(shop, "Mia", f"/review/{id}/verdict", {"verdict": "x"})).status == 422


async def test_without_the_script_a_button_leads_back_to_the_same_list(shop: Site) -> None:
    id = await asked(shop, "a", "有賣雨傘嗎")
    fields = {"verdict": "dismissed"}

    path = f"/review/{id}/verdict?reason=unsure&language=zh-Hant&order=frequent"
    answer = await post(shop, "Mia", path, fields, fragment=False)

    assert answer.status == 303
    place = "reason=unsure&language=zh-Hant&order=frequent"
    assert answer.headers["Location"] == f"/review?{place}&done=dismissed"
    assert "Dismissed." in await seen(shop, answer.headers["Location"])


async def test_what_was_taught_cannot_be_withdrawn(shop: Site) -> None:
    id = await asked(shop, "a", "有賣雨傘嗎")
    await post(shop, "Mia", f"/review/{id}/teach", {"text": "有賣雨傘嗎", "intent": "stock"})
    at = shop.clock()
    await shop.database.write(lambda conn: teaching.judged(conn, [1], used=True, at=at))
    assert "In use" in await seen(shop, "/review/taught")

    async with shop.signals.subscribe("taught") as stream:
        answer = await post(shop, "Mia", "/review/taught/1/withdraw", fragment=False)
        await anext(stream)

    assert answer.status == 303
    assert (await shop.database.read(teaching.standing)).examples == ()
    page = await seen(shop, "/review/taught")
    assert "withdrawn by" in page
    assert "/review/taught/1/withdraw" not in page
    assert (await post(shop, "Mia", "/review/taught/1/withdraw")).status == 404
    await asked(shop, "b", "有賣雨傘嗎")
    assert shown(await seen(shop, "/review")) == ["有賣雨傘嗎"]


async def test_a_refused_lesson_is_kept_quiet(shop: Site) -> None:
    id = await asked(shop, "a", "有賣雨傘嗎")
    await post(shop, "Mia", f"/review/{id}/teach", {"text": "有賣雨傘嗎", "intent": "stock"})
    at = shop.clock()

    def refuse(connection: Connection) -> None:
        number = lessons.claim(connection, owner="node:1", now=at)
        assert number is not None
        teaching.judged(connection, [1], used=False, at=at)
        lessons.end(connection, number, now=at, accepted=False, before=0.882, after=0.861)

    await shop.database.write(refuse)

    page = await seen(shop, "/review/taught")
    assert "from 88.2 % to 86.1 %" in page
    assert "Not used" in page
    assert "the old model stays" in await seen(shop, "/review")
    assert (await post(shop, "Mia", "/review/taught/1/retry", fragment=False)).status == 303
    assert "Waits for a lesson" in await seen(shop, "/review/taught")


async def test_a_deleted_message_stays_in_the_queue(shop: Site) -> None:
    id = await asked(shop, "a", "我的秘密是雨傘")
    row = await shop.database.read(
        lambda conn: conn.execute(select(messages).where(messages.c.id == id)).one()
    )

    await shop.database.write(lambda conn: blank(conn, row))
    await collected(shop)

    assert "秘密" not in await seen(shop, "/review")
    assert await shop.database.read(lambda conn: conn.execute(select(table)).all()) == []


async def test_erasing_a_customer_leaves_what_was_to_be_reviewed(shop: Site) -> None:
    taught_one = await asked(shop, "a", "有賣雨傘嗎")
    await post(
        shop, "Mia", f"/review/{taught_one}/teach", {"text": "有賣雨傘嗎", "intent": "stock"}
    )
    await asked(shop, "b", "我的秘密是雨傘")

    for key in ("line/shop/a", "line/shop/b"):
        await shop.database.write(lambda conn, key=key: erase(conn, key, at=START))  # type: ignore[misc]
    await collected(shop)

    assert shown(await seen(shop, "/review")) == []
    assert await shop.database.read(lambda conn: conn.execute(select(table)).all()) == []
    assert [(row.text, row.message_id) for row in await kept(shop)] == [("有賣雨傘嗎", None)]


async def test_an_edited_message_is_grouped_by_its_old_words(shop: Site) -> None:
    await asked(shop, "a", "有賣雨傘嗎")
    id = await asked(shop, "b", "有賣雨衣嗎")
    talk = await shop.database.read(
        lambda conn: conn.scalar(select(messages.c.conversation_id).where(messages.c.id == id)) or 0
    )

    def edit(connection: Connection) -> None:
        connection.execute(messages.update().where(messages.c.id == id).values(text="有賣雨傘嗎"))
        told = {"message": id, "was": "有賣雨衣嗎", "text": "有賣雨傘嗎"}
        row = {"conversation_id": talk, "type": "edited", "at": START, "actor": "customer"}
        connection.execute(events.insert().values(row | {"data": told}))

    await shop.database.write(edit)
    await collected(shop)

    assert shown(await seen(shop, "/review")) == ["有賣雨傘嗎"]


async def test_the_drawer_hides_why(shop: Site) -> None:
    entities = [
        {"name": "phone", "value": "0912345678", "start": 0, "end": 10},
        {"name": "order_number", "value": "A1234567", "start": 11, "end": 19},
    ]
    said = unsure("U1-0", decision="HandOff", reason="low_confidence", entities=entities)
    said |= {"action": "order_status", "why": "not understood; number 2 in a row"}
    called = {"message": "U1-0", "reason": "low_confidence"}
    talk = await shop.talk(
        Talk(
            thread="U1",
            lines=("雨傘呢",),
            log=(("decided", "bot", said), ("handoff", "bot", called)),
        )
    )

    def answered(connection: Connection) -> int:
        connection.execute(messages.update().values(inbox_id=7))
        row = {"id": "o1", "conversation_id": talk, "partition": 0, "inbox_id": 7, "author": "bot"}
        row |= {"message": {"text": "x", "action": "reply"}, "flags": {"template": "not_sure"}}
        row |= {"state": "sent", "fence": 0, "created_at": START, "not_before": START}
        connection.execute(outbox.insert().values(row | {"expires_at": START, "settled_at": START}))
        return connection.scalar(select(messages.c.id)) or 0

    id = await shop.database.write(answered)

    page = await seen(shop, f"/desk/{talk}/why/{id}", "Ann")
    for told in ("Stock", "0.41", "Not understood", "number 2 in a row", "嗎", "A1234567", "Order"):
        assert told in page, told
    for told in (
        "not_sure",
        "variant 2",
        "order_status",
        "not understood",
        "taken by the platform",
    ):
        assert told in page, told
    assert "0912345678" not in page
    assert "••••••••78" in page
    assert "/review/" not in page
    assert f'href="/review/{id}"' in await seen(shop, f"/desk/{talk}/why/{id}", "Mia")
    assert f"/desk/{talk}/why/{id}" in await seen(shop, f"/desk/{talk}", "Ann")


async def test_the_drawer_tells_of_another_conversation(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1"))
    other = await shop.talk(Talk(thread="U2"))
    ours = await shop.database.write(
        lambda conn: hear(conn, talk, "words", START, direction="out", author="bot")
    )
    async with shop.visitor(await shop.cookie("Ann")) as visitor:
        assert (await visitor.get(f"/desk/{other}/why/1")).status == 404
        assert (await visitor.get(f"/desk/{talk}/why/{ours}")).status == 404
        assert "no decision" in await (await visitor.get(f"/desk/{talk}/why/1")).text()
