"""Mails reach a real server, and what it refuses, delays or breaks off is told in words."""

import asyncio
import json
import logging
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.cli import main
from bot.config import ConfigError, load
from bot.mail import MailError, check, send
from tests.postoffice import PASSWORD, USER, certificate, post_office

BRAND = """\
brand: {name: Demo, timezone: Asia/Taipei, languages: [en]}
channels: {webchat: [{account: site}]}
"""


def letter(to: str = "mia@shop.example") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "bot@shop.example", to, "上週的回應時間"
    made.set_content("早安\n.\n.. dots\n")
    return made


async def test_a_mail_arrives_otherwise_than_it_was_written() -> None:
    async with post_office() as office:
        await send(office.settings(), letter())

    ((address, said),) = office.taken
    assert address == "mia@shop.example"
    assert said["Subject"] == "上週的回應時間"
    assert said.get_content().replace("\r\n", "\n") == "早安\n.\n.. dots\n"


@pytest.mark.parametrize(
    ("behaviour", "told", "again"),
    [
        ("refuses", "the recipient was refused: 550 5.1.1 nobody of that name", False),
        ("busy", "the recipient was refused: 450 4.2.0 come back later", True),
        ("denies", "the mail was refused: 554 5.7.1 no such mails here", False),
        ("hangs", "the mail server did not answer in time", True),
        ("drops", "the mail server cannot be used: ", True),
    ],
)
async def test_a_server_that_misbehaves_is_taken_for_another(
    behaviour: str, told: str, again: bool
) -> None:
    async with post_office() as office:
        office.behaviour = behaviour
        with pytest.raises(MailError) as caught:
            await send(office.settings(), letter(), patience=0.5)

    assert str(caught.value).startswith(told)
    assert caught.value.again is again
    assert office.taken == []


async def test_a_server_that_is_not_there_breaks_us() -> None:
    async with post_office() as office:
        settings = office.settings()

    with pytest.raises(MailError, match="cannot be used") as caught:
        await send(settings, letter(), patience=0.5)
    assert caught.value.again


async def test_a_password_goes_out_unencrypted_or_to_a_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, trusted = certificate(tmp_path)
    async with post_office(tls) as office:
        settings = office.settings(tls="starttls", user=USER, password=PASSWORD)
        with pytest.raises(MailError, match="certificate"):
            await check(settings)

        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert (await check(settings)).endswith("answers, encrypted, logged in")
        await send(settings, letter())
    assert len(office.taken) == 1

    async with post_office() as plain:
        with pytest.raises(MailError, match="STARTTLS"):
            await check(plain.settings(tls="starttls", user=USER, password=PASSWORD))


async def test_a_password_is_logged_or_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tls, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    caplog.set_level(logging.DEBUG)
    async with post_office(tls) as office:
        wrong = office.settings(tls="starttls", user=USER, password=PASSWORD + "!")
        with pytest.raises(MailError, match="the login was refused: 535") as caught:
            await check(wrong)

    ours = [each.getMessage() for each in caplog.records if not each.name.startswith("mail.")]
    assert PASSWORD not in str(caught.value) + repr(wrong) + "".join(ours)


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("{host: mail.shop.example}", "mail.from"),
        ("{host: mail.shop.example, from: shop}", "must be an address"),
        ("{host: m.example, from: a@b.example, user: u}", "go together"),
        ("{host: m.example, from: a@b.example, tls: none, user: u, password: p}", "readable"),
        ("{host: m.example, from: a@b.example, prot: 25}", "port"),
        ('{host: m.example, from: "a@b.example\\nBcc: x@y.example"}', "must be an address"),
    ],
)
def test_a_wrong_mail_section_is_accepted(tmp_path: Path, section: str, told: str) -> None:
    file = tmp_path / "config.yml"
    file.write_text(f"{BRAND}mail: {section}\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=told):
        load(file, {})


def test_the_password_does_not_come_from_the_environment_or_is_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    section = 'mail: {host: m.example, from: a@b.example, user: u, password: "${SMTP_PASSWORD}"}'
    file.write_text(f"{BRAND}{section}\n", encoding="utf-8")

    config = load(file, {"SMTP_PASSWORD": PASSWORD})

    assert config.secrets() == [PASSWORD]
    assert PASSWORD not in repr(config)


@pytest.mark.parametrize(("works", "state"), [(True, "note"), (False, "wrong")])
async def test_doctor_calls_a_mail_server_well_that_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], works: bool, state: str
) -> None:
    file = tmp_path / "config.yml"
    async with post_office() as office:
        tls = "none" if works else "starttls"
        section = f"mail: {{host: 127.0.0.1, port: {office.port}, from: a@b.example, tls: {tls}}}"
        file.write_text(f"{BRAND}{section}\n", encoding="utf-8")
        await asyncio.to_thread(main, ["doctor", "--config", str(file), "--json"])

    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)["findings"]}
    assert found["mail"]["state"] == state
    assert found["mail"]["told"].startswith(f"127.0.0.1:{office.port}")
