"""Writes the scenario as each platform would export it."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.exports.scenario import BRAND, CHATS, JAPAN, ZONE, Chat, Said

Write = Callable[[Path, Sequence[Chat]], Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A layout and what it can tell: its *format*, *minutes* only, automatic replies *marked*."""

    format: str
    write: Write
    minutes: bool = False
    marked: bool = False


def zipped(file: Path, members: Mapping[str, bytes]) -> Path:
    """Write a zip."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


def put(file: Path, data: bytes | str) -> Path:
    """Write a file and the folders above it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return file


_OA = {
    "en": (
        ("Account name", "Time zone", "Downloaded on"),
        ("Sender type", "Sender name", "Date", "Time", "Message"),
        {"sticker": "You received a sticker.", "image": "You received a photo."},
        "Message unsent.",
        "Auto-response",
    ),
    "ja": (
        ("アカウント名", "タイムゾーン", "ダウンロード日時"),
        ("送信者タイプ", "送信者名", "送信日", "送信時刻", "内容"),
        {"sticker": "スタンプを送信しました。", "image": "写真を送信しました。"},
        "送信が取り消されたメッセージです",
        "応答メッセージ",
    ),
    "zh-Hant": (
        ("帳號名稱", "時區", "下載時間"),
        ("傳送者類型", "傳送者名稱", "傳送日期", "傳送時間", "內容"),
        {"sticker": "貼圖已傳送", "image": "照片已傳送"},
        "已收回訊息",
        "自動回應訊息",
    ),
}


def line_oa_csv(chat: Chat, language: str) -> bytes:
    """One chat as LINE's manager writes it."""
    about, header, media, unsent, automatic = _OA[language]
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerows(zip(about, (BRAND, "'+09:00", "2026/03/20 13:00"), strict=True))
    rows.writerow(header)
    names = {"auto": automatic, "broadcast": "Unknown"}
    for said in chat.said:
        local = said.at.astimezone(JAPAN)
        mine = said.who == "customer"
        words = unsent if said.sort == "unsent" else media.get(said.sort, said.text)
        rows.writerow(
            (
                "User" if mine else "Account",
                chat.customer if mine else names.get(said.who, said.agent),
                f"{local:%Y/%m/%d}",
                f"{local:%H:%M:%S}",
                words.replace("\n", "\r\n"),
            )
        )
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def line_oa(language: str) -> Write:
    def write(folder: Path, chats: Sequence[Chat]) -> Path:
        return zipped(
            folder / "export.zip",
            {
                f"{chat.number}_20260317_20260319_{chat.customer}.csv": line_oa_csv(chat, language)
                for chat in chats
            },
        )

    return write


_APP = {
    "zh-Hant": ("[LINE] 與{}的聊天記錄", "儲存日期：2026/03/20 13:00", "[貼圖]", "[照片]"),
    "ja": ("[LINE] {}とのトーク履歴", "保存日時：2026/03/20 午後1:00", "[スタンプ]", "[写真]"),
    "en": ("Chat history with {}", "Saved on: 03/20/2026, 13:00", "[Sticker]", "[Photo]"),
}


def line_app(language: str) -> Write:
    def write(folder: Path, chats: Sequence[Chat]) -> Path:
        for chat in chats:
            put(folder / "chats" / f"{chat.number}.txt", _line_app_chat(chat, language))
        return folder / "chats"

    return write


def _line_app_chat(chat: Chat, language: str) -> str:
    head, saved, sticker, image = _APP[language]
    lines, day = [head.format(chat.customer), saved, ""], ""
    for said in chat.said:
        local = said.at.astimezone(ZONE)
        if (today := _app_day(local, language)) != day:
            lines += ["", day := today]
        time = _app_time(local, language)
        if said.sort == "unsent":
            lines.append(f"{time}\t{chat.customer} 已收回訊息")
            continue
        text = {"sticker": sticker, "image": image}.get(said.sort, said.text)
        if "\n" in text:
            text = '"' + text.replace('"', '""') + '"'
        lines.append(f"{time}\t{chat.customer if said.who == 'customer' else BRAND}\t{text}")
    return "\r\n".join(lines) + "\r\n"


def _app_day(local: datetime, language: str) -> str:
    if language == "en":
        return f"{local:%a, %m/%d/%Y}"
    weekday = "一二三四五六日"[local.weekday()]
    if language == "ja":
        return f"{local.year}/{local.month}/{local.day}({'月火水木金土日'[local.weekday()]})"
    return f"{local:%Y/%m/%d}（{weekday}）"


def _app_time(local: datetime, language: str) -> str:
    half = {"ja": ("午前", "午後"), "en": ("AM", "PM")}.get(language)
    if half is None:
        return f"{local:%H:%M}"
    told = f"{local.hour % 12 or 12:02}:{local:%M}"
    word = half[local.hour >= 12]
    return f"{word}{told}" if language == "ja" else f"{told}{word}"


