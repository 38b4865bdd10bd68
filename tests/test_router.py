"""What is decided about a message."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config_sections import Answer, CommentAnswer
from bot.conversation import (
    Conversation,
    Decision,
    HandOff,
    Ignore,
    Respond,
    RunAction,
    State,
)
from bot.router import Rules, decide, keeps_question, next_misses
from bot.rules import COMMENT_ANSWERS, PRIVATE_ANSWERS
from channels.messages import Attachment, InboundMessage
from intents.match import IntentMatch
from tests.turns import NOW, conversation, meaning, message, order_number, sticker, unclear

RULES = Rules()
ASKED = {"asked_slot": "order_number", "asked_by": "action_order_status"}


def decided(
    match: IntentMatch,
    said: InboundMessage | None = None,
    before: Conversation | None = None,
    rules: Rules = RULES,
) -> Decision:
    return decide(match, said or message(), before or conversation(), rules=rules, now=NOW)


def outline(decision: Decision) -> tuple[Any, ...]:
    """What happens, without the reason in words."""
    match decision:
        case Respond(template=template, private=private, hide=hide, opts_out=opts_out):
            return ("respond", template, private, hide, opts_out)
        case RunAction(name=name):
            return ("action", name)
        case HandOff(reason=reason, template=template, private=private, hide=hide):
            return ("handoff", reason, template, private, hide)
        case Ignore():
            return ("ignore",)


IGNORED = ("ignore",)


def test_a_message_that_may_not_be_answered_is_answered() -> None:
    said = message("運費多少", unanswerable="history")

    assert outline(decided(meaning("shipping_fee"), said)) == IGNORED


@pytest.mark.parametrize("state", [State.WAITING, State.AGENT])
def test_the_bot_speaks_while_an_agent_has_the_word(state: State) -> None:
    assert outline(decided(meaning("human_request"), None, conversation(state=state))) == IGNORED


@pytest.mark.parametrize("state", [State.BOT, State.CLOSED])
def test_a_question_in_a_closed_conversation_gets_no_answer(state: State) -> None:
    decision = decided(meaning("shipping_fee"), None, conversation(state=state))

    assert outline(decision) == ("respond", "shipping_fee", None, False, False)


def test_yesterdays_question_is_answered_by_a_bot() -> None:
    old = message("運費多少", age=timedelta(minutes=10, seconds=1))
    edge = message("運費多少", age=timedelta(minutes=10))

    assert outline(decided(meaning("shipping_fee"), old)) == ("handoff", "stale", None, None, False)
    assert outline(decided(meaning("shipping_fee"), edge))[0] == "respond"


def test_a_platform_clock_ahead_of_ours_makes_a_message_stale() -> None:
    said = message("運費多少", age=timedelta(hours=-3))

    assert outline(decided(meaning("shipping_fee"), said))[0] == "respond"


def test_an_opt_out_is_confirmed_twice_or_not_at_all() -> None:
    said = message("取消訂閱")

    assert outline(decided(unclear(), said)) == ("respond", "opted_out", None, False, True)
    assert outline(decided(unclear(), said, conversation(opted_out_at=NOW))) == IGNORED


def test_a_late_opt_out_is_lost() -> None:
    said = message("unsubscribe", age=timedelta(hours=5))

    assert outline(decided(unclear(), said)) == ("respond", None, None, False, True)


def test_an_opted_out_customer_gets_small_talk_or_no_answer_to_a_question() -> None:
    silent = conversation(opted_out_at=NOW)

    assert outline(decided(unclear(), message("asdf"), silent)) == IGNORED
    assert outline(decided(meaning("thanks"), message("謝謝"), silent)) == IGNORED
    assert outline(decided(meaning("price"), message("👍"), silent)) == IGNORED
    assert outline(decided(meaning("shipping_fee"), message("運費多少"), silent))[0] == "respond"
    assert outline(decided(meaning("human_request"), message("找真人"), silent))[0] == "handoff"


def test_cancelling_an_order_silences_the_customer() -> None:
    decision = decided(meaning("cancel_order"), message("我要取消訂單"))

    assert outline(decision) == ("handoff", "rule", "cancel_order", None, False)


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("A1234567", (order_number("A1234567"),)),
        ("我的單號是 A1234567 喔", (order_number("A1234567"),)),
        ("8812", ()),
        ("#8812 謝謝", ()),
    ],
)
def test_the_answer_to_an_actions_question_does_not_reach_it(text: str, entities: Any) -> None:
    match = replace(unclear(), entities=entities)

    decision = decided(match, message(text), conversation(**ASKED, misses=1))

    assert outline(decision) == ("action", "action_order_status")


def test_another_question_is_taken_for_an_order_number() -> None:
    decision = decided(meaning("shipping_fee"), message("滿 1000 免運嗎"), conversation(**ASKED))

    assert outline(decision) == ("respond", "shipping_fee", None, False, False)


@pytest.mark.parametrize(
    ("slot", "match", "text", "answers"),
    [
        ("size", unclear(), "大概 M 吧", True),
        ("size", meaning("affirm"), "好", True),
        ("size", meaning("stock"), "M 還有嗎", False),
        ("size", meaning("size_fit", 0.78), "M!", True),
        ("size", meaning("size_fit", 0.78), "M 會太大嗎", False),
        ("size", meaning("refund_status"), "退款", False),
        ("size", meaning("greet", 1.0, source="exact"), "hi", False),
        ("phone", unclear(), "等等再給", False),
        ("order_number", unclear(), "我忘記了", False),
    ],
)
def test_any_words_are_taken_for_any_slot(
    slot: str, match: IntentMatch, text: str, answers: bool
) -> None:
    before = conversation(asked_slot=slot, asked_by="action_x")

    assert isinstance(decided(match, message(text), before), RunAction) is answers


@pytest.mark.parametrize("text", ["取消", "算了", "never mind", "Cancel."])
def test_a_customer_cannot_get_out_of_a_question(text: str) -> None:
    decision = decided(unclear(), message(text), conversation(**ASKED))

    assert outline(decision) == ("respond", "never_mind", None, False, False)


@pytest.mark.parametrize("text", ["no", "不用", "2"])
def test_a_no_that_we_offered_calls_the_question_off(text: str) -> None:
    rules = Rules(answers={"deny": Answer(action="answers")})
    no = meaning("deny", 1.0, source="payload", evidence=("deny",))

    decision = decided(no, message(text), conversation(**ASKED), rules)

    assert outline(decision) == ("action", "answers")


def test_a_button_that_is_no_intent_answers_nothing() -> None:
    before = conversation(asked_slot="rating", asked_by="survey")

    decision = decided(unclear(), message("5", payload="5"), before)

    assert outline(decision) == ("action", "survey")


def test_an_unclear_answer_makes_the_question_forgotten() -> None:
    assert keeps_question(decided(unclear(), message("蛤"), conversation(**ASKED)))
    assert keeps_question(decided(meaning("greet"), sticker(), conversation(**ASKED)))
    assert not keeps_question(decided(meaning("greet"), message("嗨"), conversation(**ASKED)))


def test_a_sticker_is_not_understood() -> None:
    assert outline(decided(unclear(), sticker()))[:2] == ("respond", "sticker_received")
    assert outline(decided(unclear(), message("👍👍")))[:2] == ("respond", "sticker_received")


def test_three_question_marks_count_as_a_smile() -> None:
    assert outline(decided(unclear(), message("???")))[:2] == ("respond", "not_sure")


def test_a_second_picture_is_not_seen_by_a_person() -> None:
    picture = message(None, attachments=(Attachment(type="image"),))

    first = decided(unclear(), picture)
    second = decided(unclear(), picture, conversation(misses=next_misses(first, conversation())))

    assert outline(first)[:2] == ("respond", "attachment_received")
    assert outline(second)[:2] == ("handoff", "low_confidence")


@pytest.mark.parametrize(
    ("intent", "reason"),
    [
        ("human_request", "human_request"),
        ("abuse", "abuse"),
        ("complaint_service", "complaint"),
        ("negative_comment", "complaint"),
        ("damaged_or_wrong_item", "complaint"),
        ("missing_item", "complaint"),
        ("payment_problem", "complaint"),
        ("privacy_delete", "privacy"),
        ("collab_or_press", "rule"),
    ],
)
def test_what_a_person_must_see_is_left_to_the_bot(intent: str, reason: str) -> None:
    decision = decided(meaning(intent))

    assert isinstance(decision, HandOff)
    assert decision.reason == reason
    assert decision.template is not None


@pytest.mark.parametrize("text", ["不處理我就找消保官", "I will sue you", "吃完食物中毒了"])
def test_a_matter_of_law_or_safety_is_left_to_the_bot(text: str) -> None:
    assert outline(decided(meaning("greet"), message(text)))[:2] == ("handoff", "rule")


def test_the_second_miss_in_a_row_is_asked_about_again() -> None:
    first = decided(unclear(), message("嗯嗯那個"))
    second = decided(unclear(), message("就那個"), conversation(misses=1))

    assert outline(first) == ("respond", "not_sure", None, False, False)
    assert next_misses(first, conversation()) == 1
    assert outline(second) == ("handoff", "low_confidence", "handoff", None, False)
    assert next_misses(second, conversation(misses=1)) == 0


def test_an_understood_message_leaves_the_misses_standing() -> None:
    before = conversation(misses=1)

    assert next_misses(decided(meaning("shipping_fee"), None, before), before) == 0
    assert next_misses(Ignore(why="x"), before) == 1


def test_the_brands_own_answer_loses_to_the_built_in_one() -> None:
    rules = Rules(
        answers={
            **PRIVATE_ANSWERS,
            "order_status": Answer(action="action_order_status"),
            "cancel_order": Answer(action="action_cancel"),
            "thanks": Answer(ignore=True),
            "price": Answer(template="prices"),
            "stock": Answer(handoff="rule"),
        }
    )

    assert [
        outline(decided(meaning(intent), rules=rules))[:3]
        for intent in ("order_status", "cancel_order", "thanks", "price", "stock", "invoice")
    ] == [
        ("action", "action_order_status"),
        ("action", "action_cancel"),
        IGNORED,
        ("respond", "prices", None),
        ("handoff", "rule", "handoff"),
        ("respond", "invoice", None),
    ]


# Comments


def commented(match: IntentMatch, text: str, rules: Rules = RULES) -> tuple[Any, ...]:
    return outline(decided(match, message(text, public=True), None, rules))


def test_a_complaint_in_public_gets_only_one_of_its_three_answers() -> None:
    assert commented(meaning("negative_comment"), "雷 不推") == (
        "handoff",
        "complaint",
        "sorry_public",
        "sorry_private",
        False,
    )


@pytest.mark.parametrize(
    ("match", "text"),
    [
        (unclear(), "這個很特別欸"),
        (meaning("price", 0.55), "這多少"),
        (meaning("price", 0.62, ranking=(("price", 0.62), ("stock", 0.5))), "這個還有多少"),
        (meaning("praise_comment"), "很好吃但是等太久"),
        (meaning("praise_comment"), "Love it, but it broke"),
    ],
)
def test_a_doubtful_comment_is_answered_in_public(match: IntentMatch, text: str) -> None:
    assert commented(match, text) == ("handoff", "low_confidence", None, None, False)


@pytest.mark.parametrize("text", ["❤️❤️", "@amy", "@amy 快看這個", "+", "👍👍👍"])
def test_chatter_under_a_post_is_answered_or_queued(text: str) -> None:
    assert commented(meaning("price"), text) == IGNORED
    assert commented(unclear(), text) == IGNORED


def test_a_mention_whose_words_were_not_told_is_ignored_or_answered() -> None:
    wordless = replace(message("", public=True), kind="comment.mention", text=None)

    for match in (unclear(), meaning("praise_comment")):
        assert outline(decided(match, wordless))[:3] == ("handoff", "low_confidence", None)
    assert outline(decided(unclear(), replace(wordless, kind="comment.add"))) == IGNORED


def test_a_comment_that_tags_the_brand_itself_is_ignored() -> None:
    rules = Rules(brand_handles=frozenset({"kimura.goods"}))

    decision = commented(meaning("shipping_fee"), "@kimura.goods 運費多少", rules)

    assert decision == ("respond", "shipping_fee", None, False, False)


def test_a_sure_question_under_a_post_gets_no_answer() -> None:
    assert commented(meaning("shipping_fee"), "運費多少")[:2] == ("respond", "shipping_fee")
    assert commented(meaning("praise_comment"), "超好用")[:2] == ("respond", "praise_thanks")


def test_an_order_is_looked_up_where_everybody_reads_it() -> None:
    rules = Rules(answers={**PRIVATE_ANSWERS, "order_status": Answer(action="look_up")})

    assert commented(meaning("order_status"), "A1234567 到哪了", rules) == (
        "respond",
        "write_privately",
        None,
        False,
        False,
    )


def test_spam_stays_visible_when_the_brand_hides_it() -> None:
    spam = CommentAnswer(hide=True, ignore=True)
    rules = Rules(comments={**COMMENT_ANSWERS, "spam": spam})

    assert commented(meaning("spam"), "加賴領飆股", rules) == ("respond", None, None, True, False)
    assert commented(meaning("spam"), "加賴領飆股") == ("handoff", "rule", None, None, False)


def test_abuse_in_public_gets_words_back() -> None:
    assert commented(meaning("abuse"), "去死啦") == ("handoff", "abuse", None, None, False)


def test_an_opt_out_in_public_is_answered_in_public_or_lost() -> None:
    assert commented(unclear(), "stop messaging me") == ("respond", None, None, False, True)


# Any input

texts = (
    st.none()
    | st.text(max_size=80)
    | st.sampled_from(
        ["stop", "取消", "A1234567", "8812", "???", "👍", "@amy", "告你們", "運費多少", "但是"]
    )
)
intents = st.sampled_from(["oos", "unheard_of", "order_status", *PRIVATE_ANSWERS, *COMMENT_ANSWERS])
matches = st.builds(
    meaning,
    intents,
    st.floats(0, 1),
    source=st.sampled_from(["payload", "exact", "keyword", "classifier", "none"]),
    ranking=st.lists(st.tuples(intents, st.floats(0, 1)), max_size=3).map(tuple),
    entities=st.sampled_from([(), (order_number("A1234567"),)]),
    rejected=st.booleans(),
)
messages = st.builds(
    message,
    texts,
    age=st.timedeltas(timedelta(days=-1), timedelta(days=400)),
    public=st.booleans(),
    payload=st.none() | st.text(max_size=10),
    attachments=st.sampled_from([(), (Attachment(type="sticker"),), (Attachment(type="image"),)]),
    unanswerable=st.sampled_from([None, "echo", "history"]),
)
conversations = st.builds(
    conversation,
    state=st.sampled_from(State),
    misses=st.integers(0, 5),
    asked_slot=st.sampled_from([None, "order_number", "size"]),
    asked_by=st.sampled_from([None, "action_x"]),
    opted_out_at=st.sampled_from([None, NOW]),
)


@given(matches, messages, conversations)
def test_a_decision_fails_or_breaks_a_promise(
    match: IntentMatch, said: InboundMessage, before: Conversation
) -> None:
    decision = decide(match, said, before, rules=RULES, now=NOW)

    assert decision.why
    assert next_misses(decision, before) >= 0
    if said.unanswerable or before.state in {State.WAITING, State.AGENT}:
        assert isinstance(decision, Ignore)
    if NOW - said.sent_at > RULES.answer_within:
        assert not isinstance(decision, RunAction)
        assert isinstance(decision, Ignore) or decision.template is None
    if said.surface.value == "comment" and (match.rejected or match.intent == "oos"):
        assert isinstance(decision, Ignore) or getattr(decision, "template", "text") is None
