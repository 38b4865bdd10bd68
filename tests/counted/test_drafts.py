"""Counted links in replies: within what a platform takes, everywhere that a link may stand."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.counted import Counting, counted
from bot.store.outbox import Draft
from channels.base import Capabilities, LengthUnit
from channels.messages import Attachment, BotMessage, Button, Card, Content, Surface
from channels.text import length

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TO = "https://shop.example/sizes"
COUNTING = Counting(
    base="https://chat.shop.example",
    hosts=frozenset({"shop.example"}),
    key=b"k" * 16,
    keep=timedelta(days=180),
    within=timedelta(days=7),
)


def draft(**content: object) -> Draft:
    message = BotMessage(id="i", channel="line", account="shop", thread="t", **content)  # type: ignore[arg-type]
    return Draft(message=message, flags={"template": "sizes"}, not_before=AT, expires_at=AT)


def made(given: Draft, *, most: int = 2000, **can: object) -> Draft:
    able = Capabilities(surface=Surface.DIRECT, max_text=most, **can)  # type: ignore[arg-type]
    [one] = counted([given], COUNTING, can=able, intent="size_fit", language="en", at=AT)
    return one


def test_a_link_is_missed_where_it_is_no_text() -> None:
    button = Button(title="Sizes", url=TO)
    given = draft(
        text=f"See {TO}, {TO} and {TO}/2",
        buttons=(
            button,
            Button(title="No", payload="no"),
            Button(title="X", url="https://x.example"),
        ),
        cards=(Card(title="A", buttons=(button,), image_url=TO),),
        also=(Content(text=TO),),
    )

    sent = made(given)

    first, second = sent.links
    message, at = sent.message, COUNTING.address
    assert (first.target, second.target) == (TO, f"{TO}/2")
    assert message.text == f"See {at(first.id)}, {at(first.id)} and {at(second.id)}"
    assert [one.url for one in message.buttons] == [at(first.id), None, "https://x.example"]
    [card] = message.cards
    assert (card.buttons[0].url, card.image_url) == (at(first.id), TO)
    assert message.also[0].text == at(first.id)
    assert (first.template, first.intent, first.language) == ("sizes", "size_fit", "en")
    assert (first.public, first.expires_at) == (False, AT + COUNTING.keep)


def test_a_message_grows_too_long_for_its_platform() -> None:
    kept = made(draft(text=f"See {TO}"), most=len(f"See {TO}"))
    beside = made(draft(text=TO, buttons=(Button(title="A", payload="a"),)), max_text_beside=30)
    picture = Attachment(type="image", url="https://x.example/a.png")
    caption = made(draft(text=TO, attachments=(picture,)), max_caption=30)

    for one in (kept, beside, caption):
        assert TO in one.message.text
        assert one.links == ()


@given(st.text(alphabet="aé漢👍 \n", max_size=300), st.sampled_from(list(LengthUnit)))
def test_a_text_passes_its_limit_in_the_platforms_unit(words: str, unit: LengthUnit) -> None:
    text = f"{words} {TO}"

    sent = made(draft(text=text), most=200, unit=unit)

    assert length(sent.message.text, unit) <= max(200, length(text, unit))
    assert bool(sent.links) == (sent.message.text != text)


def test_a_reply_without_links_is_changed() -> None:
    given = draft(text="https://other.example/ only")

    assert made(given) is given
