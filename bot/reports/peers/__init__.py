"""The same log as other products count it, each by its published rule, to set beside ours."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from bot.reports.events import Event
from bot.reports.peers import chatwoot, hootsuite, intercom, meta, sprout, zendesk
from bot.reports.peers.dialogues import Dialogue, answers, dialogues
from bot.reports.peers.view import Counted, Pair, Scope, View

__all__ = ["PEERS", "Counted", "Pair", "Scope", "View", "views"]

PEERS: Mapping[str, Callable[[Sequence[Dialogue], Scope], View]] = {
    "meta": meta.view,
    "sprout": sprout.view,
    "hootsuite": hootsuite.view,
    "zendesk": zendesk.view,
    "intercom": intercom.view,
    "chatwoot": chatwoot.view,
}


def views(events: Iterable[Event], scope: Scope) -> list[View]:
    """Count *events* as each of `PEERS` would, in any order; what comes after its as_of is cut."""
    told = dialogues(events, as_of=scope.window.as_of)
    runs = [
        run
        for dialogue in told
        for run in answers(dialogue.said, by_bot=True)
        if scope.covers(run.asked_at)
    ]
    return [_with_unseen(count(told, scope), runs) for count in PEERS.values()]


def _with_unseen(view: View, runs: Sequence[Pair]) -> View:
    seen = {_name(pair) for figure in view.figures for pair in figure.pairs}
    return replace(view, unseen=tuple(run for run in runs if _name(run) not in seen))


def _name(pair: Pair) -> tuple[str, str, str]:
    message = pair.message
    return message.channel, message.conversation, message.id
