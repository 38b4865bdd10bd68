"""What managers and admins keep in order: canned replies and the agents themselves."""

import re

from aiohttp import web

from bot.store import agents, canned
from bot.store.agents import EmailTaken, LastAdmin, Role
from bot.store.canned import KeyTaken
from bot.web import passwords
from bot.web.auth import PASSWORDS, form, signed_in
from bot.web.keys import CLOCK, DATABASE
from bot.web.pages import page
from bot.web.words import LANGUAGES

_KEY = re.compile(r"[^\s/]{1,32}")
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,180}")
LONGEST_NAME = 64
LONGEST_TEXT = 5000


def setup(app: web.Application) -> None:
    """Add the routes."""
    managers, admins = signed_in(Role.MANAGER), signed_in(Role.ADMIN)
    app.router.add_get("/desk/replies", managers(show_replies))
    app.router.add_post("/desk/replies", managers(add_reply))
    app.router.add_post("/desk/replies/{id:[0-9]{1,18}}/remove", managers(remove_reply))
    app.router.add_get("/desk/agents", admins(show_agents))
    app.router.add_post("/desk/agents", admins(add_agent))
    app.router.add_post("/desk/agents/{id:[0-9]{1,18}}/role", admins(change_role))
    app.router.add_post("/desk/agents/{id:[0-9]{1,18}}/active", admins(change_active))
    app.router.add_post("/desk/agents/{id:[0-9]{1,18}}/teaches", admins(change_teaches))
    app.router.add_post("/desk/agents/{id:[0-9]{1,18}}/password", admins(reset_password))


async def show_replies(request: web.Request, problem: str | None = None) -> web.Response:
    """The canned replies that were written here."""
    replies = await request.app[DATABASE].read(canned.everything)
    status = 422 if problem else 200
    return page(request, "replies.html", status=status, replies=replies, problem=problem)


async def add_reply(request: web.Request) -> web.Response:
    """Store a canned reply."""
    fields = await form(request)
    key, text = fields.get("key", "").strip().lstrip("/"), fields.get("text", "").strip()
    language = fields.get("language", "")
    fits = _KEY.fullmatch(key) and 0 < len(text) <= LONGEST_TEXT and language in LANGUAGES
    if not fits:
        return await show_replies(request, "unfit")
    try:
        await request.app[DATABASE].write(
            lambda conn: canned.add(conn, key=key, language=language, text=text)
        )
    except KeyTaken:
        return await show_replies(request, "taken")
    raise web.HTTPSeeOther("/desk/replies")


async def remove_reply(request: web.Request) -> web.Response:
    """Delete a canned reply."""
    if not await request.app[DATABASE].write(lambda conn: canned.remove(conn, _id(request))):
        raise web.HTTPNotFound
    raise web.HTTPSeeOther("/desk/replies")


async def show_agents(
    request: web.Request, problem: str | None = None, made: tuple[str, str] | None = None
) -> web.Response:
    """Everybody who may log in. *made* is an e-mail and the password that is shown this once."""
    return page(
        request,
        "agents.html",
        status=422 if problem else 200,
        everyone=await request.app[DATABASE].read(agents.everyone),
        roles=list(Role),
        problem=problem,
        made=made,
    )


async def add_agent(request: web.Request) -> web.Response:
    """Store a new agent with a password that nobody chose."""
    fields = await form(request)
    email, name = agents.folded(fields.get("email", "")), fields.get("name", "").strip()
    role = _role(fields.get("role"))
    if not _EMAIL.fullmatch(email) or not 0 < len(name) <= LONGEST_NAME:
        return await show_agents(request, "unfit")
    password = passwords.fresh()
    hashed = await request.app[PASSWORDS].hashed(password)
    at = request.app[CLOCK]()
    try:
        await request.app[DATABASE].write(
            lambda conn: agents.add(
                conn, email=email, name=name, role=role, password_hash=hashed, at=at
            )
        )
    except EmailTaken:
        return await show_agents(request, "taken")
    return await show_agents(request, made=(email, password))


async def change_role(request: web.Request) -> web.Response:
    """Change what an agent may do."""
    role = _role((await form(request)).get("role"))
    await _known(request)
    try:
        await request.app[DATABASE].write(lambda conn: agents.set_role(conn, _id(request), role))
    except LastAdmin:
        return await show_agents(request, "last")
    raise web.HTTPSeeOther("/desk/agents")


async def change_active(request: web.Request) -> web.Response:
    """Lock an agent out, or let them in again."""
    active = (await form(request)).get("active") == "yes"
    await _known(request)
    try:
        await request.app[DATABASE].write(
            lambda conn: agents.set_active(conn, _id(request), active=active)
        )
    except LastAdmin:
        return await show_agents(request, "last")
    raise web.HTTPSeeOther("/desk/agents")


async def change_teaches(request: web.Request) -> web.Response:
    """Let an agent review and teach, or no more."""
    teaches = (await form(request)).get("teaches") == "yes"
    await _known(request)
    await request.app[DATABASE].write(
        lambda conn: agents.set_teaches(conn, _id(request), teaches=teaches)
    )
    raise web.HTTPSeeOther("/desk/agents")


async def reset_password(request: web.Request) -> web.Response:
    """Give an agent a fresh password, shown once; their sessions end."""
    found = await _known(request)
    password = passwords.fresh()
    hashed = await request.app[PASSWORDS].hashed(password)
    await request.app[DATABASE].write(lambda conn: agents.set_password(conn, found.id, hashed))
    return await show_agents(request, made=(found.email, password))


async def _known(request: web.Request) -> agents.Agent:
    found = await request.app[DATABASE].read(lambda conn: agents.by_id(conn, _id(request)))
    if found is None:
        raise web.HTTPNotFound
    return found


def _role(claimed: str | None) -> Role:
    try:
        return Role(claimed or "")
    except ValueError as exc:
        raise web.HTTPUnprocessableEntity from exc


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])
