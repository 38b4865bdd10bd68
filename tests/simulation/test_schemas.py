"""Our own checks against the written-out schemas: whatever we let pass must be valid there."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.simulation.schemas import (
    comment_faults,
    hide_faults,
    line_push_faults,
    line_reply_faults,
    messenger_faults,
)
from bot.simulation.shapes import Fault, utf16_length
from tests.shared import shared_path

META = "specs/meta/messenger-send.composed.schema.json"
PUSH = "specs/line/derived/PushMessageRequest.schema.json"
REPLY = "specs/line/derived/ReplyMessageRequest.schema.json"

text = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "字" * 20, "字" * 21, "字" * 2000, "字" * 2001, "😀" * 2500, "a" * 5001]),
)
odd = st.one_of(text, st.none(), st.booleans(), st.integers(), st.just([]), st.just({}))


def bodies(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with any of *fields* left out or replaced by something odd, sometimes with more."""
    optional = {name: st.one_of(value, value, value, odd) for name, value in fields.items()}
    extra = st.dictionaries(st.sampled_from(["sticker", "x"]), odd, max_size=1)
    some = st.fixed_dictionaries({}, optional=optional)
    return st.one_of(
        some,
        st.fixed_dictionaries(dict(fields)),
        st.fixed_dictionaries(dict(fields)),
        st.tuples(some, extra).map(lambda pair: {**pair[0], **pair[1]}),
    )


def many(item: Any, *, around: int) -> st.SearchStrategy[list[Any]]:
    """Lists as long as a limit, or one beside it."""
    return st.integers(around - 1, around + 1).map(lambda count: [item] * count)


quick_reply = bodies(content_type=st.sampled_from(["text", "user_email"]), title=text, payload=text)
reply_to_tap = {"content_type": "text", "title": "好", "payload": "p"}
quick_replies = st.lists(quick_reply, max_size=3) | many(reply_to_tap, around=13)
address = st.sampled_from(["https://shop.example/a", "http://shop.example/a", "a"])
button = bodies(type=st.just("postback"), title=text, payload=text) | bodies(
    type=st.just("web_url"), title=text, url=address
)
buttons = st.lists(button, max_size=2) | many(
    {"type": "postback", "title": "好", "payload": "p"}, around=3
)
card = bodies(title=text, subtitle=text, image_url=address, buttons=buttons)
template = bodies(template_type=st.just("button"), text=text, buttons=buttons) | bodies(
    template_type=st.just("generic"), elements=st.lists(card, max_size=2)
)
attachment = bodies(type=st.just("template"), payload=template) | bodies(
    type=st.sampled_from(["image", "file"]), payload=bodies(url=address)
)
message = bodies(text=text, metadata=text, quick_replies=quick_replies) | bodies(
    attachment=attachment, quick_replies=quick_replies
)
messenger = bodies(
    recipient=bodies(id=text) | bodies(comment_id=text) | bodies(id=text, comment_id=text),
    messaging_type=st.sampled_from(["RESPONSE", "UPDATE", "MESSAGE_TAG", "NONE"]),
    tag=st.sampled_from(["HUMAN_AGENT", "ACCOUNT_UPDATE"]),
    message=message,
    sender_action=st.sampled_from(["typing_on", "dance"]),
)
action = bodies(
    type=st.sampled_from(["postback", "message", "uri"]), label=text, data=text, text=text
)
tap = {"type": "postback", "label": "好", "data": "p"}
line_message = bodies(
    type=st.sampled_from(["text", "image"]),
    text=text,
    quickReply=bodies(items=st.lists(bodies(type=st.just("action"), action=action), max_size=3))
    | many({"type": "action", "action": tap}, around=13).map(lambda items: {"items": items}),
)
line_button = action | bodies(type=st.just("uri"), label=text, uri=address)
line_template = bodies(
    type=st.just("template"),
    altText=text,
    template=bodies(type=st.just("buttons"), text=text, actions=st.lists(line_button, max_size=5)),
)


