"""Files that somebody built to hurt, or that a download or a spreadsheet broke."""

import json
import os
import re
import zipfile
from pathlib import Path

import pytest

from bot.exports import message, shapes, source
from bot.exports.errors import (
    BrokenFile,
    ExportError,
    MixedFormats,
    NoBrand,
    NoMessages,
    TooLarge,
    UnknownFormat,
    UnsafeArchive,
)
from tests.exports.layouts import LAYOUTS, line_oa_csv, put, zipped
from tests.exports.scenario import ACK, CHATS, EXPECTED, Chat, Said, at
from tests.exports.test_formats import asks_of, opened, outline

CSV = line_oa_csv(CHATS[0], "zh-Hant")
NAME = "1_20260317_20260319_陳示範.csv"


def refused(path: Path, error: type[ExportError]) -> str:
    with pytest.raises(error) as caught, opened(path):
        pass
    return str(caught.value)


def test_a_zip_that_swells_up_fills_the_memory(tmp_path: Path) -> None:
    zipped(tmp_path / "bomb.zip", {NAME: CSV + b"\n" * (64 * 2**20)})

    told = refused(tmp_path / "bomb.zip", UnsafeArchive)
    assert "swells to 64 MB" in told
    assert "unpack it and give the folder" in told


def test_a_zip_in_a_zip_hides_what_swells_up(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {NAME: CSV + b"\n" * (64 * 2**20)}).read_bytes()
    outer = zipped(tmp_path / "outer.zip", {"inner.zip": inner})

    assert "swells" in refused(outer, UnsafeArchive)


def test_zips_within_zips_never_end(tmp_path: Path) -> None:
    data = zipped(tmp_path / "0.zip", {NAME: CSV}).read_bytes()
    for depth in range(source.DEEPEST):
        data = zipped(tmp_path / f"{depth + 1}.zip", {"again.zip": data}).read_bytes()

    assert "zips within zips" in refused(tmp_path / f"{source.DEEPEST}.zip", UnsafeArchive)
    with opened(tmp_path / f"{source.DEEPEST - 1}.zip") as export:
        assert export.counts.messages == 7


@pytest.mark.parametrize("name", ["../../etc/x.csv", "/etc/x.csv", "a/../../x.csv", "C:/x.csv"])
def test_a_path_out_of_the_archive_is_followed(tmp_path: Path, name: str) -> None:
    zipped(tmp_path / "e.zip", {NAME: CSV, name: CSV})

    assert "leads out of the archive" in refused(tmp_path / "e.zip", UnsafeArchive)


def test_a_link_out_of_the_folder_is_followed(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "2_secret.csv", line_oa_csv(CHATS[1], "en"))
    folder = put(tmp_path / "export" / NAME, CSV).parent
    (folder / "2_secret.csv").symlink_to(tmp_path / "elsewhere" / "2_secret.csv")
    (folder / "more").symlink_to(tmp_path / "elsewhere")

    with opened(folder) as export:
        assert export.counts.conversations == 1


def test_a_pipe_is_read_for_ever(tmp_path: Path) -> None:
    put(tmp_path / NAME, CSV)
    os.mkfifo(tmp_path / "2_pipe.csv")

    with opened(tmp_path) as export:
        assert export.counts.conversations == 1


