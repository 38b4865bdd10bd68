"""The API: behind tokens alone, the same figures as pages and files, and described as it is."""

import asyncio
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from aiohttp import ClientResponse, ClientSession, web
from jsonschema import Draft202012Validator
from sqlalchemy import Connection, select, text

from bot.config import load
from bot.reports.csv import unguarded
from bot.store import schema, tokens
from bot.store.agents import Role
from bot.store.database import engine, sqlite_url
from bot.store.tables import api_tokens, events
from bot.store.tokens import Scope
from bot.web import api, reports
from bot.web.api.resources import RESOURCES
from bot.web.keys import CONFIG
from bot.web.reports import files
from channels.messages import Surface
from tests.history import History, ramble
from tests.web.site import Clock, Site, site
from tests.web.test_reports import BRAND, NOW, SPAN, TAIPEI, from_csv

EVERY = tuple(Scope)
FILES = ("asks.csv", "asks.xlsx", "conversations.csv", "conversations.xlsx")
LISTS = ("asks", "conversations", "unanswered")
PEOPLE = ("author", "customer", "text")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Site]:
    """A desk with a manager (Mia) and an admin (Ada), reports and API."""
    (tmp_path / "config.yml").write_text(BRAND, encoding="utf-8")
    made = engine(sqlite_url(tmp_path))
    schema.prepare(made)
    made.dispose()

    def extra(app: web.Application) -> None:
        app[CONFIG] = load(tmp_path / "config.yml", {})
        reports.setup(app)
        api.setup(app)

    async with site(tmp_path, clock=Clock(now=NOW), extra=extra) as running:
        await running.hire("Mia", Role.MANAGER)
        await running.hire("Wei", Role.MANAGER, "zh-Hant")
        await running.hire("Ada", Role.ADMIN)
        yield running


@pytest.fixture
async def told(office: Site) -> Site:
    """The same with ten days behind it."""
    await office.database.write(lambda conn: ramble(conn, 5, until=NOW, steps=120))
    return office


async def token(office: Site, *scopes: Scope, days: int | None = None) -> str:
    at = office.clock()
    return await office.database.write(
        lambda conn: tokens.add(
            conn,
            name="sheet",
            scopes=scopes or EVERY,
            at=at,
            expires_at=at + timedelta(days=days) if days else None,
            actor="system",
        )
    )


@asynccontextmanager
async def program(office: Site, secret: str | None) -> AsyncIterator[ClientSession]:
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    async with ClientSession(office.url, headers=headers) as session:
        yield session


async def read(session: ClientSession, name: str, **query: str) -> Any:
    async with session.get(f"/api/v1/{name}", params=query) as answer:
        text = await answer.text()
        assert answer.status == 200, text
        return json.loads(text)


async def problem(answer: ClientResponse, status: int, kind: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(await answer.text())
    assert answer.content_type == "application/problem+json"
    assert (answer.status, told["status"]) == (status, status)
    assert told["type"] == f"/api#{kind}"
    assert len(told["detail"]) > 10
    return told


def sheet(content: bytes) -> tuple[Any, Any]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    first, second = book.worksheets
    return first, second


def cell(value: Any) -> Any:
    """A value of the JSON as a workbook has it."""
    match value:
        case list():
            return "; ".join(value) or None
        case "":
            return None
        case str() if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value):
            return datetime.fromisoformat(value).astimezone(TAIPEI).replace(tzinfo=None)
        case _:
            return value


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, datetime):
        # A workbook counts days as floats.
        return isinstance(found, datetime) and abs(found - expected) < timedelta(milliseconds=2)
    return bool(found == expected and isinstance(found, bool) == isinstance(expected, bool))


