"""What agents do at the desk, through its real addresses."""

import asyncio
import re
from datetime import timedelta
from uuid import uuid4

from aiohttp import ClientResponse, ClientSession
from sqlalchemy import Connection, insert, select

from bot.store import canned, desk, inbox, pauses
from bot.store.desk import Tab
from bot.store.inbox import Arrival
from bot.store.tables import conversations, events, messages, outbox
from bot.web.pages import visible
from bot.web.words import LANGUAGES, words
from tests.web.site import START, Site, Talk, hear


async def post(
    shop: Site, name: str, path: str, fields: dict[str, str] | None = None, fragment: bool = True
) -> ClientResponse:
    cookie = await shop.cookie(name)
    headers = {"X-Fragment": "1"} if fragment else {}
    async with shop.visitor(cookie) as visitor:
        data = (fields or {}) | {"csrf": await shop.csrf(cookie)}
        answer = await visitor.post(path, data=data, headers=headers, allow_redirects=False)
        await answer.read()
        return answer


async def say(shop: Site, name: str, talk: int, text: str, **fields: str) -> ClientResponse:
    known = {"client_id": str(uuid4()), "seen": "99999", "text": text}
    return await post(shop, name, f"/desk/{talk}/say", known | fields)


async def look(shop: Site, path: str, name: str = "Ann") -> str:
    async with shop.visitor(await shop.cookie(name)) as visitor:
        return await (await visitor.get(path)).text()


