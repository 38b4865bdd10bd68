"""What programs may read, declared once: routes, the document and the page follow from it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from bot.reports.channels import channels
from bot.reports.choice import Cohort, report_of
from bot.reports.intents import intents
from bot.reports.targets import attained
from bot.reports.team import team
from bot.reports.times import times
from bot.store.tokens import Scope
from bot.web.api import further, lists, parameters, shapes
from bot.web.api.asking import Asking
from bot.web.api.parameters import Parameter
from bot.web.reports import seam
from bot.web.reports.files import Kind

ROOT = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """An address below ROOT: who may read it, by which filters, and the *shape* of its answer.

    *file* names the rows that it also gives as files, NAME.csv and NAME.xlsx.
    """

    name: str
    scope: Scope
    parameters: Sequence[Parameter]
    shape: type[BaseModel]
    answer: Callable[[Asking], Awaitable[dict[str, Any]]]
    file: Kind | None = None

    @property
    def path(self) -> str:
        """Its address."""
        return f"{ROOT}/{self.name}"

    @property
    def of_file(self) -> Sequence[Parameter]:
        """The filters of its files, which come whole."""
        paging = {each.name for each in parameters.PAGING}
        return (*(each for each in self.parameters if each.name not in paging), parameters.LANG)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    """Answers with what *work* makes of the asks; only some *compares* with days before."""

    work: Callable[[Cohort], Any]
    compares: bool = False

    async def __call__(self, asking: Asking) -> dict[str, Any]:
        wanted = asking.choice if self.compares else replace(asking.choice, compared=None)
        told = seam.told(*await seam.worked_out(asking.request, wanted, self.work))
        told["figures"] = told.pop("page")
        return told


def _figures(
    name: str, shape: type[BaseModel], work: Callable[[Cohort], Any], *, compares: bool = False
) -> Resource:
    return Resource(
        name=name,
        scope=Scope.REPORTS,
        parameters=parameters.FIGURES,
        shape=shape,
        answer=_Figures(work=work, compares=compares),
    )


RESOURCES: Sequence[Resource] = (
    Resource(
        name="asks",
        scope=Scope.ASKS,
        parameters=(*parameters.LISTED, *parameters.PAGING),
        shape=shapes.AskList,
        answer=lists.asks,
        file="asks",
    ),
    Resource(
        name="conversations",
        scope=Scope.ASKS,
        parameters=(*parameters.LISTED, *parameters.PAGING),
        shape=shapes.ConversationList,
        answer=lists.conversations,
        file="conversations",
    ),
    Resource(
        name="unanswered",
        scope=Scope.ASKS,
        parameters=(*parameters.WAITING, *parameters.PAGING),
        shape=shapes.AskList,
        answer=lists.unanswered,
    ),
    _figures("report", shapes.ReportAnswer, report_of),
    _figures("times", shapes.TimesAnswer, times, compares=True),
    _figures("agents", shapes.AgentsAnswer, team),
    _figures("channels", shapes.ChannelsAnswer, channels, compares=True),
    _figures("intents", shapes.IntentsAnswer, intents),
    _figures("targets", shapes.TargetsAnswer, attained),
    Resource(
        name="long",
        scope=Scope.REPORTS,
        parameters=parameters.LONG,
        shape=shapes.LongAnswer,
        answer=further.long_view,
    ),
    Resource(
        name="staffing",
        scope=Scope.REPORTS,
        parameters=parameters.STAFFING,
        shape=shapes.StaffingAnswer,
        answer=further.next_week,
    ),
    Resource(
        name="peers",
        scope=Scope.REPORTS,
        parameters=parameters.PEERS,
        shape=shapes.PeersAnswer,
        answer=further.as_others_count,
    ),
)
