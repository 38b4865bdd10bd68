"""Actions in our process, each with its own copy of what it may see and a time to be done.

Each brand has one rasa-sdk executor: brands never see each other's actions (rasa-sdk's own
registration finds every action class of the process).
"""

import asyncio
import importlib
import inspect
from collections.abc import Awaitable, Callable, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

from bot.actions.call import ActionFailed, Answered, Call
from bot.actions.sdk import executor
from bot.actions.threads import ActionExited, Threads

_THREADS = 8
_RUN_TAKES = 3


class UnknownAction(Exception):
    """There is no such action."""


class LocalActions:
    """The actions of one brand. *classes* are "module:Class"; *timeout* is in seconds.

    rasa-sdk is imported only if there are any. Raises UnknownAction for a class that cannot be
    loaded or made without arguments, or that has no name and run. *self_checked* names those that
    judge the customer's answers themselves.
    """

    def __init__(self, classes: Sequence[str], *, timeout: float) -> None:
        self._timeout = timeout
        self._threads = Threads(_THREADS)
        self._names: set[str] = set()
        self.self_checked: set[str] = set()
        if not classes:
            return
        self._executor = executor()
        for path in classes:
            self._register(path)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._names)

    async def answer(self, call: Call) -> Answered:
        """Run an action on copies. Raises ActionFailed, whatever the action raised."""
        given = {
            "next_action": call.name,
            "tracker": deepcopy(call.tracker),
            "domain": deepcopy(call.domain),
        }
        outcomes: tuple[Any, ...] = await asyncio.gather(
            asyncio.wait_for(self._executor.run(given), self._timeout), return_exceptions=True
        )
        match outcome := outcomes[0]:
            case ActionFailed():
                raise outcome
            case TimeoutError():
                raise ActionFailed(f"no answer within {self._timeout:g} s")
            case BaseException():
                raise ActionFailed(type(outcome).__name__)
            case None:
                raise ActionFailed("no result")
        return Answered(events=outcome.events, responses=outcome.responses)

    def _register(self, path: str) -> None:
        action = _loaded(path)
        name = str(action.name())
        if name in self._names:
            raise UnknownAction(f"{path}: another action is called {name}, too")
        self._executor.register_function(name, self._contained(action.run))
        self._names.add(name)
        if getattr(action, "checks_answers", False):
            self.self_checked.add(name)

    def _contained(self, run: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
        async def in_a_thread(dispatcher: Any, tracker: Any, domain: Any) -> Any:
            return await self._threads.run(partial(run, dispatcher, tracker, domain))

        async def on_the_loop(dispatcher: Any, tracker: Any, domain: Any) -> Any:
            try:
                return await run(dispatcher, tracker, domain)
            except SystemExit as exc:
                raise ActionExited("SystemExit") from exc

        return on_the_loop if inspect.iscoroutinefunction(run) else in_a_thread


def _loaded(path: str) -> Any:
    module, _, name = path.partition(":")
    try:
        action = getattr(importlib.import_module(module), name)()
        if len(inspect.signature(action.run).parameters) == _RUN_TAKES and action.name():
            return action
    except (ImportError, SyntaxError, AttributeError, TypeError, ValueError) as exc:
        raise UnknownAction(f"{path}: {exc}") from exc
    raise UnknownAction(f"{path}: an action has a name and run(dispatcher, tracker, domain)")
