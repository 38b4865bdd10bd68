"""Saved views: the page on which managers open, mail, watch and delete them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from sqlalchemy import Connection

from bot.config_mail import is_address
from bot.mail import MailError
from bot.store import alarms, mails, views
from bot.store.alarms import Raised
from bot.store.mails import Mail
from bot.store.views import EVERY, NameTaken, Recipient, View
from bot.web.auth import agent, form
from bot.web.keys import CLOCK, CONFIG, DATABASE
from bot.web.pages import language_of, page
from bot.web.reports import names, query, seam, shown, staffing
from bot.web.reports.mailing import Mailing
from bot.web.reports.query import Query, WrongFilter
from bot.web.reports.seam import Reader
from bot.web.reports.spans import SPANS
from bot.web.reports.watching import rules_of
from bot.web.words import LANGUAGES

MAILING = web.AppKey("MAILING", Mailing)
LONGEST_NAME = 64
MOST_RECIPIENTS = 20
SHOWN_MAILS = 6
SHOWN_ALARMS = 3
TIMES = (1.5, 2.0, 3.0, 5.0)
QUIET_HOURS = (1, 4, 12, 24, 72)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A view as its page shows it. *query* is None where its filters mean nothing any more."""

    view: View
    query: Query | None
    href: str
    chips: list[tuple[str, str]]
    mails: list[Mail]
    alarms: list[Raised]


async def show(request: web.Request, problem: str | None = None, done: str = "") -> web.Response:
    """Every view. *problem* names what was wrong, *done* is what a test of the mail brought."""
    reader = seam.reader(request, seam.asked(request))
    found = await request.app[DATABASE].read(_everything)
    return page(
        request,
        "reports/views.html",
        status=422 if problem else 200,
        **seam.shared(request, reader),
        views=[_shown(request, reader, *each) for each in found],
        problem=problem,
        done=done,
        every=EVERY,
        rules_of=rules_of,
        times=TIMES,
        quiet_hours=QUIET_HOURS,
        spans=SPANS,
        has_mail=request.app[CONFIG].mail is not None,
        has_address=request.app[CONFIG].web.public_url is not None,
        zone=request.app[CONFIG].brand.timezone.key,
    )


async def save(request: web.Request) -> web.Response:
    """Save the filters of an address under a name."""
    fields = await form(request)
    name, where = fields.get("name", "").strip(), fields.get("page", "")
    if where not in shown.PAGES:
        raise web.HTTPUnprocessableEntity
    if not _is_name(name):
        return await show(request, "unfit")
    filters = _filters(request, where, fields.get("address", ""))
    at, who = _now(request), agent(request)
    try:
        await request.app[DATABASE].write(
            lambda conn: views.add(
                conn, name=name, page=where, filters=filters, agent_id=who.id, at=at
            )
        )
    except NameTaken:
        return await show(request, "taken")
    raise web.HTTPSeeOther("/reports/views")


async def rename(request: web.Request) -> web.Response:
    """Give a view another name."""
    name, id = (await form(request)).get("name", "").strip(), _id(request)
    if not _is_name(name):
        return await show(request, "unfit")
    try:
        found = await request.app[DATABASE].write(lambda conn: views.rename(conn, id, name))
    except NameTaken:
        return await show(request, "taken")
    raise _back(found=found)


async def mail(request: web.Request) -> web.Response:
    """Choose when a view is mailed, and to whom."""
    fields, id, at = await form(request), _id(request), _now(request)
    every = next((each for each in EVERY if each == fields.get("every")), None)
    hour = _hour(fields.get("hour", ""))
    recipients = _recipients(fields)
    if recipients is None or (every is not None and not recipients):
        return await show(request, "recipients")
    found = await request.app[DATABASE].write(
        lambda conn: views.mail(conn, id, every=every, hour=hour, recipients=recipients, at=at)
    )
    raise _back(found=found)


