"""The widget in a real browser: what a visitor does, on a good day and on a bad one."""

import asyncio
import hmac
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, Frame
from sqlalchemy import Connection

from bot.store import files as stored_files
from bot.store.files import File
from channels.messages import Attachment
from tests.browser.access import violations
from tests.browser.webchat_fixtures import Shop, chromium, shop, until
from tests.shared import shared_path
from tests.web.site import Talk, store
from tests.web.webchat_site import NOW, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
NO_WEBSOCKET = (
    "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.()); } close() {} };"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, tmp_path: Path) -> AsyncIterator[Shop]:
    async with shop(browser, tmp_path) as shown:
        yield shown
        assert await shown.clean() == []


async def say(frame: Frame, text: str) -> None:
    await frame.fill("#text", text)
    await frame.press("#text", "Enter")


async def bubbles(frame: Frame) -> list[str]:
    found: list[str] = await frame.eval_on_selector_all(
        ".bubble", "all => all.map((each) => each.textContent)"
    )
    return found


async def shows(frame: Frame, *texts: str, within: float = 30.0) -> None:
    async def same() -> bool:
        return await bubbles(frame) == list(texts)

    try:
        await until(same, within=within)
    except TimeoutError:
        assert await bubbles(frame) == list(texts)


async def test_a_visitor_gets_no_answer_or_the_page_loads_more_than_the_button(page: Shop) -> None:
    await until(lambda: page.page.evaluate("() => !!window.AntiphonChat"))
    assert page.requests == [page.url, f"{page.site.url}/widget.js"]

    frame = await page.open()
    await say(frame, "訂單到哪了")

    await shows(frame, "訂單到哪了", "收到：訂單到哪了")
    assert await frame.inner_text(".bot .from") == "自動客服"
    assert {url.split("/")[2] for url in page.requests} == {
        page.url.split("/")[2],
        page.site.origin.split("/")[2],
    }


@pytest.mark.parametrize(
    ("lang", "attributes", "greeting", "person"),
    [
        ("zh-TW", "", "歡迎來到日日選物", "轉接真人客服"),
        ("en-US", "", "Welcome to Daily Goods", "Talk to a person"),
        ("en-US", 'data-lang="zh-Hant"', "歡迎來到日日選物", "轉接真人客服"),
    ],
)
async def test_the_widget_speaks_another_language(
    browser: Browser, tmp_path: Path, lang: str, attributes: str, greeting: str, person: str
) -> None:
    async with shop(browser, tmp_path, lang=lang, attributes=attributes) as shown:
        frame = await shown.open()

        assert greeting in await frame.inner_text("#welcome")
        assert await frame.inner_text("#human") == person
        assert await shown.clean() == []


async def test_a_button_or_a_person_cannot_be_asked_for(page: Shop) -> None:
    frame = await page.open()
    await say(frame, "在嗎")
    await frame.click("#quick button")
    await shows(frame, "在嗎", "收到：在嗎", "找真人", "收到：找真人")

    await frame.click("#human")
    await until(lambda: _count(page, 3))

    received = await page.site.received()
    assert [(event.kind, event.payload) for event in received] == [
        ("dm.text", None),
        ("dm.postback", "intent:找真人"),
        ("dm.postback", "intent:human_request"),
    ]


async def test_a_restart_of_the_server_loses_or_doubles_messages(page: Shop) -> None:
    frame = await page.open()
    await say(frame, "一")
    await shows(frame, "一", "收到：一")
    await page.site.stop()
    await frame.wait_for_selector("#line", state="visible")
    await say(frame, "二")
    await say(frame, "三")
    await page.site.start()
    thread = (await page.site.received())[0].thread

    await page.site.says(thread, "回來了")
    await until(lambda: _count(page, 3), within=30)
    await shows(frame, "一", "收到：一", "回來了", "二", "三", within=30)
    await frame.wait_for_selector("#line", state="hidden")
    assert [event.text for event in await page.site.received()] == ["一", "二", "三"]


