"""The forms of addresses: streets with a number, and without one where they are announced.

Patterns for `intents.personal`; their Chinese is spelled in traditional characters.
"""

_COUNTY = (
    "(?:台北|新北|桃園|台中|台南|高雄|基隆|新竹|嘉義)市"
    "|(?:新竹|苗栗|彰化|南投|雲林|嘉義|屏東|宜蘭|花蓮|台東|澎湖|金門|連江)縣"
)
# Not the words that stand before a place: "寄到", "我住在".
_PLACE = r"[^\W\d_a-zA-Z在到是寄往去我你您住址改送從給嗎的了請叫於]"
_N = " ?[0-9一二三四五六七八九十百零\u3007]{1,5} ?"
TAIWAN = (
    rf"(?:[0-9]{{3,6}} ?)?(?:(?:{_COUNTY}) ?)?(?:{_PLACE}{{1,3}}[區鄉鎮市] ?)?"
    rf"(?:{_PLACE}{{1,4}}[里村] ?)?(?:{_N}鄰 ?)?{_PLACE}{{1,6}}(?:路|街|大道)(?:{_N}段)?"
    rf"(?:{_N}[巷弄]){{0,3}}(?:{_N}[-之])?{_N}號(?:[-之]{_N})?"
    rf"(?:(?:地下|B)?{_N}[樓F](?:[-之]{_N})?)?(?:[A-Z]?{_N}室)?"
)
_WAY = (
    "(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Crescent|Close|Terrace"
    r"|Place|Square|Way|Highway|Hwy)\b\.?"
)
_FLAT = r"(?:Apt\.? ?|Unit |Flat |#)[0-9A-Z-]{1,6}"
_POSTCODE = r"[0-9]{5}(?:-[0-9]{4})?|[0-9]{3}|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}"
ENGLISH = (
    rf"(?<![0-9A-Za-z_.$#])(?:(?:[0-9]{{1,3}}F(?:-[0-9]{{1,2}})?|{_FLAT}),? ?)?"
    r"(?:No\.? ?)?[0-9]{1,5}[A-Z]?(?:-[0-9]{1,4})?,? "
    r"(?:(?:Aly|Alley|Ln|Lane|Sec|Section)\.? ?[0-9]{1,4},? ){0,3}"
    rf"(?:[A-Z][a-z']{{1,20}}\.? |[NSEW]\.? |[0-9]{{1,3}}(?:st|nd|rd|th) ){{1,4}}{_WAY}"
    rf"(?:,? (?:[NSEW]\b|Sec\.? ?[0-9]|{_FLAT}))?(?:,? [A-Z][a-z]{{2,20}}){{0,3}}"
    rf"(?:,? [A-Z]{{2}}\b)?(?:,? (?:{_POSTCODE})(?![0-9A-Za-z]))?"
)
# What announces that a place is somebody's own.
_OWN = (
    "寄到|寄去|改寄到?|送到|送去|我住在?|住在|住址[:是為]? ?|地址[:是為] ?|地址 |收件地址[:是為]? ?"
)
_ROAD = rf"{_PLACE}{{1,6}}(?:路|街|大道)"
# A road alone, where it is announced; "to the corner of the road" names none.
OWN_ROAD = (
    rf"(?:{_OWN}) ?((?:(?:{_COUNTY}) ?)?(?:{_PLACE}{{1,3}}[區鄉鎮市] ?)?{_ROAD}"
    rf"(?![口邊上線燈由徑況])(?:{_N}段)?(?:{_N}[巷弄]){{0,2}}(?:{_N}號)?)"
)
_SOLID = "[0-9一二三四五六七八九十百零\u3007]{1,5}"
LANE = (
    rf"{_SOLID}巷(?:{_SOLID}弄)?(?:{_SOLID}[-之])?{_SOLID}號(?:{_SOLID}樓(?:[-之]{_SOLID})?)?"
    rf"|{_SOLID}弄(?:{_SOLID}[-之])?{_SOLID}號(?:{_SOLID}樓(?:[-之]{_SOLID})?)?"
    rf"|{_SOLID}號(?:之{_SOLID})?{_SOLID}樓(?:[-之]{_SOLID}|(?![^\W\ue000]))"
)
_SMALL_WAY = "(?:street|road|avenue|lane|boulevard|drive)"
OWN_WAY = (
    r"\b(?:(?:ship|send|deliver|mail|post)(?: it| them| this)? to|my address is|address ?:"
    rf"|i live (?:at|on)|i'm at) ([0-9]{{1,5}}[a-z]? (?:[a-z0-9]{{2,20}} ){{1,3}}{_SMALL_WAY})\b"
)