@pytest.mark.parametrize("kind", ["asks", "conversations"])
@pytest.mark.parametrize(
    "chosen", [{}, {"figure": "handed-over"}, {"clock": "business", "channel": "line"}]
)
async def test_page_file_and_api_differ_in_a_cell(
    told: Site, kind: str, chosen: dict[str, str]
) -> None:
    query = SPAN | {"as_of": NOW.isoformat()} | chosen
    async with told.visitor(await told.cookie("Mia")) as visitor:
        async with visitor.get(f"/reports/{kind}.csv", params=query | {"words": "yes"}) as got:
            of_page = from_csv(await got.text())
        async with visitor.get(f"/reports/{kind}.xlsx", params=query | {"words": "yes"}) as got:
            book_of_page, _ = sheet(await got.read())
    async with program(told, await token(told)) as session:
        listed = (await read(session, kind, **query, limit="1000"))["items"]
        async with session.get(f"/api/v1/{kind}.csv", params=query) as got:
            of_api = from_csv(await got.text())
        async with session.get(f"/api/v1/{kind}.xlsx", params=query | {"lang": "en"}) as got:
            book, _ = sheet(await got.read())
    rows = list(book.iter_rows(min_row=2, values_only=True))
    names = list(of_api[0])
    key = "ask" if kind == "asks" else "conversation"
    by_id = {row[key]: row for row in listed}

    assert of_page == of_api
    assert list(book_of_page.iter_rows(values_only=True)) == list(book.iter_rows(values_only=True))
    assert len(rows) == len(of_api) == len(listed) > 3
    for of_file, of_book in zip(of_api, rows, strict=True):
        row = by_id[unguarded(of_file[key])]
        assert set(row) == set(names)
        for name, found in zip(names, of_book, strict=True):
            value = " ".join(row[name]) if name == "message_ids" else row[name]
            assert same(found, cell(value)), (name, found, value)
            flat = "; ".join(value) if isinstance(value, list) else value
            expected = "" if flat is None else str(flat)
            assert unguarded(of_file[name]) == expected, name


@pytest.mark.parametrize("name", ["times", "agents", "channels", "intents", "targets"])
async def test_page_and_api_tell_other_figures(told: Site, name: str) -> None:
    query = SPAN | {"as_of": NOW.isoformat(), "measure": "touch", "target": "300"}
    async with (
        told.visitor(await told.cookie("Mia")) as visitor,
        visitor.get(f"/reports/{name}.json", params=query) as got,
    ):
        of_page = await got.json()
    async with program(told, await token(told)) as session:
        of_api = await read(session, name, **query)

    of_page["figures"] = of_page.pop("page")
    assert of_api == of_page
    assert of_api["counted"]["n"] > 10


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("long", {"actor": "human", "target": "300", "channel": "line"}),
        ("long", {}),
        ("peers", SPAN | {"as_of": NOW.isoformat(), "channel": "line"}),
        ("staffing", {"people": "3", "handling": "90", "channel": "line", "target": "300"}),
        ("staffing", {}),
    ],
)
async def test_page_and_api_tell_other_figures_of_more_than_the_days(
    told: Site, name: str, query: dict[str, str]
) -> None:
    async with told.visitor(await told.cookie("Mia")) as visitor:
        async with visitor.get(f"/reports/{name}.json", params=query) as got:
            of_page = await got.json()
        async with visitor.get(f"/reports/{name}", params=query) as got:
            page = await got.text()
    async with program(told, await token(told)) as session:
        of_api = await read(session, name, **query)

    figures = of_api["figures"]
    if name == "staffing":
        of_page["figures"] = of_page.pop("page")
        assert of_api == of_page
        shown = [figures["expected"], figures["basis"]["waiting"]]
    else:
        assert figures == of_page
        shown = [figures["whole"]["answered"] / figures["whole"]["n"]] if name == "long" else []
    if name == "peers":
        shown = [
            each["value"] for peer in figures["peers"].values() for each in peer["figures"].values()
        ]
        assert any(shown)
    for value in shown:
        assert f'value="{"" if value is None else value}"' in page


async def test_a_team_that_means_nothing_is_taken(told: Site) -> None:
    async with program(told, await token(told)) as session:
        for wrong in ({"people": "0"}, {"handling": "soon"}):
            async with session.get("/api/v1/staffing", params=wrong) as got:
                assert "people, handling" in (await problem(got, 422, "wrong-filter"))["detail"]
        async with session.get("/api/v1/peers", params={"agent": "Mei"}) as got:
            await problem(got, 422, "wrong-filter")


async def test_the_report_of_the_api_is_another(told: Site) -> None:
    query = SPAN | {"as_of": NOW.isoformat()}
    async with (
        told.visitor(await told.cookie("Mia")) as visitor,
        visitor.get("/reports/report.json", params=query) as got,
    ):
        (of_page,) = (await got.json())["reports"]
    async with program(told, await token(told)) as session:
        assert (await read(session, "report", **query))["figures"] == of_page