def _mangled(text: str) -> str:
    return text.encode().decode("latin-1")


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


_EMOJI = {"sticker": "🙂", "image": ""}
_META_MEDIA: dict[str, dict[str, Any]] = {
    "sticker": {"sticker": {"uri": "stickers/1.png"}},
    "image": {"photos": [{"uri": "photos/1.jpg", "creation_timestamp": 1}]},
    "unsent": {"is_unsent": True},
    "text": {},
}


def meta(top: str) -> Write:
    def write(folder: Path, chats: Sequence[Chat]) -> Path:
        for chat in chats:
            thread = folder / top / "messages/inbox" / f"chat{chat.number}_{100 + chat.number}"
            newest_first = [_meta_message(chat, said) for said in reversed(chat.said)]
            for part, listed in enumerate((newest_first[:2], newest_first[2:]), 1):
                source = {
                    "participants": [{"name": _mangled(chat.customer)}, {"name": _mangled(BRAND)}],
                    "messages": listed,
                    "title": _mangled(chat.customer),
                    "magic_words": [],
                }
                put(thread / f"message_{part}.json", json.dumps(source, indent=2))
        return folder

    return write


def _meta_message(chat: Chat, said: Said) -> dict[str, Any]:
    text = {"content": _mangled(said.text)} if said.text else {}
    return {
        "sender_name": _mangled(chat.customer if said.who == "customer" else BRAND),
        "timestamp_ms": _milliseconds(said.at),
        **text,
        **_META_MEDIA[said.sort],
    }


def messenger_e2e(folder: Path, chats: Sequence[Chat]) -> Path:
    members = {}
    for chat in chats:
        messages = [
            {
                "senderName": chat.customer if said.who == "customer" else BRAND,
                "timestamp": _milliseconds(said.at),
                "text": said.text,
                "media": [] if said.text or said.sort == "unsent" else [{"uri": "./media/a.jpeg"}],
                "isUnsent": said.sort == "unsent",
                "reactions": [],
                "type": "text" if said.text else "media",
            }
            for said in reversed(chat.said)
        ]
        source = {
            "participants": [chat.customer, BRAND],
            "threadName": f"{chat.customer}_{chat.number}",
            "messages": messages,
        }
        name = f"{chat.customer}_{chat.number}.json"
        members[name] = json.dumps(source, ensure_ascii=False).encode()
    return zipped(folder / "messages.zip", members)


def _whatsapp(chat: Chat, start: Callable[[datetime], str], media: Mapping[str, str]) -> str:
    lines = [f"{start(chat.said[0].at)}Messages and calls are end-to-end encrypted."]
    for said in chat.said:
        name = chat.customer if said.who == "customer" else BRAND
        lines.append(f"{start(said.at)}{name}: {media.get(said.sort, said.text)}")
    return "\n".join(lines) + "\n"


def whatsapp_android(folder: Path, chats: Sequence[Chat]) -> Path:
    media = {"sticker": "<Media omitted>", "image": "<Media omitted>"}
    media["unsent"] = "This message was deleted"
    for chat in chats:
        text = _whatsapp(chat, lambda at: f"{at.astimezone(ZONE):%d/%m/%Y, %H:%M} - ", media)
        put(folder / "wa" / f"WhatsApp Chat with {chat.customer}.txt", text)
    return folder / "wa"


def whatsapp_android_zh(folder: Path, chats: Sequence[Chat]) -> Path:
    media = {"sticker": "<忽略多媒體檔>", "image": "<忽略多媒體檔>", "unsent": "此訊息已刪除"}

    def start(at: datetime) -> str:
        local = at.astimezone(ZONE)
        half = "上午" if local.hour < 12 else "下午"
        return f"{local.year}/{local.month}/{local.day} {half}{local.hour % 12 or 12}:{local:%M} - "

    for chat in chats:
        put(folder / "wa" / f"與{chat.customer}的 WhatsApp 對話.txt", _whatsapp(chat, start, media))
    return folder / "wa"


def whatsapp_ios(folder: Path, chats: Sequence[Chat]) -> Path:
    media = {"sticker": "\u200esticker omitted", "image": "\u200eimage omitted"}
    media["unsent"] = "\u200eThis message was deleted."

    def start(at: datetime) -> str:
        local = at.astimezone(ZONE)
        half = "AM" if local.hour < 12 else "PM"
        time = f"{local.hour % 12 or 12}:{local:%M:%S}\u202f{half}"
        return f"\u200e[{local.month}/{local.day}/{local:%y}, {time}] "

    for chat in chats:
        file = folder / "wa" / f"WhatsApp Chat - {chat.customer}.zip"
        file.parent.mkdir(exist_ok=True)
        zipped(file, {"_chat.txt": _whatsapp(chat, start, media).encode(), "a.opus": b"\0"})
    return folder / "wa"


