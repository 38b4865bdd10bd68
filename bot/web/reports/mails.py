"""A saved view, or an alarm, as a mail: tables, plain text, and the asks as a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

from sqlalchemy import Connection

from bot.config import Config
from bot.config_mail import Mail as Server
from bot.reports.csv import to_csv
from bot.store.alarms import Raised
from bot.store.mails import Mail
from bot.store.views import View
from bot.web.pages import rendered, visible
from bot.web.reports import shown
from bot.web.reports.alarm_text import alarm_text
from bot.web.reports.cells import Cell, Table
from bot.web.reports.numbers import Numbers
from bot.web.reports.seam import Reader
from bot.web.reports.source import Source

# Servers refuse mails of more than some 10 MB, and the file grows by a third on its way.
LARGEST_FILE = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a mail says. *link* opens the same page, "" if nobody knows our address."""

    subject: str
    heading: str
    lines: tuple[str, ...]
    link: str
    tables: Sequence[Table] = ()
    target_seconds: int = 3600
    file_name: str = ""
    file: bytes = b""


def of_view(
    connection: Connection, source: Source, view: View, mail: Mail, config: Config
) -> Content:
    """A view as it stood when the mail was due. Raises WrongFilter."""
    chosen = shown.query_of(view.filters, config, mail.due_at)
    reader = shown.reader_of(chosen, mail.to.language)
    told = shown.told(connection, source, view, config, reader)
    t, at = reader.numbers.t, reader.at
    file = to_csv(told.rows, columns=told.columns).encode()
    lines = [*told.lines, t("reports.as_of", at=at.full(chosen.as_of))]
    too_large = len(file) > LARGEST_FILE
    if too_large:
        lines.append(t("reports.mail.too_large"))
    name = visible(view.name)
    more = {"as_of": chosen.as_of_text, **shown.own(view.page, view.filters)}
    return Content(
        subject=t("reports.mail.subject", view=name, brand=config.brand.name_in(t.language)),
        heading=name,
        lines=tuple(lines),
        link=_absolute(config, chosen.link(shown.path_of(view.page), **more)),
        tables=told.tables,
        target_seconds=chosen.target,
        file_name="" if too_large else told.file,
        file=b"" if too_large else file,
    )


def of_alarm(alarm: Raised, language: str, config: Config, view: View) -> Content:
    """An alarm. Raises WrongFilter."""
    chosen = shown.query_of(view.filters, config, alarm.raised_at)
    reader = shown.reader_of(chosen, language)
    t, name = reader.numbers.t, visible(alarm.view)
    brand = config.brand.name_in(language)
    return Content(
        subject=t("reports.alarm.subject", view=name, brand=brand),
        heading=t("reports.alarm.heading", view=name),
        lines=alarm_text(alarm, reader.numbers, reader.at),
        link=_absolute(config, f"/reports/alarms/{alarm.id}"),
    )


def message(content: Content, mail: Mail, server: Server, config: Config) -> EmailMessage:
    """The mail itself; every try of it has the same id, by which a second copy is known."""
    reader = shown.reader_of(shown.query_of({}, config, mail.due_at), mail.to.language)
    made = EmailMessage()
    made["From"] = server.sender
    made["To"] = mail.to.address
    made["Subject"] = content.subject
    made["Date"] = format_datetime(mail.due_at)
    made["Message-ID"] = f"<{_name(mail)}@{server.sender.partition('@')[2]}>"
    # No answering machine shall reply (RFC 3834).
    made["Auto-Submitted"] = "auto-generated"
    made["Content-Language"] = mail.to.language
    made.set_content(_text(content, reader))
    html = rendered(
        "reports/mail.html",
        content=content,
        target=reader.numbers.duration(content.target_seconds),
        t=reader.numbers.t,
        numbers=reader.numbers,
        base=config.web.public_url or "",
        language=mail.to.language,
    )
    made.add_alternative(html, subtype="html")
    if content.file_name:
        made.add_attachment(
            content.file,
            maintype="text",
            subtype="csv",
            filename=content.file_name,
            params={"charset": "utf-8"},
        )
    return made


def _absolute(config: Config, path: str) -> str:
    return f"{config.web.public_url.rstrip('/')}{path}" if config.web.public_url else ""


def _name(mail: Mail) -> str:
    told = f"{mail.view_id}/{mail.occasion}/{mail.to.address}/{mail.due_at.isoformat()}"
    return f"report.{sha256(told.encode()).hexdigest()[:32]}"


def _text(content: Content, reader: Reader) -> str:
    t = reader.numbers.t
    lines = [content.heading, "", *content.lines]
    for table in content.tables:
        heading = f"reports.section.{table.key}"
        lines += ["", f"== {t(heading, **table.words) if table.words else t(heading)} =="]
        for row in table.rows:
            lines += ["", visible(row.label), *_figures(row.cells, content, reader.numbers)]
        if not table.rows:
            lines.append(t("reports.none"))
    if content.link:
        lines += ["", t("reports.mail.open"), content.link]
    return "\n".join([*lines, ""])


def _figures(cells: Iterable[Cell], content: Content, numbers: Numbers) -> Iterable[str]:
    target = numbers.duration(content.target_seconds)
    for cell in cells:
        more = [cell.interval, numbers.t("reports.n", n=numbers.count(cell.n)) if cell.sort else ""]
        told = "; ".join(each for each in more if each)
        label = numbers.t(f"reports.tile.{cell.key}", target=target)
        yield f"  {label}: {cell.text}{f' ({told})' if told else ''}"
