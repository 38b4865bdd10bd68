"""Find people's names where the words around them make it sure, in simplified, half-width text.

A name looks like any other word, so it counts only behind what announces it, or before a title.
"""

import re
from collections.abc import Iterator

from intents.normalize import simplified

# The most frequent surnames in Taiwan, without those that are mostly other words.
_SURNAMES = simplified(
    "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐周葉蘇莊江呂何羅高蕭潘簡朱鍾彭游詹胡施沈余趙盧梁顏柯孫魏翁戴范宋方鄧杜傅侯曹薛"
    "丁卓阮馬董溫唐藍石蔣古紀姚馮歐程湯黎田康姜汪白鄒尤巫龔嚴韓袁金童陸夏柳涂邵錢伍倪譚駱熊甘秦顧毛章史俞雷饒闕崔尹孔辛武段"
    "龍韋葛孟褚殷賀賈莫丘梅裴樊"
)
_LONG_SURNAMES = simplified("歐陽|司馬|上官|諸葛|張簡|范姜|端木|皇甫|司徒")
_SURNAME = f"(?:{_LONG_SURNAMES}|[{_SURNAMES}])"
# Characters that make a word of what would be a name.
_NO_GIVEN = simplified(
    "的了是在有不這那個們會嗎呢吧啊喔買賣訂單下要想去來到沒就也都還很用從把被給跟和說問號點元錢月日年週周貨色級卡員生客校口店時便湖屬"
    "速度興價格法式向面案位可能以能可改寫錯填名對符先女太上中前後打退換收寄送查找看叫我你妳您他她它什麼誰哪怎過再又只才"
    "金銀第一二三四五六七八九十多少本些人控迷粉族店件份款末間電話手機地址媽爸"
)
_GIVEN = f"[^\\W\\d_a-zA-Z{_NO_GIVEN}]"
# Words that begin with what is a surname, too.
_NO_NAME_HAN = simplified(
    "(?!謝謝|古董|江浙|高雄|林口|石斑|黃金|白金|金門|方形|方便|高級|高中|方小|藍芽|石頭|馬上|唐裝|夏天|田園|溫泉|高粱|黃豆|白色|黃色|藍色)"
)
_FULL = f"{_NO_NAME_HAN}{_SURNAME}(?!小姐){_GIVEN}{{1,2}}"
_ENDS = r"(?=$|[^\w]|\ufffc|\ue000)"
# What may go on right behind a name that was announced.
_GOES_ON = simplified(
    r"(?=$|[^\w]|\ue000|先生|小姐|女士|太太|可以|電話|手機|地址|謝|喔|啊|[收嗎要您])"
)
_HAN_LABEL = simplified(
    "(?:收件|收貨|取件|取貨|寄件|訂購|購買|聯絡|持卡)(?:人|者)|(?:真實)?姓名|大名|戶名"
    "|名字(?=[是叫為: ])"
)
_JOINT = simplified(r"(?: ?[::=] ?|請?改(?:成|為)?|是|為|叫| )?")
_TITLE = simplified("(?:先生(?!牌)|小姐(?!姐)|女士|太太)")
# "Perhaps", "the other side" and the like end in what is a surname, too.
_WORDS = "也許 或許 允許 不許 對方 地方 官方 雙方 店方 我方 工程 過程 身高 提高 蛋白 雪白 謝謝"
_WORD_BEFORE = "".join(f"(?<!{word[0]}(?={word[1]}))" for word in simplified(_WORDS).split())
_LATIN = r"[A-Za-z][A-Za-z'\u2019-]{1,20}"
_CAPITAL = r"[A-Z][A-Za-z'\u2019-]{1,20}"
_NO_NAME = (
    r"(?!(?:wrong|incorrect|missing|not|on|in|the|a|an|is|at|my|your|still|also|different|spel\w+"
    r"|miss\w+|mis\w+|mine|me|he|she|him|her|they|someone|nobody|who|it|there|same|correct|engraved|required"
    r"|long|short|optional|empty|blank|field|tag|printed|changed|cut"
    r"|and|or|generally|strictly|very|just|only|too|so|what|that|this|no)\b)"
)
_SOME = rf"{_NO_NAME}{_LATIN}(?: {_NO_NAME}[A-Za-z][A-Za-z'\u2019-]{{0,20}}){{0,2}}"
_LATIN_ENDS = r"(?= ?(?:$|[,.!?;:\n)~–]| - | and i\b| and my\b| from \b| here\b| \())"

_NAME_IS = r"(?:full |first |last )?name(?: is|'s|\u2019s)"
_KINDS = "full|first|last|recipient|receiver|customer|contact|billing|shipping|cardholder"

_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:{_HAN_LABEL}){_JOINT}({_FULL}){_GOES_ON}",
        rf"(?:{_HAN_LABEL}) ?[:= ] ?({_CAPITAL}(?: {_CAPITAL}){{0,2}})",
        rf"我叫(?:做)? ?({_FULL}){_GOES_ON}",
        rf"(?:我是|本人|{simplified('這裡是|這邊是')}) ?({_LONG_SURNAMES}{_GIVEN}|{_FULL}){_ENDS}",
        rf"(?:我姓|敝姓|免{simplified('貴')}姓) ?({_SURNAME}){_ENDS}",
        rf"{_WORD_BEFORE}({_FULL}){_TITLE}",
        rf"{_WORD_BEFORE}({_SURNAME}){_TITLE}",
        rf"\b(?i:(?:my|the) {_NAME_IS}) ({_NO_NAME}{_CAPITAL}(?: {_CAPITAL}){{0,2}})(?![a-z])",
        rf"\b(?i:my {_NAME_IS}) (?i:({_SOME}){_LATIN_ENDS})",
        rf"\b(?i:this is) (?i:({_SOME}) speaking){_LATIN_ENDS}",
        rf"\b(?i:this is) ({_CAPITAL}(?: {_CAPITAL}){{0,2}}) here\b",
        rf"(?:^|[\n,.;:!?] ?|\b(?i:{_KINDS}) )(?i:name|recipient|receiver|consignee) ?[:=] ?"
        rf"(?i:({_SOME}){_LATIN_ENDS})",
        rf"\b(?:Mrs|Mr|Ms)\.? ({_CAPITAL}(?: {_CAPITAL})?)(?![a-z])",
    )
)
WORTH_A_LOOK = (
    simplified(
        "我叫|我是|[我敝免貴]姓|本人|這[裡邊]是|姓名|大名|戶名|名字|[件貨購買絡卡][人者]|先生|小姐|女士|太太"
    )
    + r"|(?i:\bname|\brecipient|\breceiver|\bconsignee|\bthis is\b|\bm(?:rs?|s)\b)"
)
_ANNOUNCED = re.compile(WORTH_A_LOOK)


def names(text: str) -> Iterator[tuple[int, int]]:
    """Where somebody's name stands in *text*; they may overlap, the longest come first."""
    if not _ANNOUNCED.search(text):
        return
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield match.span(1)