def box(part: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A flex box of *part*."""
    return bodies(
        type=st.just("box"), layout=st.just("vertical"), contents=st.lists(part, max_size=2)
    )


bubble = bodies(
    type=st.just("bubble"),
    hero=bodies(type=st.just("image"), url=address, size=text),
    body=box(bodies(type=st.just("text"), text=text, weight=st.just("bold"))),
    footer=box(bodies(type=st.just("button"), action=line_button)),
)
flex = bodies(
    type=st.just("flex"),
    altText=text,
    contents=bodies(type=st.just("carousel"), contents=st.lists(bubble, max_size=2)),
)
line_messages = st.lists(line_message | line_template | flex, max_size=3) | many(
    {"type": "text", "text": "好"}, around=5
)
push = bodies(to=text, messages=line_messages, notificationDisabled=odd)
reply = bodies(replyToken=text, messages=line_messages)


@cache
def validator(path: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(shared_path(path).read_text(encoding="utf-8")))


@settings(deadline=None)
@given(messenger)
def test_a_messenger_body_that_we_pass_is_invalid_to_meta(body: Any) -> None:
    if not messenger_faults(body):
        assert [error.message for error in validator(META).iter_errors(body)] == []


@settings(deadline=None)
@given(push)
def test_a_push_that_we_pass_is_invalid_to_line(body: Any) -> None:
    if not line_push_faults(body):
        assert [error.message for error in validator(PUSH).iter_errors(body)] == []


@settings(deadline=None)
@given(reply)
def test_a_reply_that_we_pass_is_invalid_to_line(body: Any) -> None:
    if not line_reply_faults(body):
        assert [error.message for error in validator(REPLY).iter_errors(body)] == []


@settings(deadline=None)
@given(st.one_of(odd, messenger, push, reply))
def test_a_strange_body_makes_a_check_fail(body: Any) -> None:
    for check in (
        messenger_faults, comment_faults, hide_faults, line_push_faults, line_reply_faults,
    ):  # fmt: skip
        assert all(isinstance(fault, Fault) for fault in check(body))


def test_what_we_really_send_is_refused() -> None:
    replies = [{"content_type": "text", "title": "查詢訂單", "payload": "order_status"}]
    said = {"text": "您好", "metadata": "o", "quick_replies": replies}
    tap = {"type": "postback", "label": "查詢", "displayText": "查詢", "data": "order_status"}
    items = [{"type": "action", "action": tap}]
    written = [{"type": "text", "text": "您好", "quickReply": {"items": items}}]
    tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}

    assert [
        messenger_faults({"recipient": {"id": "7"}, "messaging_type": "RESPONSE", "message": said}),
        messenger_faults({"recipient": {"id": "7"}, **tagged, "message": said}),
        messenger_faults({"recipient": {"comment_id": "1_2"}, "message": said}),
        messenger_faults({"recipient": {"id": "7"}, "sender_action": "typing_on"}),
        comment_faults({"message": "謝謝"}),
        hide_faults({"is_hidden": True}),
        line_push_faults({"to": "U1", "messages": written}),
        line_reply_faults({"replyToken": "t", "messages": written}),
    ] == [[]] * 8


def test_a_fault_is_reported_at_the_wrong_place() -> None:
    replies = [{"content_type": "text", "title": "字" * 21, "payload": "p"}]
    body = {"recipient": {"id": "7"}, "messaging_type": "RESPONSE"}
    body |= {"message": {"text": "a", "quick_replies": replies}}

    assert messenger_faults(body) == [
        Fault(path="message.quick_replies[0].title", problem="must be at most 20 long, is 21")
    ]


@given(st.text())
def test_utf16_is_counted_otherwise_than_the_codec_does(some: str) -> None:
    assert utf16_length(some) == len(some.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(("count", "refused"), [(13, False), (14, True)])
def test_a_fourteenth_quick_reply_gets_through(count: int, refused: bool) -> None:
    meta = {"recipient": {"id": "7"}, "messaging_type": "RESPONSE"}
    meta |= {"message": {"text": "好", "quick_replies": [reply_to_tap] * count}}
    items = [{"type": "action", "action": tap}] * count
    line = {
        "to": "U1",
        "messages": [{"type": "text", "text": "好", "quickReply": {"items": items}}],
    }

    assert (bool(messenger_faults(meta)), bool(line_push_faults(line))) == (refused, refused)