def test_a_locked_zip_gives_a_traceback(tmp_path: Path) -> None:
    file = zipped(tmp_path / "e.zip", {NAME: CSV})
    data = bytearray(file.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    file.write_bytes(data)

    assert "locked with a password" in refused(file, BrokenFile)


def test_a_file_damaged_in_its_zip_is_read_as_if_it_ended(tmp_path: Path) -> None:
    file = zipped(tmp_path / "e.zip", {NAME: CSV * 40})
    data = bytearray(file.read_bytes())
    place = data.index(b".csv") + 200
    data[place : place + 60] = bytes(60)
    file.write_bytes(data)

    assert "download the export again" in refused(file, BrokenFile)


def test_a_zip_cut_short_gives_a_traceback(tmp_path: Path) -> None:
    file = zipped(tmp_path / "e.zip", {NAME: CSV})
    file.write_bytes(file.read_bytes()[:-30])

    assert "download it again" in refused(file, BrokenFile)


@pytest.mark.parametrize(
    ("name", "format"),
    [("facebook", "message_1.json"), ("telegram", "result.json"), ("intercom", "intercom.json")],
)
def test_json_cut_short_is_read_as_if_it_ended(tmp_path: Path, name: str, format: str) -> None:
    path = LAYOUTS[name].write(tmp_path, CHATS)
    for file in tmp_path.rglob(format):
        file.write_bytes(file.read_bytes()[:-40])

    told = refused(path, BrokenFile)
    assert format in told
    assert "export it again or leave it out" in told


def test_a_csv_cut_short_loses_more_than_its_last_row(tmp_path: Path) -> None:
    put(tmp_path / NAME, CSV[:-70])

    with opened(tmp_path) as export:
        assert export.counts.messages >= 5


def test_a_quote_that_never_ends_takes_all_the_memory(tmp_path: Path) -> None:
    put(tmp_path / NAME, CSV + b'User,x,2026/03/17,12:00:00,"' + b"x\n" * 2**20)

    assert "is damaged at line" in refused(tmp_path, BrokenFile)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp950"])
def test_a_spreadsheet_saved_it_in_an_encoding_that_cannot_be_read(
    tmp_path: Path, encoding: str
) -> None:
    text = CSV.decode("utf-8-sig").replace("🙏", "")
    put(tmp_path / NAME, text.encode(encoding))

    with opened(tmp_path) as export:
        (one,) = export.conversations()
        assert one.messages[3].text == "有的，明天出貨"
        assert outline(asks_of(export)) == (EXPECTED[0], EXPECTED[3])


def test_a_japanese_spreadsheet_cannot_be_read(tmp_path: Path) -> None:
    text = line_oa_csv(CHATS[2], "ja").decode("utf-8-sig").replace("ë", "e").replace("ü", "u")
    text = text.replace("這個多少錢", "これはいくらですか")
    put(tmp_path / NAME, text.encode("cp932"))

    with opened(tmp_path) as export:
        (one,) = export.conversations()
        assert [each.text for each in one.messages][2] == "これはいくらですか"


def test_letters_of_two_encodings_stop_the_reading(tmp_path: Path) -> None:
    put(tmp_path / NAME, CSV + "User,x,2026/03/18,12:00:00,你好\r\n".encode("cp950"))

    with opened(tmp_path) as export:
        assert export.counts.messages == 8


@pytest.mark.parametrize("between", [".", "-", "：", " "])
def test_a_spreadsheet_that_parts_hours_otherwise_makes_messages_unread(
    tmp_path: Path, between: str
) -> None:
    text = re.sub(r"(\d\d):(\d\d):(\d\d)", between.join((r"\1", r"\2", r"\3")), CSV.decode())
    put(tmp_path / NAME, text)

    with opened(tmp_path) as export:
        assert outline(asks_of(export)) == (EXPECTED[0], EXPECTED[3])
        assert export.facts.unread == 0


def test_a_spreadsheet_that_took_the_seconds_makes_up_some(tmp_path: Path) -> None:
    text = CSV.decode("utf-8-sig").replace("11:00:05", "11:00").replace("2026/03/17", "2026/3/17")
    put(tmp_path / NAME, text)

    with opened(tmp_path) as export:
        assert export.facts.resolution_seconds == 60
        assert export.counts.messages == 7


def test_half_a_surrogate_stops_the_reading(tmp_path: Path) -> None:
    path = LAYOUTS["telegram"].write(tmp_path, CHATS)
    path.write_text(path.read_text("utf-8").replace("新", r"\ud83d"), "utf-8")
    other = LAYOUTS["intercom"].write(tmp_path / "other", CHATS)
    other.write_text(other.read_text("utf-8").replace(r"\u65b0", r"\ud83d"), "utf-8")

    for file in (path, other):
        with opened(file, automatic=(ACK,)) as export:
            for one in export.conversations():
                assert "".join(each.text for each in one.messages).encode()


def test_overlapping_exports_count_twice(tmp_path: Path) -> None:
    whole = CSV.decode("utf-8-sig").splitlines(keepends=True)
    early, late = "".join(whole[:10]), "".join([*whole[:4], *whole[7:]])
    put(tmp_path / "march" / NAME, early)
    put(tmp_path / "april" / "7_20260317_20260320_陳示範.csv", late)

    with opened(tmp_path) as export:
        assert outline(asks_of(export)) == (EXPECTED[0], EXPECTED[3])


def test_two_customers_of_one_name_are_one(tmp_path: Path) -> None:
    for number, chat in ((1, CHATS[0]), (2, CHATS[1])):
        put(tmp_path / f"{number}_20260317_20260319_小美.csv", line_oa_csv(chat, "zh-Hant"))

    with opened(tmp_path) as export:
        assert [each.id for each in export.conversations()] == ["1_小美", "2_小美"]


def test_a_chat_without_a_word_counts_as_unreadable(tmp_path: Path) -> None:
    put(tmp_path / NAME, CSV)
    put(tmp_path / "2_李.csv", b"".join(CSV.splitlines(keepends=True)[:4]))

    with opened(tmp_path) as export:
        assert (export.counts.conversations, export.facts.unread) == (1, 0)


def test_a_read_me_file_spoils_the_folder(tmp_path: Path) -> None:
    folder = LAYOUTS["whatsapp android"].write(tmp_path, CHATS)
    put(folder / "AAA read me.txt", "Thank you for choosing us")

    with opened(folder) as export:
        assert export.counts.conversations == len(CHATS)
        assert export.facts.unread == 0


def test_two_kinds_of_exports_are_mixed_up(tmp_path: Path) -> None:
    LAYOUTS["telegram"].write(tmp_path, CHATS)
    LAYOUTS["whatsapp ios"].write(tmp_path, CHATS)

    told = refused(tmp_path, MixedFormats)
    assert "telegram (1 files), whatsapp (4 files)" in told
    with opened(tmp_path, format="telegram") as export:
        assert export.format.name == "telegram"


def test_an_empty_or_foreign_file_gives_a_traceback(tmp_path: Path) -> None:
    assert "0 files" in refused(tmp_path, UnknownFormat)
    put(tmp_path / "a.txt", "")
    assert "LINE Official Account" in refused(tmp_path, UnknownFormat)
    put(tmp_path / "b.json", "[1, 2")
    refused(tmp_path, UnknownFormat)
    header_only = put(tmp_path / "c" / NAME, b"".join(CSV.splitlines(keepends=True)[:4]))
    assert "no messages" in refused(header_only, NoMessages)


def test_a_chat_of_two_without_a_title_guesses_the_brand(tmp_path: Path) -> None:
    chat = {"messages": [{"sender_name": name, "timestamp_ms": 1} for name in ("Ann", "Ben")]}
    path = put(tmp_path / "message_1.json", json.dumps(chat))

    assert "--brand, such as 'Ann', 'Ben'" in refused(path, NoBrand)
    with opened(path, brand="Ben") as export:
        assert export.brand.name == "Ben"


def test_one_chat_may_be_as_large_as_it_likes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message, "MOST_MESSAGES", 6)
    put(tmp_path / NAME, CSV)

    assert "export a shorter period" in refused(tmp_path, TooLarge)


