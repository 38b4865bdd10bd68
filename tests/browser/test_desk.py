"""The desk in a real browser: by keyboard alone, live, and with nothing lost while typing."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, Request, Route, expect
from sqlalchemy import select

from bot import handoff
from bot.store.tables import outbox
from bot.web.live import SOCKETS
from tests.browser.conftest import OpenPage
from tests.web.site import PASSWORD, START, Site, Talk, hear

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def live(page: Page) -> None:
    await expect(page.locator("#line")).to_have_attribute("data-state", "on")


async def sent(shop: Site) -> list[str]:
    query = select(outbox.c.message).order_by(outbox.c.seq)
    return await shop.database.read(lambda conn: [one["text"] for one in conn.scalars(query)])


async def test_log_in_by_hand(shop: Site, open_page: OpenPage) -> None:
    page = await open_page(None, "/desk", locale="zh-TW")

    await page.get_by_label("電子郵件").fill("ann@example.com")
    await page.get_by_label("密碼").fill(PASSWORD)
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(re.compile("/desk$"))
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_from_list_to_reply_to_the_next_one_without_a_mouse(
    shop: Site, open_page: OpenPage
) -> None:
    first = await shop.talk(Talk(thread="1", name="First", ago=20))
    second = await shop.talk(Talk(thread="2", name="Second", ago=10))
    page = await open_page("Ann", "/desk")
    await live(page)

    await page.keyboard.press("j")
    await expect(page.locator("#head h2")).to_have_text("First")
    await page.keyboard.press("t")
    await expect(page.locator("#text")).to_be_focused()
    await expect(page.locator("#head .state")).to_have_text("Agent")
    await page.keyboard.type("All done, First!")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#lines .agent .text")).to_have_text("All done, First!")
    await expect(page.locator("#lines .agent .delivery")).to_have_text("queued")
    await expect(page.locator("#text")).to_have_value("")
    await page.keyboard.press("Escape")
    await expect(page.locator(f"#row-{first}")).to_have_count(0)
    await page.keyboard.press("j")
    await expect(page.locator("#head h2")).to_have_text("Second")
    await expect(page).to_have_url(re.compile(f"/desk/{second}"))
    assert await sent(shop) == ["All done, First!"]


async def test_letters_are_letters_while_somebody_writes_or_switched_them_off(
    shop: Site, open_page: OpenPage
) -> None:
    talk = await shop.talk(Talk(thread="1"))
    page = await open_page("Ann", f"/desk/{talk}")

    await page.locator("#text").fill("")
    await page.locator("#text").press_sequentially("jknet?")
    await expect(page.locator("#text")).to_have_value("jknet?")
    await page.locator("#help-button").click()
    await page.locator("#letters").uncheck()
    await page.keyboard.press("Escape")
    await page.locator("#scroll").focus()
    await page.keyboard.press("e")
    await page.keyboard.press("?")
    await expect(page.locator("#help")).to_be_hidden()
    await expect(page.locator("#act-close")).to_be_visible()


async def test_enter_that_ends_a_chinese_word_does_not_send(
    shop: Site, open_page: OpenPage
) -> None:
    talk = await shop.talk(Talk(thread="1"))
    page = await open_page("Ann", f"/desk/{talk}")
    devices = await page.context.new_cdp_session(page)

    await page.locator("#text").focus()
    await devices.send(
        "Input.imeSetComposition", {"text": "ㄋㄧㄏㄠ", "selectionStart": 4, "selectionEnd": 4}
    )
    await page.evaluate(
        """() => document.getElementById("text").dispatchEvent(new KeyboardEvent("keydown",
           { key: "Enter", ctrlKey: true, isComposing: true, bubbles: true, cancelable: true }))"""
    )
    await devices.send("Input.insertText", {"text": "你好"})
    await page.keyboard.press("Enter")
    await expect(page.locator("#text")).to_have_value("你好\n")
    assert await sent(shop) == []
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#lines .agent .text")).to_have_text("你好")


async def test_canned_replies_by_slash(shop: Site, open_page: OpenPage) -> None:
    talk = await shop.talk(Talk(thread="1", name="林小姐"))
    page = await open_page("Ann", f"/desk/{talk}")

    await page.locator("#text").press_sequentially("x /hel")
    await expect(page.locator("#canned .option")).to_have_count(2)
    await expect(page.locator('[aria-selected="true"] .preview')).to_have_text("林小姐您好")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await expect(page.locator("#text")).to_have_value("x Hello 林小姐, Ann here.")
    await expect(page.locator("#text")).to_be_focused()
    await expect(page.locator("#canned")).to_be_hidden()


async def test_what_happens_elsewhere_appears_and_the_draft_stays(
    shop: Site, open_page: OpenPage
) -> None:
    talk = await shop.talk(Talk(thread="1", name="First"))
    page = await open_page("Ann", f"/desk/{talk}")
    await live(page)
    await page.locator("#text").press_sequentially("half a sen")

    other = await shop.talk(Talk(thread="2", name="New one", ago=60))
    await shop.database.write(lambda conn: hear(conn, talk, "我又想到一件事", shop.clock()))
    for id in (talk, other):
        shop.signals.publish("desk", {"conversation": id, "type": "message"})

    await expect(page.locator("#lines .customer .text").last).to_have_text("我又想到一件事")
    await expect(page.locator(".row .name").first).to_have_text("New one")
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.type("tence")
    await expect(page.locator("#text")).to_have_value("half a sentence")
    await page.reload()
    await expect(page.locator("#text")).to_have_value("half a sentence")


async def test_two_agents_answer_at_once_and_the_second_sees_it_first(
    shop: Site, open_page: OpenPage
) -> None:
    talk = await shop.talk(Talk(thread="1", state="agent", agent_id=shop.people["Ann"]))
    page = await open_page("Ann", f"/desk/{talk}")
    # A page that connects only now would read what came meanwhile.
    await live(page)
    await page.locator("#text").fill("my answer")
    await shop.database.write(
        lambda conn: hear(conn, talk, "from the phone app", START, direction="out", author="agent")
    )

    await page.locator("#send").click()

    await expect(page.locator("#alert")).to_contain_text("Someone answered meanwhile")
    await expect(page.locator("#alert")).to_contain_text("from the phone app")
    await expect(page.locator("#text")).to_have_value("my answer")
    assert await sent(shop) == []
    await page.locator("#send").click()
    await expect(page.locator("#lines .agent .text").last).to_have_text("my answer")
    await expect(page.locator("#alert")).to_be_empty()
    assert await sent(shop) == ["my answer"]


async def test_the_loser_of_a_race_reads_the_winners_name(shop: Site, open_page: OpenPage) -> None:
    talk = await shop.talk(Talk(thread="1"))
    page = await open_page("Bob", f"/desk/{talk}")
    await live(page)
    await page.locator("#text").fill("I was about to say")
    # Taken an instant ago: no live signal has reached Bob yet.
    ann, at = shop.people["Ann"], shop.clock()
    await shop.database.write(
        lambda conn: handoff.take(conn, conversation_id=talk, agent_id=ann, at=at)
    )

    await page.locator("#send").click()

    await expect(page.locator("#alert")).to_contain_text("Ann")
    await expect(page.locator("#text")).to_have_value("I was about to say")
    await expect(page.locator("#mode-reply")).to_be_disabled()
    assert await sent(shop) == []


async def test_others_who_look_and_type_are_shown(shop: Site, open_page: OpenPage) -> None:
    talk = await shop.talk(Talk(thread="1"))
    ann, bob = await open_page("Ann", f"/desk/{talk}"), await open_page("Bob", f"/desk/{talk}")

    await expect(ann.locator("#people")).to_have_text("Bob also viewing")
    await bob.locator("#text").press_sequentially("he")
    await expect(ann.locator("#people")).to_have_text("Bob typing")
    await bob.goto("about:blank")
    await expect(ann.locator("#people")).to_be_empty()


async def test_a_desk_that_was_cut_off_catches_up(shop: Site, open_page: OpenPage) -> None:
    talk = await shop.talk(Talk(thread="1"))
    page = await open_page("Ann", f"/desk/{talk}")
    await live(page)

    sockets = shop.app[SOCKETS]
    await shop.database.write(lambda conn: hear(conn, talk, "said in the dark", shop.clock()))
    for socket in list(sockets):
        await socket.close()

    await expect(page.locator("#lines .customer .text").last).to_have_text("said in the dark")
    await live(page)


async def test_a_failed_send_keeps_the_draft_and_a_second_try_sends_once(
    shop: Site, open_page: OpenPage
) -> None:
    talk = await shop.talk(Talk(thread="1"))
    page = await open_page("Ann", f"/desk/{talk}")
    names: list[str] = []

    async def lose_the_first_answer(route: Route, request: Request) -> None:
        names.extend(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", request.post_data or ""))
        if len(names) == 1:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/say*", lose_the_first_answer)
    await page.locator("#text").fill("once only")
    await page.locator("#send").click()
    await expect(page.locator("#alert")).to_contain_text("will not double it")
    await expect(page.locator("#text")).to_have_value("once only")
    assert await sent(shop) == ["once only"]
    await page.locator("#send").click()

    await expect(page.locator("#text")).to_have_value("")
    assert await sent(shop) == ["once only"]
    assert names[0] == names[1]


async def test_a_session_that_ends_leads_to_the_door(
    shop: Site, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.live.RECHECK_SECONDS", 0.1)
    page = await open_page("Ann", "/desk")
    await live(page)

    shop.clock.turn(timedelta(minutes=31))

    await expect(page).to_have_url(re.compile("/login"))


async def test_on_a_phone_one_pane_at_a_time(shop: Site, open_page: OpenPage) -> None:
    talk = await shop.talk(Talk(thread="1"))
    page = await open_page("Ann", "/desk", viewport={"width": 375, "height": 700})

    await expect(page.locator("#conversation")).to_be_hidden()
    await page.locator(f"#row-{talk}").click()
    await expect(page.locator("#queue")).to_be_hidden()
    await expect(page.locator("#send")).to_be_in_viewport()
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 375
    await page.locator("#back").click()
    await expect(page.locator(f"#row-{talk}")).to_be_focused()
    await page.go_back()
    await expect(page.locator("#queue")).to_be_hidden()


async def test_a_comment_cannot_be_hidden_by_keyboard_nor_answered_in_private_once(
    shop: Site, open_page: OpenPage
) -> None:
    talk = await shop.talk(Talk(thread="p/r", channel="page_comments", lines=("爛東西",)))
    page = await open_page("Ann", f"/desk/{talk}")

    await page.locator("#act-hide").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#lines")).to_contain_text("Hides the comment")
    await page.select_option("select[name=action]", "private_reply")
    await page.fill("#text", "私訊您了")
    await page.keyboard.press("Control+Enter")

    await expect(page.locator("#private")).to_be_disabled()
    await expect(page.locator("select[name=action]")).to_have_value("reply")
    sent = await shop.database.read(lambda conn: list(conn.scalars(select(outbox.c.message))))
    assert [one["action"] for one in sent] == ["hide", "private_reply"]


async def test_nobody_sees_the_customer_type(shop: Site, open_page: OpenPage) -> None:
    talk = await shop.talk(Talk(thread="w1", channel="webchat"))
    page = await open_page("Ann", f"/desk/{talk}")
    await expect(page.locator("#line")).to_have_attribute("data-state", "on")

    shop.signals.publish("desk", {"conversation": talk, "type": "typing"})
    await expect(page.locator("#customer-types")).to_have_text("The customer is typing…")
    shop.signals.publish("desk", {"conversation": talk, "type": "message"})
    await expect(page.locator("#customer-types")).to_be_empty()