def x_archive(folder: Path, chats: Sequence[Chat]) -> Path:
    brand, conversations = "77001", []
    for chat in chats:
        customer = f"9900{chat.number}"
        messages = []
        for place, said in enumerate(chat.said):
            if said.sort == "unsent":
                continue
            mine, theirs = (customer, brand) if said.who == "customer" else (brand, customer)
            text = said.text.replace("&", "&amp;") or "https://t.co/abc123"
            messages.append(
                {
                    "messageCreate": {
                        "recipientId": theirs,
                        "reactions": [],
                        "urls": [],
                        "text": text,
                        "mediaUrls": [] if said.text else ["https://ton.example/1.jpg"],
                        "senderId": mine,
                        "id": f"{chat.number}{place:04}",
                        "createdAt": f"{said.at:%Y-%m-%dT%H:%M:%S}.000Z",
                    }
                }
            )
        key = {"conversationId": f"{customer}-{brand}", "messages": messages}
        conversations.append({"dmConversation": key})
    account = [{"account": {"accountId": brand, "username": "demo"}}]
    return zipped(
        folder / "x.zip",
        {
            "data/account.js": b"window.YTD.account.part0 = " + json.dumps(account).encode(),
            "data/direct-messages.js": b"window.YTD.direct_messages.part0 = "
            + json.dumps(conversations[:2]).encode(),
            "data/direct-messages-part1.js": b"window.YTD.direct_messages.part1 = "
            + json.dumps(conversations[2:]).encode(),
        },
    )


def telegram(folder: Path, chats: Sequence[Chat]) -> Path:
    listed = []
    for chat in chats:
        messages: list[dict[str, Any]] = [{"id": 0, "type": "service", "date_unixtime": "1"}]
        for place, said in enumerate(chat.said, 1):
            if said.sort == "unsent":
                continue
            mine = said.who == "customer"
            message: dict[str, Any] = {
                "id": place,
                "type": "message",
                "date": "2026-03-17T00:00:00",
                "date_unixtime": str(int(said.at.timestamp())),
                "from": chat.customer if mine else BRAND,
                "from_id": f"user{chat.number if mine else 1}",
                "text": [said.text[:2], {"type": "bold", "text": said.text[2:]}]
                if said.text
                else "",
            }
            if said.sort == "sticker":
                message |= {"media_type": "sticker", "sticker_emoji": "🙂", "file": "1.webp"}
            if said.sort == "image":
                message["photo"] = "photos/1.jpg"
            messages.append(message)
        listed.append(
            {
                "name": chat.customer,
                "type": "personal_chat",
                "id": 5000 + chat.number,
                "messages": messages,
            }
        )
    saved = {"type": "saved_messages", "id": 1, "messages": listed[0]["messages"]}
    source = {"about": "demo", "chats": {"about": "demo", "list": [saved, *listed]}}
    return put(folder / "result.json", json.dumps(source, ensure_ascii=False, indent=1))


def chatwoot(folder: Path, chats: Sequence[Chat]) -> Path:
    kinds = {"customer": 0, "auto": 3, "agent": 1, "broadcast": 3}
    for chat in chats:
        payload = [
            {
                "id": chat.number * 100 + place,
                "content": said.text or None,
                "inbox_id": 1,
                "conversation_id": chat.number,
                "message_type": kinds[said.who],
                "created_at": int(said.at.timestamp()),
                "private": False,
                "content_attributes": {"deleted": True} if said.sort == "unsent" else {},
                "attachments": [{"file_type": "image"}] if said.sort == "image" else [],
                "sender": {
                    "name": chat.customer if said.who == "customer" else said.agent,
                    "type": "contact" if said.who == "customer" else "user",
                },
            }
            for place, said in enumerate(chat.said)
        ]
        note = payload[0] | {"id": chat.number * 100 + 90, "message_type": 1, "private": True}
        activity = payload[0] | {"id": chat.number * 100 + 91, "message_type": 2}
        page = {"meta": {}, "payload": [*payload, note, activity]}
        put(folder / "pages" / f"{chat.number}.json", json.dumps(page, ensure_ascii=False))
    return folder / "pages"


def _zendesk_users() -> list[dict[str, Any]]:
    customers = [{"id": c.number, "name": c.customer, "role": "end-user"} for c in CHATS]
    return [*customers, {"id": 900, "name": "阿寶", "role": "agent"}]


def _zendesk_event(chat: Chat, place: int, said: Said, kind: str) -> dict[str, Any]:
    authors = {"customer": chat.number, "agent": 900}
    return {
        "id": chat.number * 1000 + place,
        kind: "Comment",
        "author_id": authors.get(said.who, -1),
        "body": said.text or _EMOJI[said.sort],
        "attachments": [] if said.text else [{"file_name": "1.jpg"}],
        "public": True,
        "via": {"channel": "rule" if said.who in {"auto", "broadcast"} else "web"},
    }


