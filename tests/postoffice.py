"""A real mail server on loopback (aiosmtpd), which may misbehave on request."""

import asyncio
import email
import email.policy
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from bot.config_mail import Mail

USER, PASSWORD = "reports", "a-password-nobody-may-read"


@dataclass(slots=True)
class PostOffice:
    """Takes mails. *behaviour* is "takes", "refuses", "busy", "denies", "hangs" or "drops"."""

    port: int = 0
    behaviour: str = "takes"
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    talks: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    full: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: int = 0

    def settings(self, **more: Any) -> Mail:
        """What a brand writes into config.yml to use it."""
        given = {"host": "127.0.0.1", "port": self.port, "from": "bot@shop.example", "tls": "none"}
        return Mail.model_validate(given | more)

    def awaits(self, mails: int) -> None:
        """Set *full* when so many mails have been taken."""
        self.wanted = mails

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        self.talks += 1
        if self.behaviour == "refuses":
            return "550 5.1.1 nobody of that name"
        if self.behaviour == "busy":
            return "450 4.2.0 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.reached.set()
        if self.behaviour == "hangs":
            await self.gate.wait()
        if self.behaviour == "denies":
            return "554 5.7.1 no such mails here"
        said = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(said, EmailMessage)
        self.taken += [(address, said) for address in envelope.rcpt_tos]
        if self.wanted and len(self.taken) >= self.wanted:
            self.full.set()
        return "250 taken"


class _Server(SMTP):  # type: ignore[misc]
    async def smtp_DATA(self, arg: str) -> None:
        office: PostOffice = self.event_handler
        if office.behaviour != "drops":
            await super().smtp_DATA(arg)
            return
        await self.push("354 go on")
        await self._reader.readline()
        self.transport.abort()


@asynccontextmanager
async def post_office(tls: ssl.SSLContext | None = None) -> AsyncIterator[PostOffice]:
    """Serve for the length of the block; with *tls* only who encrypts and logs in is served."""
    office = PostOffice()

    def protocol() -> SMTP:
        return _Server(
            office,
            hostname="mail.shop.example",
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=tls is not None,
            authenticator=_right,
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        office.gate.set()
        server.close()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for 127.0.0.1, and the file that makes a client trust it."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=127.0.0.1", "-days", "2"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(cert, key)
    return made, cert


def _right(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    fits = (given.login.decode(), given.password.decode()) == (USER, PASSWORD)
    return AuthResult(success=fits, handled=fits)