async def test_of_two_agents_the_slower_learns_who_was_faster(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1"))

    answers = await asyncio.gather(
        *(post(shop, name, f"/desk/{talk}/take") for name in ("Ann", "Bob"))
    )

    statuses = sorted(answer.status for answer in answers)
    winner = "Ann" if answers[0].status == 200 else "Bob"
    lost = next(answer for answer in answers if answer.status == 409)
    assert statuses == [200, 409]
    assert re.search(rf"Already taken by <b><bdi>{winner}</bdi>", await lost.text())
    taken = await shop.database.read(
        lambda conn: list(conn.scalars(select(events.c.actor).where(events.c.type == "taken")))
    )
    assert taken == [f"agent:{shop.people[winner]}"]


async def test_a_reply_is_queued_once_however_often_the_button_is_pressed(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1"))
    name = str(uuid4())
    heard: list[str] = []
    async with shop.signals.subscribe("desk", "outbox") as stream:
        for _ in range(3):
            assert (await say(shop, "Ann", talk, "您好，馬上查", client_id=name)).status == 200
        heard = [(await anext(stream)).topic for _ in range(2)]

    queued = await shop.database.read(lambda conn: list(conn.execute(select(outbox)).all()))
    assert [(row.message["text"], row.state, row.author) for row in queued] == [
        ("您好，馬上查", "queued", "agent")
    ]
    assert heard == ["desk", "outbox"]


async def test_an_agent_who_has_not_seen_the_newest_answer_is_shown_it_first(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1"))
    newest = await shop.database.write(
        lambda conn: hear(conn, talk, "我是機器人的回答", START, direction="out", author="bot")
    )

    late = await say(shop, "Ann", talk, "我的草稿", seen=str(newest - 1))
    text = await late.text()

    assert late.status == 409
    assert "Someone answered meanwhile" in text
    assert text.count("我是機器人的回答") == 2
    assert "我的草稿</textarea>" in text
    assert f'name="seen" value="{newest}"' in text
    assert (await say(shop, "Ann", talk, "我的草稿", seen=str(newest))).status == 200


async def test_nobody_answers_in_a_conversation_of_another_but_notes_are_welcome(
    shop: Site,
) -> None:
    talk = await shop.talk(Talk(thread="U1", state="agent", agent_id=shop.people["Bob"]))

    answer = await say(shop, "Ann", talk, "hello")
    note = await say(shop, "Ann", talk, "he is a regular", mode="note")

    assert answer.status == 409
    assert "Bob" in await answer.text()
    assert note.status == 200
    row = await shop.database.read(
        lambda conn: conn.execute(select(messages).order_by(messages.c.id.desc()).limit(1)).one()
    )
    assert (row.visibility, row.text, row.agent_id) == (
        "note",
        "he is a regular",
        shop.people["Ann"],
    )
    assert await shop.database.read(lambda conn: list(conn.scalars(select(outbox.c.id)))) == []


async def test_take_hand_back_close_and_what_is_missing(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1"))

    async def state() -> str:
        query = select(conversations.c.state).where(conversations.c.id == talk)
        return await shop.database.read(lambda conn: conn.scalar(query)) or ""

    for path, expected in (
        ("take", "agent"),
        ("release", "bot"),
        ("take", "agent"),
        ("close", "closed"),
    ):
        assert (await post(shop, "Ann", f"/desk/{talk}/{path}")).status == 200
        assert await state() == expected
    for path in ("take", "release", "close", "say", "label"):
        fields = {"text": "x", "label": "x", "seen": "0", "client_id": str(uuid4())}
        assert (await post(shop, "Ann", f"/desk/999/{path}", fields)).status == 404


async def test_nonsense_is_refused_without_a_trace(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1"))

    for fields in (
        {"text": ""},
        {"text": "x" * 10_001},
        {"text": "x", "client_id": "7"},
        {"text": "x", "seen": "many"},
        {"text": "x", "action": "hide"},
        {"text": "x", "action": "private_reply"},
    ):
        sent = {"client_id": str(uuid4()), "seen": "9"} | fields
        assert (await post(shop, "Ann", f"/desk/{talk}/say", sent)).status == 422, fields
    assert (await post(shop, "Ann", f"/desk/{talk}/label", {"label": " "})).status == 422
    assert (await look(shop, "/desk?tab=nonsense&limit=-4&q=%25%27")).count("row-") == 0


async def test_without_the_script_every_button_still_works(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1"))

    answer = await post(shop, "Ann", f"/desk/{talk}/take?tab=open", fragment=False)

    assert (answer.status, answer.headers["Location"]) == (303, f"/desk/{talk}?tab=open")


async def test_a_comment_may_be_answered_in_private(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="C1", channel="page_comments"))

    assert (await say(shop, "Ann", talk, "私訊您了", action="private_reply")).status == 200
    row = await shop.database.read(lambda conn: conn.execute(select(outbox)).one())
    assert row.message["action"] == "private_reply"


async def test_those_who_wait_longest_come_first_in_every_list(shop: Site) -> None:
    ann = shop.people["Ann"]
    talks = {
        "young": Talk(thread="1", ago=2),
        "old": Talk(thread="2", ago=90),
        "middle": Talk(thread="3", ago=30),
    }
    ids = {name: await shop.talk(talk) for name, talk in talks.items()}
    mine = [
        await shop.talk(Talk(thread=f"m{ago}", state="agent", agent_id=ann, ago=ago))
        for ago in (5, 50, 20)
    ]

    def order(tab: Tab) -> list[int]:
        with shop.database.engine.connect() as connection:
            return [row.id for row in desk.queue(connection, tab=tab, agent_id=ann)]

    assert order(Tab.WAITING) == [ids["old"], ids["middle"], ids["young"]]
    assert order(Tab.MINE) == [mine[1], mine[2], mine[0]]
    assert order(Tab.OPEN)[:3] == order(Tab.WAITING)

    def answer(connection: Connection) -> None:
        hear(connection, mine[1], "done", START, direction="out", author="agent")
        hear(connection, mine[1], "ack", START, direction="out", author="bot", ack=True)
        hear(connection, mine[0], "note", START, author="agent", direction="out", visibility="note")

    await shop.database.write(answer)
    with shop.database.engine.connect() as connection:
        rows = {row.id: row for row in desk.queue(connection, tab=Tab.MINE, agent_id=ann)}
    assert [rows[id].unread for id in mine] == [1, 0, 1]
    assert rows[mine[1]].since is None
    assert rows[mine[0]].last_words == "哈囉"
    assert rows[mine[1]].last_words == "ack"


async def test_search_finds_chinese_words_names_and_labels_and_takes_signs_literally(
    shop: Site,
) -> None:
    one = await shop.talk(Talk(thread="1", lines=("我的陶瓷杯破了 100%",), name="林小姐"))
    two = await shop.talk(Talk(thread="2", lines=("訂單",), name="Emily_C"))
    await post(shop, "Ann", f"/desk/{two}/label", {"label": "VIP 客人"})

    for words_, found in (
        ("陶瓷", {one}),
        ("林", {one}),
        ("100%", {one}),
        ("y_c", {two}),
        ("VIP 客人", {two}),
        ("_", {two}),
        ("%", {one}),
    ):
        async with shop.visitor(await shop.cookie("Ann")) as visitor:
            text = await (await visitor.get("/desk/queue", params={"q": words_})).text()
        assert {int(id) for id in re.findall(r'id="row-(\d+)"', text)} == found, words_


async def test_the_thread_shows_why_and_what_became_of_each_reply(shop: Site) -> None:
    data = {
        "decision": "HandOff",
        "why": "asked for a refund",
        "intent": "refund_status",
        "confidence": 0.4321,
        "source": "keyword",
        "evidence": ["退款"],
        "ranking": [["refund_status", 0.43], ["price", 0.2]],
        "language": "zh-Hant",
        "templates": ["handoff_sorry"],
    }
    odd = {"evidence": None}
    talk = await shop.talk(
        Talk(
            thread="U1",
            slots={"order_number": "GD-1", "empty": None},
            log=(
                ("decided", "bot", data),
                ("ignored", "bot", odd),
                ("handoff", "bot", {"reason": "complaint"}),
                ("brand_new_kind", "system", {}),
            ),
        )
    )

    def sends(connection: Connection) -> None:
        for number, (state, why) in enumerate(
            (("queued", None), ("failed", "blocked by the platform"), ("unknown", "timeout"))
        ):
            row = {
                "id": str(uuid4()),
                "conversation_id": talk,
                "partition": 0,
                "author": "bot",
                "message": {"text": f"reply {state}"},
                "flags": {},
                "state": state,
                "reason": why,
                "fence": 0,
                "created_at": START + timedelta(seconds=number),
                "not_before": START,
                "expires_at": START,
            }
            connection.execute(insert(outbox).values(row))

    await shop.database.write(sends)
    text = await look(shop, f"/desk/{talk}")

    for words_ in (
        "Refund status",
        "0.43",
        "asked for a refund",
        "keyword",
        "退款",
        "handoff_sorry",
        "complaint",
        "GD-1",
        "brand_new_kind",
        "reply queued",
        "blocked by the platform",
        "may not have arrived",
    ):
        assert words_ in text, words_


async def test_canned_replies_are_filled_here_and_never_executed(shop: Site) -> None:
    talk = await shop.talk(
        Talk(thread="U1", name="{{agent}}<b>", slots={"order_number": "GD-7", "n": "{{7*7}}"})
    )

    def write(connection: Connection) -> None:
        canned.add(
            connection, key="a", language="zh-Hant", text="{{ name }} {{order_number}} {{n}}"
        )
        canned.add(
            connection, key="b", language="en", text="{{nothing}} {{7*7}} {{x.__class__}} {% x %}"
        )

    await shop.database.write(write)
    text = await look(shop, f"/desk/{talk}/canned")

    assert "{{agent}}&lt;b&gt; GD-7 {{7*7}}" in text
    assert " {{7*7}} {{x.__class__}} {% x %}" in text
    assert "Empty: nothing" in text
    assert text.index("/a") < text.index("/b")


async def test_parked_events_are_shown_raw_and_can_be_replayed_or_dropped(shop: Site) -> None:
    body = b'{"x": "<script>alert(1)</script>\xff\x00'

    def park(connection: Connection) -> None:
        inbox.add(
            connection,
            [
                Arrival(
                    channel="line",
                    account="shop",
                    body=body,
                    events=(),
                    received_at=START,
                    reason="not <JSON>",
                )
            ],
        )

    await shop.database.write(park)
    text = await look(shop, "/desk/parked", "Ada")

    assert "not &lt;JSON&gt;" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\xff" in text
    assert "Replay" not in text
    assert (await post(shop, "Ada", "/desk/parked/1/replay")).status == 404
    assert (await post(shop, "Ada", "/desk/parked/1/drop", {"reason": " "})).status == 422
    assert (await post(shop, "Ada", "/desk/parked/1/drop", {"reason": "spam"})).status == 303
    assert (await post(shop, "Ada", "/desk/parked/1/drop", {"reason": "spam"})).status == 404
    assert "Nothing is parked." in await look(shop, "/desk/parked", "Ada")


async def test_static_files_may_be_kept_for_ever_only_under_their_own_digest(
    shop: Site,
) -> None:
    async with shop.visitor(await shop.cookie("Ann")) as visitor:
        page = await (await visitor.get("/desk")).text()
        address = re.search(r'href="(/static/[0-9a-f]{16}/desk\.css)"', page)
        assert address is not None

        kept = await visitor.get(address[1])
        stale = await visitor.get("/static/0000000000000000/desk.css")
        assert "immutable" in kept.headers["Cache-Control"]
        assert stale.headers["Cache-Control"] == "no-cache"
        assert kept.headers["Content-Encoding"] == "gzip"
        assert (await visitor.get("/static/0/..%2Fdesk.py")).status == 404


async def test_the_first_load_stays_small(shop: Site) -> None:
    from bot.web.assets import assets

    sent = sum(
        len(asset.compressed)
        for name, asset in assets().items()
        if name in {"desk.css", "icon.svg"} or (name.endswith(".js") and "/" not in name)
    )

    assert sent < 20_000


def test_both_languages_have_the_same_words() -> None:
    chinese, english = (words(tag).texts for tag in LANGUAGES)

    assert set(chinese) == set(english)
    places = re.compile(r"\{\w+\}")
    for key, text in chinese.items():
        assert sorted(places.findall(text)) == sorted(places.findall(english[key])), key
        assert text, key


def test_names_hide_nothing() -> None:
    assert visible("ad\u200bmin\u2060\u202e") == "ad⟨U+200B⟩min⟨U+2060⟩⟨U+202E⟩"
    assert visible("王小明 👩‍🚀 Ä") == "王小明 👩‍🚀 Ä"
    assert visible("a\u200db") == "a⟨U+200D⟩b"


async def test_a_channel_that_lost_its_access_goes_unnoticed(shop: Site) -> None:
    await shop.talk(Talk(thread="U1"))
    assert "refuses our access" not in await look(shop, "/desk")

    await shop.database.write(
        lambda conn: pauses.pause(conn, channel="line", account="shop", reason="401", at=START)
    )
    assert "LINE shop refuses our access" in await look(shop, "/desk")

    await shop.database.write(lambda conn: pauses.resume(conn, channel="line", account="shop"))
    assert "refuses our access" not in await look(shop, "/desk")


async def test_the_choice_of_language_stays(shop: Site) -> None:
    async def language(visitor: ClientSession) -> str:
        found = re.search(r'<html lang="([\w-]+)"', await (await visitor.get("/desk")).text())
        assert found is not None
        return found[1]

    cookie = await shop.cookie("Ann")
    async with shop.visitor(cookie) as visitor:
        assert await language(visitor) == "en"
        data = {"csrf": await shop.csrf(cookie), "language": "zh-Hant", "next": "/desk"}
        await visitor.post("/account/language", data=data)
        assert await language(visitor) == "zh-Hant"
