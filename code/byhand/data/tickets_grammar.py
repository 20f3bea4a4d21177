"""The grammar behind `tickets`: sentence patterns and word lists,
English and Chinese."""

from typing import NamedTuple


class Grammar(NamedTuple):
    """Patterns hold words and slots in braces;
    a date and an hour are several words each."""

    frames: dict
    cities: dict
    times: dict
    fillers: tuple


_MONTHS = "january february march april may june july august september october november december"
_DAYS = "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 13th 14th 15th 16th 17th 18th 19th"
_DAYS += " 20th 21st 22nd 23rd 24th 25th 26th 27th 28th"

ENGLISH = Grammar(
    frames={
        "seen": (
            "arrive {destination} on {date}",
            "leave {origin} on {date}",
            "i would like to reach {destination} on {date}",
            "i would like to depart {origin} at {hour}",
            "we have to leave {origin} at {hour}",
            "we have to arrive {destination} at {hour}",
            "a ticket from {origin} to {destination} please",
            "on {date} we depart {origin}",
            "on {date} we reach {destination} at {hour}",
            "please book a train to {destination} on {date}",
            "is there a flight from {origin} on {date}",
            "leave {origin} and arrive {destination} on {date}",
        ),
        "unseen": (  # the same words in an order that no seen pattern has
            "please arrive {destination} on {date} at {hour}",
            "at {hour} on {date} we have to depart {origin}",
            "a flight to {destination} from {origin} on {date}",
            "is there a train to {destination} at {hour}",
            "i would like to reach {destination} and leave {origin} on {date}",
            "on {date} to {destination} please and from {origin} at {hour}",
        ),
        "far": (
            "arrive the {words} city of {destination} on {date}",
            "leave the {words} city of {origin} on {date}",
            "i would like to reach the {words} city of {destination} at {hour}",
            "i would like to depart the {words} city of {origin} at {hour}",
        ),
        "after": (
            "{destination} is the {words} city that we reach on {date}",
            "{origin} is the {words} city that we depart on {date}",
            "{destination} is the {words} city that we arrive at {hour}",
            "{origin} is the {words} city that we leave at {hour}",
        ),
    },
    cities={
        "seen": tuple(
            "taipei tokyo paris london berlin madrid rome vienna oslo lisbon "
            "dublin prague athens "
            "cairo lima "
            "boston chicago sydney mumbai seoul".split()
        ),
        "unseen": tuple(
            "kaohsiung osaka lyon leeds hamburg seville naples denver perth busan".split()
        ),
    },
    times={
        "date": (_MONTHS.split(), _DAYS.split()),
        "hour": (
            tuple(
                "one two three four five six seven eight nine ten eleven twelve".split()
            ),
            ("am", "pm"),
        ),
    },
    fillers=tuple(
        "old big small quiet noisy busy famous pretty grey sunny rainy green".split()
    ),
)

CHINESE = Grammar(
    frames={
        "seen": (
            "{date} 到達 {destination}",
            "{date} 離開 {origin}",
            "我 想 在 {date} 抵達 {destination}",
            "我 想 在 {hour} 告別 {origin}",
            "我們 必須 {hour} 離開 {origin}",
            "我們 必須 {hour} 到達 {destination}",
            "一張 從 {origin} 到 {destination} 的 票",
            "我們 告別 {origin} 是 {date}",
            "我們 抵達 {destination} 是 {date} {hour}",
            "請 訂 {date} 到 {destination} 的 火車",
            "有 {date} 從 {origin} 出發 的 飛機 嗎",
            "離開 {origin} 然後 到達 {destination}",
        ),
        "unseen": (
            "請 到達 {destination} 在 {date} {hour}",
            "{date} {hour} 我們 必須 告別 {origin}",
            "{date} 到 {destination} 從 {origin} 的 飛機",
            "有 {hour} 到 {destination} 的 火車 嗎",
            "我 想 抵達 {destination} 然後 離開 {origin}",
            "到 {destination} 的 票 請 訂 {date} 從 {origin} 出發 的",
        ),
        "far": (
            "{date} 到達 那 座 {words} 城市 {destination}",
            "{date} 離開 那 座 {words} 城市 {origin}",
            "我 想 在 {hour} 抵達 那 座 {words} 城市 {destination}",
            "我 想 在 {hour} 告別 那 座 {words} 城市 {origin}",
        ),
        "after": (
            "{destination} 這座 {words} 城市 是 我們 要 到達 的 地方",
            "{origin} 這座 {words} 城市 是 我們 要 離開 的 地方",
            "{destination} 這座 {words} 城市 是 我們 要 抵達 的 地方",
            "{origin} 這座 {words} 城市 是 我們 要 告別 的 地方",
        ),
    },
    cities={
        "seen": tuple(
            "台北 東京 巴黎 倫敦 柏林 馬德里 羅馬 維也納 奧斯陸 里斯本 都柏林 "
            "布拉格 雅典 開羅 利馬 波士頓 芝加哥 雪梨 孟買 首爾".split()
        ),
        "unseen": tuple(
            "高雄 大阪 里昂 利茲 漢堡 塞維亞 拿坡里 丹佛 伯斯 釜山".split()
        ),
    },
    times={
        "date": (
            tuple(
                f"{month}月"
                for month in "一 二 三 四 五 六 七 八 九 十 十一 十二".split()
            ),
            tuple(
                f"{day}日"
                for day in "一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四 十五 十六 十七 十八 "
                "十九 二十 二十一 二十二 二十三 二十四 二十五 二十六 二十七 二十八".split()
            ),
        ),
        "hour": (
            ("上午", "下午"),
            tuple(
                f"{h}點"
                for h in "一 兩 三 四 五 六 七 八 九 十 十一 十二".split()
            ),
        ),
    },
    fillers=tuple(
        "古老的 大的 小的 安靜的 熱鬧的 繁忙的 有名的 美麗的 灰色的 晴朗的 多雨的 綠色的".split()
    ),
)

GRAMMARS = {"en": ENGLISH, "zh": CHINESE}