def test_one_value_of_a_large_json_may_be_as_large_as_it_likes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shapes, "MOST_OF_ONE", 2**18)
    head = '{"about": "x", "chats": {"list": [{"messages": [{"date_unixtime": "'
    path = put(tmp_path / "result.json", head + "1" * 2**21)

    assert "is it an export?" in refused(path, TooLarge)


def test_more_files_than_any_export_has_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MOST_MEMBERS", 3)
    path = LAYOUTS["line_oa en"].write(tmp_path, CHATS)

    assert "4 files" in refused(path, TooLarge)


def test_more_bytes_than_any_export_has_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 1000)
    path = LAYOUTS["line_oa en"].write(tmp_path, CHATS)

    assert "export a shorter period" in refused(path, TooLarge)


def test_a_zip_that_lies_about_a_size_is_believed(tmp_path: Path) -> None:
    file = zipped(tmp_path / "e.zip", {NAME: CSV + b"\r\n" * 2**18})
    data = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as archive:
        size = archive.infolist()[0].file_size
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(mark) + offset
        assert int.from_bytes(data[place : place + 4], "little") == size
        data[place : place + 4] = (100).to_bytes(4, "little")
    file.write_bytes(data)

    refused(file, ExportError)


def test_a_large_export_is_read_again_and_tells_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / "facebook").mkdir()
    path = LAYOUTS["facebook"].write(folder, CHATS)
    put(tmp_path / NAME, CSV + b"User,x,yesterday,12:00:00,?\r\n")
    monkeypatch.setattr("bot.exports.export.MOST_KEPT", 3)

    with opened(path, automatic=(ACK,)) as export:
        assert outline(asks_of(export)) == EXPECTED
        assert export.counts.messages == 16
    with opened(tmp_path / NAME) as export:
        assert outline(asks_of(export)) == (EXPECTED[0], EXPECTED[3])
        assert export.facts.unread == 1


def test_what_went_to_many_at_once_answers_someone(tmp_path: Path) -> None:
    sale = Said(at=at("11:00:00"), who="broadcast", text="新品上市")
    asked = Said(at=at("10:00:00"), who="customer", text="有貨嗎？")
    chats = [Chat(number=n, customer=f"客戶{n}", said=(asked, sale)) for n in range(1, 51)]

    for told, answered in ((chats, None), (chats[1:], sale.at)):
        with opened(LAYOUTS["line_oa en"].write(tmp_path, told)) as export:
            assert {ask.answered_at for ask in asks_of(export)} == {answered}