def zendesk_audits(folder: Path, chats: Sequence[Chat]) -> Path:
    audits = [
        {
            "id": chat.number * 1000 + place,
            "ticket_id": chat.number,
            "created_at": f"{said.at:%Y-%m-%dT%H:%M:%SZ}",
            "author_id": 900,
            "events": [_zendesk_event(chat, place, said, "type")],
        }
        for chat in chats
        for place, said in enumerate(chat.said)
        if said.sort != "unsent"
    ]
    source = {"audits": audits[::-1], "users": _zendesk_users()}
    return put(folder / "audits.json", json.dumps(source))


def zendesk_events(folder: Path, chats: Sequence[Chat]) -> Path:
    events = [
        {
            "id": chat.number * 1000 + place,
            "ticket_id": chat.number,
            "timestamp": int(said.at.timestamp()),
            "updater_id": chat.number,
            "child_events": [
                _zendesk_event(chat, place, said, "event_type"),
                {"id": 1, "event_type": "Change", "status": "open"},
            ],
        }
        for chat in chats
        for place, said in enumerate(chat.said)
        if said.sort != "unsent"
    ]
    for part, listed in enumerate((events[::2], events[1::2])):
        source = {"ticket_events": listed, "users": _zendesk_users(), "count": len(listed)}
        put(folder / "events" / f"{part}.json", json.dumps(source))
    return folder / "events"


def intercom(folder: Path, chats: Sequence[Chat]) -> Path:
    types = {"customer": "user", "auto": "bot", "agent": "admin", "broadcast": "bot"}
    listed = []
    for chat in chats:
        parts = [
            {
                "type": "conversation_part",
                "id": str(chat.number * 1000 + place),
                "part_type": "comment",
                "attachments": [] if said.text else [{"name": "1.jpg"}],
                "body": "<p>"
                + (said.text or _EMOJI[said.sort]).replace("\n", "<br>").replace("&", "&amp;")
                + "</p>",
                "created_at": int(said.at.timestamp()),
                "author": {
                    "type": types[said.who],
                    "id": str(chat.number),
                    "name": chat.customer if said.who == "customer" else said.agent,
                },
            }
            for place, said in enumerate(chat.said)
            if said.sort != "unsent"
        ]
        note = {**parts[-1], "id": f"{chat.number}9", "part_type": "note"}
        note["author"] = {"type": "admin", "name": "阿寶"}
        first = parts[0]
        listed.append(
            {
                "type": "conversation",
                "id": str(chat.number),
                "created_at": first["created_at"],
                "source": {"id": first["id"], "body": first["body"], "author": first["author"]},
                "conversation_parts": {
                    "conversation_parts": [*parts[1:], note],
                    "total_count": len(parts),
                },
            }
        )
    source = {"type": "conversation.list", "conversations": listed}
    return put(folder / "intercom.json", json.dumps(source))


LAYOUTS: Mapping[str, Layout] = {
    "line_oa en": Layout(format="line_oa", write=line_oa("en"), marked=True),
    "line_oa ja": Layout(format="line_oa", write=line_oa("ja"), marked=True),
    "line_oa zh-Hant": Layout(format="line_oa", write=line_oa("zh-Hant"), marked=True),
    "line_app zh-Hant": Layout(format="line_app", write=line_app("zh-Hant"), minutes=True),
    "line_app ja": Layout(format="line_app", write=line_app("ja"), minutes=True),
    "line_app en": Layout(format="line_app", write=line_app("en"), minutes=True),
    "facebook": Layout(format="facebook", write=meta("your_facebook_activity")),
    "facebook, older": Layout(format="facebook", write=meta("")),
    "instagram": Layout(format="instagram", write=meta("your_instagram_activity")),
    "messenger_e2e": Layout(format="messenger_e2e", write=messenger_e2e),
    "whatsapp android": Layout(format="whatsapp", write=whatsapp_android, minutes=True),
    "whatsapp android zh": Layout(format="whatsapp", write=whatsapp_android_zh, minutes=True),
    "whatsapp ios": Layout(format="whatsapp", write=whatsapp_ios),
    "x": Layout(format="x", write=x_archive),
    "telegram": Layout(format="telegram", write=telegram),
    "chatwoot": Layout(format="chatwoot", write=chatwoot, marked=True),
    "zendesk audits": Layout(format="zendesk", write=zendesk_audits, marked=True),
    "zendesk events": Layout(format="zendesk", write=zendesk_events, marked=True),
    "intercom": Layout(format="intercom", write=intercom, marked=True),
}
