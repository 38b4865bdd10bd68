"""Agents: what is in whose hands, and how long hand-offs wait for a person."""

from bot.reports.only import NOTHING
from bot.reports.team import OfAgent, OfReason, Team, team
from bot.web.reports.cells import Cells, Row, Table
from bot.web.reports.seam import Reader
from bot.web.reports.tables import TablePage


def show(made: Team, reader: Reader) -> list[Table]:
    """The agents by name, then the hand-offs by reason."""
    t = reader.numbers.t
    agents = tuple(_agent(each, reader) for each in made.agents)
    whole = _reason(made.handed_over, t("reports.agents.all"), reader)
    reasons = tuple(
        _reason(each, _reason_name(each.reason, reader), reader) for each in made.reasons
    )
    cells = Cells(reader.numbers)
    queue = cells.count("asks", made.queued, reader.query.asks("queued", order="wait"))
    never = cells.count("asks", made.never_taken, reader.query.asks("never-taken"))
    return [
        Table(key="agents", first="agent", rows=agents),
        Table(key="handoffs", first="reason", rows=(whole, *reasons)),
        Table(
            key="queue",
            first="queue",
            rows=(
                Row(name="queued", label=t("reports.agents.queued"), cells=(queue,)),
                Row(name="never", label=t("reports.agents.never_taken"), cells=(never,)),
            ),
        ),
    ]


def _agent(of: OfAgent, reader: Reader) -> Row:
    cells, query, numbers = Cells(reader.numbers), reader.query, reader.numbers
    mine = {"agent": of.agent, "measure": None, "actor": None}
    everything = query.asks("taken", order="wait", **mine)
    followed = query.asks("in-hand", **mine)
    mean = of.hands.mean
    return Row(
        name=of.agent,
        label=numbers.t("reports.agents.own_app") if of.agent == NOTHING else of.agent,
        cells=(
            cells.count("taken", of.n, everything),
            cells.estimate(
                "answered",
                of.answered_share,
                "share",
                n=of.n,
                href=everything,
                hits=of.answered,
                hits_href=query.asks("by-person", **mine),
            ),
            cells.count("open", of.open, query.asks("open", order="wait", **mine)),
            cells.estimate("hand_median", of.median, "duration", n=of.followed, href=followed),
            cells.estimate(
                "hand_in_time",
                of.within,
                "share",
                n=of.followed,
                href=followed,
                hits=of.in_time,
                hits_href=query.asks(f"hand-{query.target}", **mine),
                change=of.others,
                against="difference",
            ),
            cells.plain("at_once", numbers.decimal(mean), mean),
            cells.plain("peak", numbers.count(of.hands.peak), of.hands.peak),
        ),
    )


def _reason(of: OfReason, label: str, reader: Reader) -> Row:
    cells, query = Cells(reader.numbers), reader.query
    more: dict[str, object] = {"measure": "human", "actor": None}
    if of.reason != "all":
        more["reason"] = of.reason
    everything = query.asks("asks", order="wait", **more)
    within = query.asks(f"within-{query.target}", **more)
    return Row(
        name=of.reason,
        label=label,
        cells=(
            cells.count("handed_over", of.n, everything),
            cells.estimate(
                "person_wrote",
                of.answered_share,
                "share",
                n=of.n,
                href=everything,
                hits=of.answered,
                hits_href=query.asks("answered", **more),
            ),
            cells.estimate("human_median", of.median, "duration", n=of.n, href=everything),
            cells.estimate(
                "human_in_time",
                of.within,
                "share",
                n=of.n,
                href=everything,
                hits=of.in_time,
                hits_href=within,
            ),
        ),
    )


def _reason_name(reason: str, reader: Reader) -> str:
    t = reader.numbers.t
    return t("reports.nothing") if reason == NOTHING else t.name("reason", reason)


PAGE = TablePage(name="agents", work=team, show=show)
