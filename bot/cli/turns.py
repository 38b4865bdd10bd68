"""A turn of a talk in words and as JSON, for the commands that show one."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bot.cli import options

if TYPE_CHECKING:
    from bot.talk import Talk, Turn
    from channels.messages import Content


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what says whose answers are shown, and as on which channel."""
    from bot.adapters import ADAPTERS

    options.add_config(parser)
    options.add_data(parser)
    options.add_json(parser)
    parser.add_argument(
        "--channel",
        choices=tuple(ADAPTERS),
        default="webchat",
        help="answer by this channel's rules and limits (webchat)",
    )


def talk(args: argparse.Namespace) -> "Talk":
    """A new talk with the brand of --config on --channel; trains the model if there is none."""
    from bot.adapters import adapter
    from bot.clock import utc_now
    from bot.talk import Talk
    from bot.understanding import answers, understanding

    config = options.chosen_config(args)
    can = adapter(args.channel).capabilities
    known = options.taught(args, config)
    return Talk(
        understanding(config, models=options.chosen_data(args, config) / "models", taught=known),
        answers(
            config,
            capabilities={args.channel: can},
            usual_wait=lambda: None,
            now=utc_now(),
            taught=known,
        ),
        channel=args.channel,
        capabilities=can,
        clock=utc_now,
    )


def said(turn: "Turn") -> Iterator[str]:
    """What the customer gets, a line or more for each message; nothing where the bot is silent."""
    for draft in turn.settlement.drafts:
        message = draft.message
        if message.action != "reply":
            yield f"({message.action})"
        for one in (message, *message.also):
            yield from shown(one)


def short(turn: "Turn") -> str:
    """Why, in one line."""
    match = turn.match
    took = f"{turn.understood_in * 1e3:.1f} + {turn.answered_in * 1e3:.1f} ms"
    what = f"{match.intent} {match.confidence:.2f} by {match.source}"
    return f"{what} · {match.language or 'language unknown'} · {turn.decision.why} · {took}"


def explained(turn: "Turn") -> Iterator[tuple[str, str]]:
    """Everything that led to the answer, as names and values."""
    match, data = turn.match, as_json(turn)
    yield "message", turn.message.text or f"[{turn.message.payload}]"
    yield "language", match.language or "unknown"
    yield "intent", f"{match.intent} at {match.confidence:.2f}, by {match.source}"
    yield "because of", ", ".join(match.evidence) or "nothing"
    yield "ranking", ", ".join(f"{name} {share:.2f}" for name, share in match.ranking)
    values = (f"{one.name} {one.value} {one.unit or ''}".strip() for one in match.entities)
    yield "values", ", ".join(values) or "none"
    yield "decision", f"{data['decision']}: {turn.decision.why}"
    yield "templates", ", ".join(data["templates"]) or "none"
    yield "state after", turn.settlement.after.state
    ms = f"{turn.understood_in * 1e3:.2f} ms to understand, {turn.answered_in * 1e3:.2f} to answer"
    yield "took", ms


def as_json(turn: "Turn") -> dict[str, Any]:
    """The same for programs. Seconds."""
    match, settled = turn.match, turn.settlement
    return {
        "text": turn.message.text,
        "payload": turn.message.payload,
        "language": match.language,
        "intent": match.intent,
        "confidence": match.confidence,
        "source": match.source,
        "rejected": match.rejected,
        "evidence": list(match.evidence),
        "ranking": [list(each) for each in match.ranking],
        "entities": [one.told() for one in match.entities],
        "decision": type(turn.decision).__name__,
        "why": turn.decision.why,
        "templates": [
            draft.flags["template"] for draft in settled.drafts if "template" in draft.flags
        ],
        "replies": list(said(turn)),
        "state": settled.after.state,
        "understood_in": turn.understood_in,
        "answered_in": turn.answered_in,
    }


def shown(one: "Content") -> Iterator[str]:
    """One message as a customer sees it: words, and in brackets what else is there."""
    for file in one.attachments:
        yield f"({file.type}: {file.url or file.title or file.id})"
    if one.text:
        yield one.text
    for card in one.cards:
        yield f"({card.title}: {card.text})" if card.text else f"({card.title})"
        yield from (f"  [{button.title}]" for button in card.buttons)
    taps = [tap.title for tap in one.buttons] + [tap.title for tap in one.quick_replies]
    taps += [row.title for row in (one.menu.rows if one.menu else ())]
    if taps:
        yield " ".join(f"[{tap}]" for tap in taps)