async def test_an_answer_or_a_problem_is_not_what_the_document_says(told: Site) -> None:
    async with program(told, await token(told)) as session:
        document = await read(session, "openapi.json")
        answers = {each.name: await read(session, each.name) for each in RESOURCES}
        answers["asks "] = await read(session, "asks", **SPAN, channel="line", scope="first")
        async with session.get("/api/v1/asks?chanel=line") as got:
            wrong = await got.json()
    components = {"components": document["components"]}
    for schema_of in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema_of)
        if "properties" in schema_of:
            # Nothing that is served may be missing in the document either.
            schema_of["additionalProperties"] = False

    def check(reference: Mapping[str, Any], answer: Any) -> None:
        validator = Draft202012Validator(
            {**components, **reference}, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        assert [error.message for error in validator.iter_errors(answer)] == []

    for name, answer in answers.items():
        get = document["paths"][f"/{name.strip()}"]["get"]
        check(get["responses"]["200"]["content"]["application/json"]["schema"], answer)
    check({"$ref": "#/components/schemas/ProblemAnswer"}, wrong)
    assert answers["asks"]["total"] > 10
    assert all(answers[name]["counted"]["n"] for name in answers if name not in ("long", "peers"))
    assert answers["long"]["figures"]["whole"]["n"]
    assert len(answers["peers"]["figures"]["peers"]) > 4


async def test_the_document_names_what_is_not_there_or_leaves_something_out(office: Site) -> None:
    async with program(office, await token(office)) as session:
        document = await read(session, "openapi.json")
        for path, item in document["paths"].items():
            office.clock.turn(timedelta(minutes=1))
            names = [each["name"] for each in item["get"]["parameters"]]
            assert len(set(names)) == len(names)
            async with session.get(f"/api/v1{path}") as got:
                assert got.status == 200, path
                assert got.content_type in item["get"]["responses"]["200"]["content"]
            for name in names:
                async with session.get(f"/api/v1{path}", params={name: ""}) as got:
                    assert got.status == 200, (path, name)
        text = json.dumps(document)
        for pointer in set(re.findall(r'"\$ref": "#/([^"]+)"', text)):
            found: Any = document
            for part in pointer.split("/"):
                found = found[part]
            assert found

    served = {
        route.resource.canonical.removeprefix("/api/v1")
        for route in office.app.router.routes()
        if route.resource and route.resource.canonical.startswith("/api/v1/")
    }
    assert served - {"/openapi.json", "/{rest}"} == set(document["paths"])
    assert document["openapi"].startswith("3.1")


@pytest.mark.parametrize("name", [*(each.name for each in RESOURCES), *FILES])
async def test_a_token_reads_without_the_scope_for_it(told: Site, name: str) -> None:
    needed = Scope.ASKS if name.split(".")[0] in LISTS else Scope.REPORTS
    others = [Scope.REPORTS] if needed is Scope.ASKS else [Scope.ASKS, Scope.WORDS]
    async with (
        program(told, await token(told, *others)) as session,
        session.get(f"/api/v1/{name}") as got,
    ):
        refused = await problem(got, 403, "missing-scope")
    async with (
        program(told, await token(told, needed)) as session,
        session.get(f"/api/v1/{name}") as got,
    ):
        assert got.status == 200

    assert needed in refused["detail"]


@pytest.mark.parametrize("name", [*LISTS, *FILES])
async def test_a_token_without_words_shows_a_customer(office: Site, name: str) -> None:
    secret_words = ("祕密的問題", "Customer Chen", "contact-4711")

    def tell(history: History) -> None:
        at = NOW - timedelta(hours=2)
        who: dict[str, Any] = {"name": secret_words[1], "contact": secret_words[2]}
        history.says("t", secret_words[0], at, **who)
        history.says(
            *("p/c1", secret_words[0], at),
            channel="page_comments",
            post="p",
            root="c1",
            surface=Surface.COMMENT,
            **who,
        )

    await office.database.write(lambda conn: tell(History(conn, NOW - timedelta(days=1))))
    shown: dict[bool, str] = {}
    for words in (False, True):
        scopes = EVERY if words else (Scope.REPORTS, Scope.ASKS)
        async with (
            program(office, await token(office, *scopes)) as session,
            session.get(f"/api/v1/{name}") as got,
        ):
            assert got.status == 200
            content = await got.read()
        if name.endswith("xlsx"):
            rows = sheet(content)[0].iter_rows(values_only=True)
            shown[words] = json.dumps([[str(cell) for cell in row] for row in rows])
            shown[words] = json.dumps(json.loads(shown[words]), ensure_ascii=False)
        else:
            shown[words] = content.decode()

    assert [word for word in secret_words if word in shown[False]] == []
    expected = secret_words[:2] if name.startswith("conv") else secret_words
    assert [word for word in secret_words if word in shown[True]] == list(expected)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("words", [True, False])
async def test_a_file_without_rows_has_other_headings_than_one_with_rows(
    told: Site, name: str, words: bool
) -> None:
    def headings(content: bytes) -> list[Any]:
        if name.endswith("csv"):
            return content.decode("utf-8-sig").splitlines()[0].split(",")
        return [cell.value for cell in next(sheet(content)[0].iter_rows(max_row=1))]

    found = []
    scopes = EVERY if words else (Scope.ASKS,)
    async with (
        program(told, await token(told, *scopes)) as session,
        told.visitor(await told.cookie("Mia")) as visitor,
    ):
        for days in (SPAN, {"from": "2001-01-01", "to": "2001-01-02"}):
            own = days | ({"words": "yes"} if words else {})
            async with session.get(f"/api/v1/{name}", params=days) as got:
                found.append(headings(await got.read()))
            async with visitor.get(f"/reports/{name}", params=own) as got:
                found.append(headings(await got.read()))

    assert len(found[0]) > 15
    assert found[2:] == found[:2]


async def test_two_workbooks_are_written_at_once(told: Site) -> None:
    """Each takes a processor for seconds, and customers want to be answered meanwhile."""
    async with told.visitor(await told.cookie("Mia")) as visitor:

        async def status(format: str) -> int:
            async with visitor.get(f"/reports/asks.{format}", params=SPAN) as got:
                return got.status

        async with told.app[files.WORKBOOKS]:
            book = asyncio.create_task(status("xlsx"))
            assert await status("csv") == 200
            done, _ = await asyncio.wait({book}, timeout=1)
            assert not done

        assert await book == 200


async def test_a_log_in_opens_the_api_or_a_token_a_page(told: Site) -> None:
    secret = await token(told)
    async with told.visitor(await told.cookie("Ada")) as visitor:
        async with visitor.get("/api/v1/report") as got:
            await problem(got, 401, "no-token")
            assert got.headers["WWW-Authenticate"].startswith("Bearer")
        async with visitor.get("/api/v1/report", params={"token": secret}) as got:
            await problem(got, 401, "no-token")
    async with program(told, secret) as session:
        for path in ("/reports", "/reports/asks.csv", "/desk", "/desk/tokens", "/account"):
            async with session.get(path) as got:
                assert got.status == 401, path


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic {}", "Bearer x{}", "Bearer {}x", "Bearer {} {}"]
)
async def test_something_like_a_token_opens_the_api(told: Site, header: str) -> None:
    secret = await token(told)
    async with ClientSession(told.url) as session:
        headers = {"Authorization": header.format(secret, secret)}
        async with session.get("/api/v1/report", headers=headers) as got:
            kind = "wrong-token" if len(header) > 7 and "Bearer" in header else "no-token"
            await problem(got, 401, kind)
        headers = {"Authorization": f"bearer {secret}"}
        async with session.get("/api/v1/report", headers=headers) as got:
            assert got.status == 200


