"""X in public: mentions, replies, and what is neither."""

from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest

from channels.errors import RecipientGone, Rejected
from channels.messages import (
    Accepted,
    Action,
    AgentMessage,
    ChannelEvent,
    ChannelNotice,
    Contact,
    EchoedReply,
    InboundMessage,
    MessageDeleted,
    Surface,
)
from channels.x.words import without_links
from tests.channels.adapter import MESSAGE_ID, RECEIVED_AT, Json
from tests.channels.adapters.x import POST, THEM, US, X_POSTS, activity, post, tweet
from tests.channels.platform import FakePlatform
from tests.channels.schemas import faults

NAMED = {"mentions": [{"start": 0, "end": 6, "username": "Brand", "id": US}]}
DUPLICATE = {
    "title": "Forbidden",
    "detail": "You are not allowed to create a Tweet with duplicate content.",
    "type": "about:blank",
    "status": 403,
}


def parsed(body: Json, **settings: object) -> list[ChannelEvent]:
    """What the adapter of posts makes of *body*."""
    return X_POSTS.make(**settings).parse(X_POSTS.request(body))


def told(kind: str, item: Json, *, users: object = None) -> ChannelEvent:
    """The one event of *item*, told as X's *kind*."""
    [event] = parsed(activity(kind, item, users=users or []))
    return event


def older(item: Json, **more: object) -> ChannelEvent:
    """The one event of *item* as Account Activity tells it."""
    [event] = parsed({"for_user_id": US, "tweet_create_events": [item], **more})
    return event


def test_a_reply_is_misread() -> None:
    users = [{"id": f"{THEM}", "name": "美玲", "username": "mei"}]
    item = post(0, text="@Brand @friend 還有貨嗎？ &lt;3", entities=NAMED)

    assert told("post.reply.create", item, users=users) == InboundMessage(
        event_id=f"{POST}:add",
        kind="comment.add",
        channel="x_posts",
        account="demo",
        thread=f"{POST - 1}/{THEM}",
        surface=Surface.COMMENT,
        sent_at=datetime(2026, 9, 28, 8, 0, 1, tzinfo=UTC),
        received_at=RECEIVED_AT,
        id=f"{POST}",
        contact=Contact(id=f"{THEM}", name="美玲", username="mei"),
        text="還有貨嗎？ <3",
        post=f"{POST - 1}",
        root=f"{POST - 1}",
        parent=f"{POST - 1}",
        reply_to=f"{POST - 1}",
    )


def test_a_post_that_mentions_us_in_a_reply_is_answered_twice() -> None:
    item = post(0, entities=NAMED)

    assert told("post.mention.create", item) == told("post.reply.create", item)


def test_an_edited_post_is_answered_again() -> None:
    edited = post(1, edit_history_tweet_ids=[f"{POST}", f"{POST + 1}"])

    assert told("post.reply.create", edited).event_id == told("post.reply.create", post(0)).event_id


@pytest.mark.parametrize(
    "event",
    [
        told("post.mention.create", post(0, referenced_tweets=[{"type": "retweeted", "id": "1"}])),
        told("post.repost.create", post(0)),
        older(tweet(0, retweeted_status={"id_str": "1"})),
    ],
    ids=["told as a mention", "told as such", "older"],
)
def test_a_retweet_is_taken_for_a_mention(event: ChannelEvent) -> None:
    assert isinstance(event, ChannelNotice)
    assert event.kind == "post.share"


def test_a_quote_is_answered_unasked_or_left_alone_when_it_mentions_us() -> None:
    quoting = {"referenced_tweets": [{"type": "quoted", "id": "1"}], "in_reply_to_user_id": None}
    links = {"urls": [{"url": "https://t.co/a1", "expanded_url": "https://x.com/b/status/1"}]}
    item = post(0, text="看看 https://t.co/a1", entities=links, **quoting)

    silent = told("post.quote.create", item)
    loud = told("post.quote.create", post(0, entities=NAMED, **quoting))

    assert isinstance(silent, InboundMessage)
    assert (silent.unanswerable, silent.text) == ("quote", "看看")
    assert isinstance(loud, InboundMessage)
    assert loud.unanswerable is None
    assert loud == told("post.mention.create", post(0, entities=NAMED, **quoting))


def test_our_own_reply_is_no_echo_or_names_another_thread() -> None:
    item = post(9, author_id=US, in_reply_to_user_id=f"{THEM}", text="@customer 有喔！")
    item["entities"] = {"mentions": [{"username": "customer", "id": f"{THEM}"}]}

    event = told("post.create", item)

    assert isinstance(event, EchoedReply)
    assert (event.thread, event.text) == (f"{POST - 1}/{THEM}", "有喔！")


def test_a_post_of_our_own_opens_a_conversation() -> None:
    item = post(9, author_id=US, in_reply_to_user_id=None, referenced_tweets=[])

    assert told("post.create", item).kind == "post.add"


def test_somebody_whom_the_brand_blocks_is_answered() -> None:
    assert isinstance(older(tweet(0)), InboundMessage)
    for said in (True, "true"):
        assert isinstance(older(tweet(0), user_has_blocked=said), ChannelNotice)
    assert isinstance(older(tweet(0), user_has_blocked="false"), InboundMessage)