async def test_a_lost_acknowledgement_doubles_a_message(browser: Browser, tmp_path: Path) -> None:
    async with shop(browser, tmp_path) as shown:
        dropped: list[str] = []

        def between(socket: object) -> None:
            server = socket.connect_to_server()  # type: ignore[attr-defined]

            def told(text: str | bytes) -> None:
                # The first acknowledgement, and everything after it, is lost with the line.
                if not dropped and '"ack"' in str(text):
                    dropped.append(str(text))
                    asyncio.ensure_future(socket.close(code=1001))  # type: ignore[attr-defined]  # noqa: RUF006
                elif '"msg"' not in str(text) or dropped:
                    socket.send(text)  # type: ignore[attr-defined]

            server.on_message(told)

        await shown.page.route_web_socket("**/ws", between)
        frame = await shown.open()
        await say(frame, "一")

        await shows(frame, "一", "收到：一")
        assert len(dropped) == 1
        assert [event.text for event in await shown.site.received()] == ["一"]
        assert await shown.clean() == []


async def test_a_network_without_websocket_shuts_visitors_out(
    browser: Browser, tmp_path: Path
) -> None:
    async with shop(browser, tmp_path) as shown:
        await shown.page.add_init_script(NO_WEBSOCKET)
        await shown.page.reload()
        frame = await shown.open()
        await say(frame, "一")
        await shows(frame, "一", "收到：一")

        await say(frame, "二")

        await shows(frame, "一", "收到：一", "二", "收到：二")
        assert any("/events?" in url for url in shown.requests)
        assert await shown.clean() == []


async def test_a_visitor_who_talks_fast_loses_words_or_their_order(page: Shop) -> None:
    frame = await page.open()
    spoken = [f"第 {number} 句" for number in range(8)]
    for each in spoken:
        await say(frame, each)

    await until(lambda: _count(page, 8))
    assert [event.text for event in await page.site.received()] == spoken


async def test_the_next_page_forgets_the_chat(page: Shop) -> None:
    frame = await page.open()
    await say(frame, "在嗎")
    await shows(frame, "在嗎", "收到：在嗎")
    thread = (await page.site.received())[0].thread
    await page.page.goto(page.url + "cart")
    await until(lambda: page.frame_or_none() is not None)
    await page.site.says(thread, "新消息")

    hidden = page.frame_or_none()
    assert hidden is not None
    await shows(hidden, "在嗎", "收到：在嗎", "新消息")
    state = await page.page.evaluate("() => Object.values(localStorage)[0]")
    assert json.loads(state)["read"] < 3
    await page.open()
    await until(
        lambda: page.page.evaluate("() => JSON.parse(Object.values(localStorage)[0]).read === 3")
    )


async def test_a_second_tab_misses_what_the_first_one_says(page: Shop) -> None:
    first = await page.open()
    other = Shop(
        page=await page.page.context.new_page(), site=page.site, url=page.url, served=page.served
    )
    other.watch()
    await other.page.goto(page.url)
    second = await other.open()

    await say(first, "從第一頁")
    await shows(second, "從第一頁", "收到：從第一頁")
    await say(second, "從第二頁")
    await shows(first, "從第一頁", "收到：從第一頁", "從第二頁", "收到：從第二頁")
    assert await other.clean() == []


async def test_a_browser_without_storage_cannot_chat(browser: Browser, tmp_path: Path) -> None:
    async with shop(browser, tmp_path) as shown:
        await shown.page.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })"
        )
        await shown.page.reload()
        frame = await shown.open()

        await say(frame, "在嗎")

        await shows(frame, "在嗎", "收到：在嗎")
        assert await shown.page.context.cookies() == []
        assert await shown.clean() == []