async def test_a_token_opens_after_its_end_or_revocation(told: Site) -> None:
    short, ended = await token(told, days=1), await token(told)
    async with program(told, short) as first, program(told, ended) as second:
        for session in (first, second):
            async with session.get("/api/v1/report") as got:
                assert got.status == 200
        at = told.clock()
        assert await told.database.write(
            lambda conn: tokens.revoke(conn, 2, at=at, actor="agent:1")
        )
        async with second.get("/api/v1/report") as got:
            assert "revoked" in (await problem(got, 401, "wrong-token"))["detail"]
        told.clock.turn(timedelta(days=1))
        async with first.get("/api/v1/report") as got:
            assert "expired" in (await problem(got, 401, "wrong-token"))["detail"]


async def test_a_token_is_stored_or_logged_in_clear(
    told: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = await token(told)
    async with program(told, secret) as session:
        await read(session, "asks")
        for path in ("/api/v1/nothing", "/api/v1/asks?x=1", "/reports"):
            async with session.get(path):
                pass
    async with program(told, secret + "x") as session, session.get("/api/v1/asks"):
        pass

    def everything(connection: Any) -> str:
        tables = (api_tokens, events)
        return repr([connection.execute(select(each)).all() for each in tables])

    stored = await told.database.read(everything)
    assert "api read token=1 path=/api/v1/asks" in caplog.text
    assert secret[9:] not in caplog.text
    assert secret[9:] not in stored


async def test_the_log_does_not_tell_who_made_and_revoked_tokens(office: Site) -> None:
    at = office.clock()

    def work(connection: Any) -> list[Any]:
        tokens.add(
            connection, name="n", scopes=[Scope.ASKS], at=at, expires_at=None, actor="agent:7"
        )
        assert tokens.revoke(connection, 1, at=at, actor="system")
        assert not tokens.revoke(connection, 1, at=at, actor="system")
        columns = (events.c.type, events.c.actor, events.c.data)
        return [tuple(row) for row in connection.execute(select(*columns).order_by(events.c.id))]

    assert await office.database.write(work) == [
        ("token_added", "agent:7", {"token": 1, "name": "n", "scopes": ["asks:read"]}),
        ("token_revoked", "system", {"token": 1, "name": "n"}),
    ]


async def test_the_last_use_is_not_noted_or_noted_at_every_call(told: Site) -> None:
    async with program(told, await token(told)) as session:
        seen = []
        for span in (0, 30, 40):
            told.clock.turn(timedelta(seconds=span))
            await read(session, "report")
            (one,) = await told.database.read(tokens.everything)
            seen.append(one.used_at)

    assert seen == [NOW, NOW, NOW + timedelta(seconds=70)]


async def test_a_token_asks_without_end(told: Site) -> None:
    async with (
        program(told, await token(told)) as session,
        program(told, await token(told)) as other,
    ):
        for _ in range(120):
            async with session.get("/api/v1/asks?x=1") as got:
                assert got.status == 422
        async with session.get("/api/v1/asks") as got:
            await problem(got, 429, "too-many-requests")
            wait = int(got.headers["Retry-After"])
        await read(other, "unanswered")
        told.clock.turn(timedelta(seconds=wait))
        await read(session, "unanswered")

    assert wait == 1


async def test_an_answer_that_has_not_changed_is_sent_again(told: Site) -> None:
    query = urlencode({"from": "2026-03-03", "to": "2026-03-04"})
    path = f"/api/v1/intents?{query}"
    async with program(told, await token(told)) as session:
        async with session.get(path) as got:
            tag = got.headers["ETag"]
            assert got.headers["Cache-Control"] == "private, no-cache"
        told.clock.turn(timedelta(seconds=5))
        async with session.get(path, headers={"If-None-Match": f'"x", {tag}'}) as got:
            assert (got.status, await got.text(), got.headers["ETag"]) == (304, "", tag)
        at = datetime(2026, 3, 4, 5, tzinfo=UTC)
        await told.database.write(
            lambda conn: History(conn, NOW).says("new", "有貨嗎？", at, received_at=at)
        )
        async with session.get(path, headers={"If-None-Match": tag}) as got:
            assert got.status == 200
            assert got.headers["ETag"] != tag


@pytest.mark.parametrize(
    ("path", "status", "kind", "says"),
    [
        ("asks?chanel=line", 422, "wrong-filter", "'channel'"),
        ("asks?channel=a&channel=b", 422, "wrong-filter", "twice"),
        ("asks?from=2026-02-30", 422, "wrong-filter", "2026-02-30"),
        ("asks?from=2026-03-05&to=2026-03-04", 422, "wrong-filter", "order"),
        ("asks?as_of=yesterday", 422, "wrong-filter", "yesterday"),
        ("asks?figure=all'--", 422, "wrong-filter", "all'--"),
        ("asks?limit=0", 422, "wrong-filter", "limit"),
        ("asks?limit=1001", 422, "wrong-filter", "1000"),
        ("asks?cursor=x", 422, "wrong-cursor", "next"),
        ("asks?cursor=W10", 422, "wrong-cursor", "next"),
        ("asks?cursor=W251bGwsMSwxXQ", 422, "wrong-cursor", "next"),
        ("asks?page=2", 422, "wrong-filter", "page"),
        ("asks.csv?cursor=x", 422, "wrong-filter", "cursor"),
        ("report?clock=sundial", 422, "wrong-filter", "business"),
        ("report?limit=10", 422, "wrong-filter", "limit"),
        ("nothing", 404, "not-found", "/api"),
        ("asks/1", 404, "not-found", "/api"),
    ],
)
async def test_a_wrong_question_gets_an_answer_or_no_advice(
    told: Site, path: str, status: int, kind: str, says: str
) -> None:
    async with (
        program(told, await token(told)) as session,
        session.get(f"/api/v1/{path}") as got,
    ):
        assert says in (await problem(got, status, kind))["detail"]


async def test_something_is_changed_by_the_api(told: Site) -> None:
    async with program(told, await token(told)) as session:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            async with session.request(method, "/api/v1/asks") as got:
                await problem(got, 405, "wrong-method")
                assert "GET" in got.headers["Allow"]
        async with session.head("/api/v1/asks") as got:
            assert got.status == 200


async def test_a_cursor_leads_through_another_question(told: Site) -> None:
    async with program(told, await token(told)) as session:
        page = await read(session, "asks", limit="2", **SPAN)
        where = re.search(r"cursor=([\w-]+)", page["next"])
        assert where
        for name, query in (
            ("asks", {}),
            ("asks", SPAN | {"channel": "line"}),
            ("conversations", SPAN),
            ("asks", SPAN | {"as_of": "2026-03-11T00:00:00Z"}),
        ):
            params = query | {"cursor": where[1]}
            async with session.get(f"/api/v1/{name}", params=params) as got:
                await problem(got, 422, "wrong-cursor")
        # How many rows a page has may change on the way.
        await read(session, "asks", limit="7", cursor=where[1], **SPAN)


async def test_the_database_is_away_and_a_program_gets_a_page(told: Site) -> None:
    secret = await token(told)
    await told.database.write(
        lambda conn: conn.execute(text("ALTER TABLE ask_upkeep RENAME TO away"))
    )
    async with program(told, secret) as session, session.get("/api/v1/asks") as got:
        await problem(got, 503, "unavailable")
        assert got.headers["Retry-After"] == "60"


async def test_an_ask_comes_twice_or_never_while_others_arrive(office: Site) -> None:
    """Pages are read while customers write, late messages come in, and agents answer."""
    await office.database.write(lambda conn: ramble(conn, 11, until=NOW, steps=60))
    secret = await token(office)
    for seed in range(4):
        chance = Random(seed)
        figure = chance.choice(["all", "asks", "unanswered", "by-bot"])
        query = SPAN | {"figure": figure}
        async with program(office, secret) as session:
            before = await read(session, "asks", **query, limit="1000")
            talks = await read(session, "conversations", **query, limit="1000")
            pages: dict[str, list[Any]] = {"asks": [], "conversations": []}
            for name, seen in pages.items():
                page = await read(session, name, **query, limit=str(chance.randint(1, 4)))
                while True:
                    seen += page["items"]
                    if page["next"] is None:
                        break
                    await office.database.write(partial(arrive, chance, office.clock()))
                    office.clock.turn(timedelta(seconds=chance.randint(1, 90)))
                    page = await read(session, page["next"].removeprefix("/api/v1/"))
        for name, first in (("asks", before), ("conversations", talks)):
            known, found = (
                [KEY[name](each) for each in of] for of in (first["items"], pages[name])
            )
            assert len(set(found)) == len(found)
            assert [each for each in found if each in set(known)] == known
            assert len(known) > 4


# An ask that an earlier message joins late is the same ask, by another name.
KEY: dict[str, Callable[[Any], str]] = {
    "asks": lambda row: min(row["message_ids"]),
    "conversations": lambda row: str(row["conversation"]),
}
NUMBERS = count(10_000)


def arrive(chance: Random, now: datetime, connection: Connection) -> None:
    """Something comes in: a new customer, a known one, or what was said an hour ago."""
    history = History(connection, now - timedelta(days=1), _ids=NUMBERS)
    for _ in range(chance.randint(1, 4)):
        at = now - timedelta(seconds=chance.choice([0, 1, 3600, 86_400]))
        thread = f"new{chance.randrange(8)}"
        flags: dict[str, Any] | None = chance.choice([None, {}])
        id = f"new-{next(NUMBERS)}"
        history.says(thread, "有貨嗎？", at, id=id, received_at=now, bot=flags)
