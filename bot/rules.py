"""What a brand has decided beforehand: which intents answer themselves and which go to a person."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from bot.config import Config
from bot.config_sections import Answer, CommentAnswer, PublicReplies
from intents.match import OUT_OF_SCOPE

NO_ANSWERS: Mapping[str, Answer] = {}
# What no template can settle. A brand's own answers come before these.
PRIVATE_ANSWERS: Mapping[str, Answer] = {
    "human_request": Answer(handoff="human_request"),
    "abuse": Answer(handoff="abuse"),
    "danger": Answer(handoff="rule"),
    "legal_threat": Answer(handoff="rule"),
    "complaint_service": Answer(handoff="complaint", template="handoff_sorry"),
    "negative_comment": Answer(handoff="complaint", template="handoff_sorry"),
    "damaged_or_wrong_item": Answer(handoff="complaint", template="damaged_or_wrong_item"),
    "missing_item": Answer(handoff="complaint", template="missing_item"),
    "delivery_late": Answer(handoff="complaint", template="delivery_late"),
    "payment_problem": Answer(handoff="complaint", template="payment_problem"),
    "privacy_delete": Answer(handoff="privacy", template="privacy_delete"),
    "change_address": Answer(handoff="rule", template="change_address"),
    "change_order": Answer(handoff="rule", template="change_order"),
    "cancel_order": Answer(handoff="rule", template="cancel_order"),
    "return_item": Answer(handoff="rule", template="return_item"),
    "exchange_item": Answer(handoff="rule", template="exchange_item"),
    "refund_status": Answer(handoff="rule", template="refund_status"),
    "warranty_repair": Answer(handoff="rule", template="warranty_repair"),
    "stock": Answer(handoff="rule", template="stock"),
    "booking": Answer(handoff="rule", template="booking"),
    "collab_or_press": Answer(handoff="rule", template="collab_or_press"),
    "competitor": Answer(handoff="rule"),
    "praise_comment": Answer(template="praise_thanks"),
    "tag_friend_or_giveaway": Answer(ignore=True),
    "spam": Answer(ignore=True),
}

_SORRY = CommentAnswer(template="sorry_public", private="sorry_private", handoff="complaint")
_IGNORED = CommentAnswer(ignore=True)

COMMENT_ANSWERS: Mapping[str, CommentAnswer] = {
    "negative_comment": _SORRY,
    "complaint_service": _SORRY,
    "damaged_or_wrong_item": _SORRY,
    "missing_item": _SORRY,
    "delivery_late": _SORRY,
    "payment_problem": _SORRY,
    "abuse": CommentAnswer(handoff="abuse"),
    "danger": CommentAnswer(handoff="rule"),
    "legal_threat": CommentAnswer(handoff="rule"),
    "spam": CommentAnswer(handoff="rule"),
    "collab_or_press": CommentAnswer(handoff="rule"),
    "praise_comment": CommentAnswer(template="praise_thanks"),
    "competitor": _IGNORED,
    "tag_friend_or_giveaway": _IGNORED,
    "greet": _IGNORED,
    "goodbye": _IGNORED,
    "thanks": _IGNORED,
    "affirm": _IGNORED,
    "deny": _IGNORED,
    "repeat_or_unclear": _IGNORED,
}

# Somebody is hurt, in danger, or speaks of law. What each is by `bot.grave`, too.
GRAVE_INTENTS = frozenset({"danger", "legal_threat"})

# These ask for nothing: after an opt-out they get no answer.
SMALL_TALK = frozenset(
    {
        *("greet", "goodbye", "thanks", "affirm", "deny", "repeat_or_unclear"),
        *("praise_comment", "tag_friend_or_giveaway", "competitor", "spam"),
    }
)


# How a rule says a template: as the answer, with a hand-off, under a post, in private after it.
Way = Literal["always", "answer", "handoff", "comment", "private"]

# Said by the router itself, or by those who carry its decisions out.
_ALWAYS = frozenset(
    {
        *("handoff", "not_sure", "opted_out", "attachment_received", "sticker_received"),
        *("never_mind", "write_privately", "disclosure", "action_failed", "did_you_mean"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one brand answers.

    *answers* and *comments* map intents to what happens in private and under a post; an intent in
    neither is answered with the template of its own name. After *after_misses* messages in a row
    that were not understood, a person is called. *public_confidence* is what an intent needs
    before anybody reads its answer, *public_margin* its lead over the next. *opt_out_words* add to
    the built-in ones. *brand_handles* are the brand's own names after an @: a comment that tags
    somebody else first is not for us. *public_replies* bounds what is said under posts. Two
    intents closer than *margin* are asked about, where *labels* name both: intent, language, words.
    *praise* holds the words of praise that is surely meant, by `bot.irony`; empty trusts all.
    """

    answers: Mapping[str, Answer] = field(default_factory=lambda: PRIVATE_ANSWERS)
    comments: Mapping[str, CommentAnswer] = field(default_factory=lambda: COMMENT_ANSWERS)
    after_misses: int = 2
    answer_within: timedelta = timedelta(minutes=10)
    public_confidence: float = 0.6
    public_margin: float = 0.2
    margin: float = 0.4
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    praise: frozenset[str] = frozenset()
    opt_out_words: frozenset[str] = frozenset()
    brand_handles: frozenset[str] = frozenset()
    public_replies: PublicReplies = field(default_factory=PublicReplies)

    @classmethod
    def of(cls, config: Config, taught: Mapping[str, Answer] = NO_ANSWERS) -> "Rules":
        """The rules of *config* over the built-in ones, and these over what agents *taught*.

        What the intents teach is not in them.
        """
        return cls(
            answers={**taught, **PRIVATE_ANSWERS, **config.answers},
            comments={**COMMENT_ANSWERS, **config.comments},
            after_misses=config.handoff.after_misses,
            answer_within=config.freshness.answer_within,
            public_replies=config.public_replies,
            margin=config.understanding.margin,
        )

    def is_for_people(self, intent: str) -> bool:
        """Whether a person is called for *intent* anyway."""
        answer = self.answers.get(intent)
        return answer is not None and answer.handoff is not None

    def says_something(self, intent: str) -> bool:
        """Whether the bot itself answers *intent* under a post, in words of no regret."""
        answer = self.comments.get(intent)
        return answer is None or (answer.handoff is None and not answer.ignore)

    def may_be_offered(self, intent: str) -> bool:
        """Whether a customer may be asked if *intent* is meant: the bot would answer it."""
        return intent not in SMALL_TALK | {OUT_OF_SCOPE} and not self.is_for_people(intent)

    def callers(self, intents: Iterable[str]) -> Iterator[tuple[str, Way, str | None]]:
        """Each template that these rules call for: its name, how, and by which intent.

        None stands for the router itself, or those who carry its decisions out.
        """
        for name in sorted(_ALWAYS):
            yield name, "always", None
        for intent in sorted({*intents, *self.answers} - {OUT_OF_SCOPE}):
            answer = self.answers.get(intent, Answer(template=intent))
            if answer.handoff is not None:
                yield answer.template or "handoff", "handoff", intent
            elif answer.template is not None:
                yield answer.template, "answer", intent
        for intent, comment in sorted(self.comments.items()):
            if comment.template is not None:
                yield comment.template, "comment", intent
            if comment.private is not None:
                yield comment.private, "private", intent

    def templates(self, intents: Iterable[str]) -> frozenset[str]:
        """Every template that these rules may call for, given the *intents* there are."""
        own = {intent for intent in intents if intent not in self.answers} - {OUT_OF_SCOPE}
        own |= {answer.template for answer in self.answers.values() if answer.template}
        for comment in self.comments.values():
            own |= {name for name in (comment.template, comment.private) if name}
        return _ALWAYS | own