async def test_words_become_code(page: Shop) -> None:
    items = json.loads(shared_path("badinput/own/desk_xss.json").read_text())["items"]
    frame = await page.open()
    await say(frame, "在嗎")
    await shows(frame, "在嗎", "收到：在嗎")
    thread = (await page.site.received())[0].thread
    for item in items:
        await page.site.says(thread, item)

    await shows(frame, "在嗎", "收到：在嗎", *items)
    await say(frame, items[0])
    await until(lambda: _count(page, 2))

    assert await frame.evaluate("() => window.__pwned") is None
    assert await page.page.evaluate("() => window.__pwned") is None
    links = await frame.eval_on_selector_all(
        ".bubble *", "all => all.map((a) => [a.tagName, a.protocol, a.rel, a.target])"
    )
    assert {tuple(link) for link in links} <= {
        ("A", "http:", "noopener noreferrer nofollow", "_blank"),
        ("A", "https:", "noopener noreferrer nofollow", "_blank"),
    }
    assert not [url for url in page.requests if "127.0.0.1:9/" in url]


async def test_a_picture_from_an_agent_is_not_shown_or_shown_from_elsewhere(page: Shop) -> None:
    frame = await page.open()
    await say(frame, "show me")
    id, site = "k" * 32, page.site
    await until(lambda: site.received())
    thread = (await site.received())[0].thread
    own = Attachment(
        type="image",
        id=id,
        url=f"/files/{id}/image.png",
        title="a <b>picture",
        mime_type="image/png",
        expires_at=NOW + timedelta(days=1),
    )
    foreign = Attachment(type="image", url="https://elsewhere.example/a.png", title="foreign")

    def keep(connection: Connection) -> None:
        talk = store(connection, Talk(thread=thread, channel="webchat"), NOW)
        file = File(attachment=own, content=PIXEL)
        stored_files.keep(connection, [file], conversation_id=talk)

    await site.database.write(keep)
    await site.says(thread, "Here", attachments=(own, foreign))

    image = frame.locator(".bubble img")
    await image.wait_for()
    assert await image.evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 1
    assert await image.get_attribute("alt") == "a <b>picture"
    assert (await bubbles(frame))[-1] == "Here\nforeign: https://elsewhere.example/a.png"
    assert not [url for url in page.requests if "elsewhere" in url]


async def test_other_windows_speak_for_the_chat_or_the_page(page: Shop) -> None:
    frame = await page.open()
    state = "{ token: 'stolen', outbox: [], read: 0, at: 0 }"

    await page.page.evaluate(f"() => postMessage({{ type: 'save', state: {state} }}, '*')")
    await page.page.evaluate("() => postMessage({ type: 'close' }, '*')")
    async with ClientSession() as http:
        stranger = Visitor(site=page.site, http=http)
        await stranger.arrive()
    await frame.evaluate(
        "(token) => postMessage({ type: 'elsewhere', token }, '*')", stranger.token
    )
    await say(frame, "在嗎")
    await shows(frame, "在嗎", "收到：在嗎")

    assert await frame.is_visible("#text")
    assert (await page.site.received())[0].thread != stranger.thread
    assert "stolen" not in await page.page.evaluate("() => Object.values(localStorage)[0]")


async def test_the_keyboard_alone_does_not_do(page: Shop) -> None:
    await until(lambda: page.page.evaluate("() => !!window.AntiphonChat"))
    keys = page.page.keyboard
    await keys.press("Tab")
    await keys.press("Enter")
    frame = await page.frame()
    await until(lambda: frame.evaluate("() => document.activeElement.id === 'text'"))

    await keys.type("line one")
    await keys.press("Shift+Enter")
    await keys.type("line two")
    await keys.press("Enter")
    await shows(frame, "line one\nline two", "收到：line one\nline two")
    await keys.press("Escape")

    await until(
        lambda: page.page.evaluate("() => document.activeElement.tagName === 'ANTIPHON-CHAT'")
    )
    assert not await frame.is_visible("#text")
    await keys.press("Enter")
    await until(lambda: frame.is_visible("#text"))


async def test_enter_sends_what_an_input_method_is_still_composing(page: Shop) -> None:
    frame = await page.open()
    await frame.fill("#text", "ㄋㄧˇ")

    await frame.evaluate(
        """() => document.getElementById("text").dispatchEvent(new KeyboardEvent("keydown",
             { key: "Enter", isComposing: true, bubbles: true, cancelable: true }))"""
    )

    assert await frame.input_value("#text") == "ㄋㄧˇ"
    assert await bubbles(frame) == []


