"""What LINE counts is a call: a reply of several messages leaves by one, for free."""

from pathlib import Path

from tests.house import house
from tests.scenarios.scene import items, line_user, on_line, said

PICTURE = "https://shop.example/hello.jpg"
TEMPLATE = """---
attachments: [{type: image, url: "https://shop.example/hello.jpg"}]
cards: [{title: Shoes, text: New, buttons: [{title: Buy, payload: order_status}]}]
---
Hello, here is what is new.
"""


async def test_a_reply_of_several_messages_is_pushed_at_the_brands_cost(tmp_path: Path) -> None:
    folder = tmp_path / "answers" / "en"
    folder.mkdir(parents=True)
    (folder / "greet.j2").write_text(TEMPLATE, encoding="utf-8")
    who = line_user(1)
    async with house(tmp_path, responses=str(tmp_path / "answers")) as h:
        await h.deliver(on_line(h, who, "hello"))
        await h.settled()

        [sent] = h.sent(who)
        assert (sent.outbound_id, len(sent.ids)) == (None, 3)
        assert sent.text.split("\n")[0] == PICTURE
        assert sent.text.split("\n")[-1] == "Shoes"
        assert h.platform.violations == []
        [item] = await items(h, who)
        assert item.state == "sent"
        _, (author, text) = await said(h, who)
        assert author == "bot"
        assert "here is what is new" in (text or "")
