"""The words of LINE's manager in its three languages, by which an export is understood."""

import re

from bot.exports.message import Sort

HEADERS = frozenset({"Sender type", "送信者タイプ", "傳送者類型"})
ACCOUNT = frozenset({"Account name", "アカウント名", "帳號名稱"})
ZONE = frozenset({"Time zone", "タイムゾーン", "時區"})
MADE = frozenset({"Downloaded on", "ダウンロード日時", "下載時間"})
# The account's own sender names: replies that LINE sends by itself, and its AI chatbot.
AUTOMATIC = frozenset(
    {
        "Auto-response",
        "応答メッセージ",
        "自動回應訊息",
        "Greeting message",
        "あいさつメッセージ",
        "加入好友的歡迎訊息",
    }
)
# What came through the Messaging API: a bot, a broadcast, or a desk of somebody else.
MACHINE = frozenset({"Unknown", "AI 聊天機器人", "AI chatbot", "AIチャットボット"})
_SENTENCES: dict[Sort, str] = {
    "unsent": (
        r"(?i:(?:A )?message (?:was )?unsent|You unsent a message"
        r"|送信が取り消されたメッセージです|(?:此)?訊息已(?:被)?收回|已收回(?:此)?訊息|此則?訊息已收回)[.。]?"
    ),
    "sticker": (
        r"(?:You (?:received|sent) a sticker|スタンプを(?:送信|受信)しました"
        r"|貼圖已傳送|您?收到一則貼圖(?:訊息)?)[.。]?"
    ),
    "image": (
        r"(?:You (?:received|sent) an? (?:photo|image)|(?:写真|画像)を(?:送信|受信)しました"
        r"|(?:照片|圖片)已傳送|您?收到一則(?:照片|圖片|圖文)(?:訊息)?)[.。]?"
    ),
    "media": (
        r"(?:You (?:received|sent) an? (?:video|file|(?:voice|audio) message|location|contact)"
        r"|(?:動画|ファイル|ボイスメッセージ|音声メッセージ|位置情報|連絡先)を(?:送信|受信)しました"
        r"|(?:影片|檔案|語音訊息|語音|位置資訊|聯絡資訊|訊息)已傳送"
        r"|您?收到一則(?:影片|檔案|語音|位置(?:資訊)?|聯絡資訊)(?:訊息)?)[.。]?"
    ),
}
# One expression with a group for each sort: one look at a text, not four.
MEDIA = re.compile("|".join(f"(?P<{sort}>{told})" for sort, told in _SENTENCES.items()))
# No such sentence is longer; most texts are no candidates.
LONGEST_SENTENCE = 40
BEGINNINGS = frozenset("AMYam送スタ写画動フボ音位連貼照圖影檔語聯訊您收此已")