async def test_a_deleted_chat_comes_back(page: Shop) -> None:
    frame = await page.open()
    await say(frame, "祕密")
    await shows(frame, "祕密", "收到：祕密")
    await frame.click("#more")
    await frame.click("#sure .danger")

    await shows(frame)
    await until(lambda: page.page.evaluate("() => localStorage.length === 0"))
    await say(frame, "重新開始")
    await shows(frame, "重新開始", "收到：重新開始")


def logged_in(user: str) -> str:
    """The attributes by which the shop says who its visitor is."""
    proof = hmac.new(b"identity-secret", user.encode(), "sha256").hexdigest()
    return f'data-user-id="{user}" data-user-hmac="{proof}"'


@pytest.mark.parametrize("then", [logged_in("u8"), ""], ids=["another customer", "nobody"])
async def test_the_next_customer_at_the_same_browser_reads_the_chat_of_the_last(
    page: Shop, then: str
) -> None:
    await page.reload(logged_in("u7"))
    await say(await page.open(), "我的地址是光復南路")
    await shows(await page.frame(), "我的地址是光復南路", "收到：我的地址是光復南路")

    await page.reload(then)
    frame = await page.open()
    await say(frame, "哈囉")

    await shows(frame, "哈囉", "收到：哈囉")
    await page.reload(logged_in("u7"))


async def test_a_visitor_who_logs_in_loses_the_chat(page: Shop) -> None:
    await say(await page.open(), "哈囉")
    await shows(await page.frame(), "哈囉", "收到：哈囉")

    await page.reload(logged_in("u7"))

    await shows(await page.open(), "哈囉", "收到：哈囉")


async def test_another_site_can_embed_the_chat(browser: Browser, tmp_path: Path) -> None:
    async with shop(browser, tmp_path) as shown:
        foreign = shown.url.replace("127.0.0.1", "localhost")
        await shown.page.goto(foreign)
        await until(lambda: shown.page.evaluate("() => !!window.AntiphonChat"))

        await shown.page.evaluate("() => window.AntiphonChat.open()")

        await until(lambda: any("frame-ancestors" in each for each in shown.troubles))
        assert not [url for url in shown.requests if url.endswith("/session")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_somebody_cannot_use_the_chat(browser: Browser, tmp_path: Path, scheme: str) -> None:
    async with shop(browser, tmp_path, color_scheme=scheme, bypass_csp=True) as shown:
        frame = await shown.open()
        await say(frame, "在嗎 https://shop.example/")
        await frame.wait_for_selector("#quick button")

        assert await violations(frame) == []


@pytest.mark.parametrize("size", [(360, 640), (320, 256)])
async def test_a_small_or_zoomed_window_hides_the_input(
    browser: Browser, tmp_path: Path, size: tuple[int, int]
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    async with shop(browser, tmp_path, viewport=viewport) as shown:
        frame = await shown.open()

        box = await (await frame.wait_for_selector("#send")).bounding_box()  # type: ignore[union-attr]
        wide = await frame.evaluate("() => document.documentElement.scrollWidth - innerWidth")

        assert box is not None
        assert box["x"] + box["width"] <= size[0]
        assert box["y"] + box["height"] <= size[1]
        assert wide <= 0


async def test_the_opened_chat_is_heavy(page: Shop) -> None:
    sizes: list[int] = []

    async def weigh(response: object) -> None:
        sizes.append((await response.request.sizes())["responseBodySize"])  # type: ignore[attr-defined]

    page.page.on("response", weigh)
    await page.page.reload()
    frame = await page.open()
    await frame.wait_for_selector("#welcome")

    await until(lambda: len(sizes) >= 7)
    assert sum(sizes) <= 25 * 1024


async def _count(page: Shop, wanted: int) -> bool:
    return len(await page.site.received()) == wanted