async def test(request: web.Request) -> web.Response:
    """Mail a view to whoever asks, now."""
    view, at, who = await _view(request), _now(request), agent(request)
    to = Recipient(address=who.email, language=language_of(request))
    one = Mail(view_id=view.id, occasion=f"test-{at.timestamp():.0f}", to=to, due_at=at, next_at=at)
    try:
        await request.app[MAILING].send_test(view, one)
    except MailError as exc:
        return await show(request, "unsent", str(exc))
    return await show(request, done=who.email)


async def watch(request: web.Request) -> web.Response:
    """Begin or stop to watch a view."""
    watched, id = (await form(request)).get("watched") == "yes", _id(request)
    found = await request.app[DATABASE].write(lambda conn: views.watch(conn, id, watched=watched))
    raise _back(found=found)


async def alarm(request: web.Request) -> web.Response:
    """Choose what raises an alarm of a view, and how long is quiet after one."""
    fields, id = await form(request), _id(request)
    times = next((each for each in TIMES if f"{each:g}" == fields.get("times")), None)
    quiet = next((each for each in QUIET_HOURS if str(each) == fields.get("quiet")), None)
    if times is None or quiet is None:
        raise web.HTTPUnprocessableEntity
    found = await request.app[DATABASE].write(
        lambda conn: views.alarm(conn, id, times=times, quiet_hours=quiet)
    )
    raise _back(found=found)


async def remove(request: web.Request) -> web.Response:
    """Delete a view."""
    found = await request.app[DATABASE].write(lambda conn: views.remove(conn, _id(request)))
    raise _back(found=found)


def _everything(connection: Connection) -> list[tuple[View, list[Mail], list[Raised]]]:
    return [
        (
            each,
            mails.latest(connection, each.id, limit=SHOWN_MAILS),
            alarms.of_view(connection, each.id, limit=SHOWN_ALARMS),
        )
        for each in views.everything(connection)
    ]


def _shown(
    request: web.Request, reader: Reader, view: View, sent: list[Mail], raised: list[Raised]
) -> Shown:
    try:
        chosen = shown.query_of(view.filters, request.app[CONFIG], reader.query.as_of)
    except WrongFilter:
        return Shown(view=view, query=None, href="", chips=[], mails=sent, alarms=raised)
    return Shown(
        view=view,
        query=chosen,
        href=chosen.link(shown.path_of(view.page), **shown.own(view.page, view.filters)),
        chips=names.chosen(chosen.only, reader.numbers.t, reader.at),
        mails=sent,
        alarms=raised,
    )


def _filters(request: web.Request, where: str, address: str) -> Mapping[str, str]:
    """What an address asks for, as our own links say it."""
    given = dict(parse_qsl(urlsplit(address).query))
    try:
        chosen = query.read(given, request.app[CONFIG], now=_now(request))
        staffing.team(given)
    except WrongFilter as exc:
        raise web.HTTPUnprocessableEntity from exc
    return dict(parse_qsl(urlsplit(chosen.link()).query)) | shown.own(where, given)


def _recipients(fields: Mapping[str, str]) -> list[Recipient] | None:
    """Who was named for each language; None if that is no address, or too many."""
    found: dict[str, Recipient] = {}
    for language in LANGUAGES:
        for address in fields.get(f"to.{language}", "").replace(",", " ").split():
            if not is_address(address):
                return None
            found.setdefault(address.lower(), Recipient(address=address, language=language))
    return list(found.values()) if len(found) <= MOST_RECIPIENTS else None


def _hour(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 3 and int(text) < 24):
        raise web.HTTPUnprocessableEntity
    return int(text)


def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.isprintable()


async def _view(request: web.Request) -> View:
    found = await request.app[DATABASE].read(lambda conn: views.by_id(conn, _id(request)))
    if found is None:
        raise web.HTTPNotFound
    return found


def _back(*, found: bool) -> web.HTTPException:
    return web.HTTPSeeOther("/reports/views") if found else web.HTTPNotFound()


def _now(request: web.Request) -> datetime:
    return request.app[CLOCK]()


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])