def test_a_long_tweet_is_cut() -> None:
    entities = {"user_mentions": [{"screen_name": "brand", "id_str": US}]}
    whole = {"full_text": "@brand 很長的問題，問完了。", "entities": entities}

    event = older(tweet(0, text="@brand 很長的…", truncated=True, extended_tweet=whole))

    assert isinstance(event, InboundMessage)
    assert event.text == "很長的問題，問完了。"


def test_a_mention_alone_becomes_an_empty_message() -> None:
    event = told("post.mention.create", post(0, text="@Brand", entities=NAMED))

    assert isinstance(event, InboundMessage)
    assert event.text == "@Brand"


def test_a_deleted_post_is_kept_or_our_own_takes_one_away() -> None:
    theirs = told("post.delete", {"id": f"{POST}", "author_id": f"{THEM}"})
    ours = told("post.delete", {"id": f"{POST}", "author_id": US})

    assert isinstance(theirs, MessageDeleted)
    assert (theirs.id, theirs.thread) == (f"{POST}", f"{POST}/{THEM}")
    assert isinstance(ours, ChannelNotice)


# What goes out


async def sent(
    platform: FakePlatform, http: aiohttp.ClientSession, *messages: object, **settings: object
) -> list[Accepted | str]:
    """What became of each of *messages*: accepted, or the code of its refusal."""
    channel = X_POSTS.make(http, api=platform.address, **settings)
    results: list[Accepted | str] = []
    for message in messages:
        try:
            results.append(await channel.send(message))  # type: ignore[arg-type]
        except Rejected as exc:
            results.append(exc.code)
    return results


async def test_a_reply_that_x_would_refuse_is_sent(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(201, X_POSTS.taken)

    await sent(platform, http, X_POSTS.message)

    [call] = platform.calls
    assert call.path == "/2/tweets"
    assert call.body["reply"] == {"in_reply_to_tweet_id": f"{POST + 1}"}
    assert faults("x/derived/CreatePostsRequest.schema.json", call.body) == []


@pytest.mark.parametrize(("action", "hidden"), [(Action.HIDE, True), (Action.UNHIDE, False)])
async def test_a_reply_is_not_hidden_or_not_shown_again(
    platform: FakePlatform, http: aiohttp.ClientSession, action: Action, hidden: bool
) -> None:
    platform.answers(200, {"data": {"hidden": hidden}})

    assert await sent(platform, http, replace(X_POSTS.message, action=action)) == [
        Accepted(ids=(f"{POST + 1}",))
    ]
    [call] = platform.calls
    assert (call.path, call.body) == (f"/2/tweets/{POST + 1}/hidden", {"hidden": hidden})
    assert faults("x/derived/HidePostsReplyRequest.schema.json", call.body) == []


async def test_words_that_went_to_somebody_else_count_as_said(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    channel = X_POSTS.make(http, api=platform.address)
    platform.answers(201, X_POSTS.taken)
    await channel.send(X_POSTS.message)
    platform.answers(403, DUPLICATE)

    again = await channel.send(X_POSTS.message)
    with pytest.raises(Rejected, match="duplicate"):
        await channel.send(replace(X_POSTS.message, thread=f"{POST}/{THEM + 1}"))

    assert again == Accepted(ids=(), duplicate=True)


async def test_a_bots_links_cost_although_they_are_switched_off(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(201, X_POSTS.taken)
    text = "退貨說明在 https://shop.example/returns 喔，或 shop.example/help"
    bot = replace(X_POSTS.message, text=text)
    person = AgentMessage(
        id=MESSAGE_ID,
        channel="x_posts",
        account="demo",
        thread=bot.thread,
        surface=Surface.COMMENT,
        text=text,
        reply_to=bot.reply_to,
    )
    bare = replace(bot, text="https://shop.example")

    results = await sent(platform, http, bot, person, bare, post_links=False)

    assert [call.body["text"] for call in platform.calls] == ["退貨說明在 喔，或", text]
    assert results[-1] == "links"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a@b.example 在這", "a@b.example 在這"),
        ("See https://a.example/x?y=1 now", "See now"),
        ("3.14, v2.0 and Node.js", "3.14, v2.0 and Node.js"),
        ("at shop.com.tw, or shop.example/help", "at, or"),
        ("第一行\nhttps://a.example\n第三行", "第一行\n\n第三行"),
    ],
)
def test_more_than_links_is_dropped(text: str, left: str) -> None:
    assert without_links(text) == left


async def test_a_customer_who_blocked_the_brand_counts_as_an_error(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(403, {"detail": "You have been blocked from the author of this tweet."})

    with pytest.raises(RecipientGone):
        await X_POSTS.make(http, api=platform.address).send(X_POSTS.message)


@pytest.mark.parametrize("reply_to", [None, "", "../users/me"])
async def test_a_reply_to_nothing_is_posted(
    platform: FakePlatform, http: aiohttp.ClientSession, reply_to: str | None
) -> None:
    assert await sent(platform, http, replace(X_POSTS.message, reply_to=reply_to)) == ["reply_to"]
    assert platform.calls == []
