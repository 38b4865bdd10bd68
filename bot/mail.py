"""Hand a mail to the brand's mail server (SMTP, RFC 5321)."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from bot.config_mail import Mail

# For each step of the talk with the server, and for all of them together, in seconds.
PATIENCE = 20.0
LONGEST = 120.0
_PERMANENT = range(500, 600)


class MailError(Exception):
    """The mail server did not take the mail; *again*: it may do so later."""

    def __init__(self, reason: str, *, again: bool = True) -> None:
        super().__init__(reason)
        self.again = again


async def send(settings: Mail, message: EmailMessage, *, patience: float = PATIENCE) -> None:
    """Send *message* to the one person it is addressed to. Raises MailError."""
    async with _talk(settings, patience) as server:
        await server.send_message(message, sender=settings.sender)


async def check(settings: Mail, *, patience: float = PATIENCE) -> str:
    """Connect, encrypt and log in; returns what was done. Raises MailError."""
    async with _talk(settings, patience) as server:
        await server.noop()
    encrypted = "not encrypted" if settings.tls == "none" else "encrypted"
    login = "no login" if settings.user is None else "logged in"
    return f"{settings.host}:{settings.port} answers, {encrypted}, {login}"


@asynccontextmanager
async def _talk(settings: Mail, patience: float) -> AsyncIterator[SMTP]:
    server = SMTP(
        hostname=settings.host,
        port=settings.port,
        timeout=patience,
        use_tls=settings.tls == "implicit",
        start_tls=settings.tls == "starttls",
        tls_context=None if settings.tls == "none" else ssl.create_default_context(),
    )
    try:
        async with asyncio.timeout(LONGEST):
            await server.connect()
            if settings.user is not None and settings.password is not None:
                await server.login(settings.user, settings.password.get_secret_value())
            yield server
            # It has what it needs: how it says good-bye does not matter.
            with suppress(SMTPException, OSError):
                await server.quit()
    except (SMTPException, OSError) as exc:
        reason, again = _told(exc)
        raise MailError(_without_secrets(settings, reason), again=again) from None
    finally:
        server.close()


def _told(exc: Exception) -> tuple[str, bool]:
    """Why it failed, and whether it may work later."""
    match exc:
        case SMTPRecipientsRefused():
            first = exc.recipients[0]
            return f"the recipient was refused: {_said(first)}", first.code not in _PERMANENT
        case SMTPAuthenticationError():
            return f"the login was refused: {_said(exc)}", True
        case SMTPDataError() | SMTPSenderRefused():
            return f"the mail was refused: {_said(exc)}", exc.code not in _PERMANENT
        case SMTPResponseException():
            return f"the mail server refuses: {_said(exc)}", True
        case TimeoutError():
            return "the mail server did not answer in time", True
        case _:
            return f"the mail server cannot be used: {exc}", True


def _said(exc: SMTPResponseException) -> str:
    return f"{exc.code} {exc.message}"


def _without_secrets(settings: Mail, text: str) -> str:
    line = " ".join(text.split())[:300]
    if settings.password is None:
        return line
    plain = settings.password.get_secret_value()
    login = f"\0{settings.user}\0{plain}"
    for secret in (plain, *(b64encode(each.encode()).decode() for each in (plain, login))):
        line = line.replace(secret, "***")
    return line
