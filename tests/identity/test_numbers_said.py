"""Nobody's number travels in what a counter types, however it is written; case numbers do."""

import json

import pytest

from services.kernel.check_digits import mod_11_2
from tests.identity.office import NUMBER, Json, Office
from tests.identity.test_emergency import fetch, upload, use

MOBILE = "13812345678"
BORN = "42032219491001" + "231"
WITH_X = next(
    BORN[:14] + f"{place:03}X" for place in range(999) if mod_11_2(BORN[:14] + f"{place:03}") == "X"
)

NUMBERS = [
    MOBILE,
    f"+86{MOBILE}",
    f"86{MOBILE}",
    f"0086 {MOBILE}",
    "+86 138 1234 5678",
    "138-1234-5678",
    "(138)12345678",
    "（１３８）１２３４－５６７８",
    "138.1234.5678",
    "138\u00b71234\u00b75678",
    "138\u30001234\u20105678",
    "1 3 8 1 2 3 4 5 6 7 8",
    "138\u200b1234\u200b5678",
    "١٣٨١٢٣٤٥٦٧٨",
    f"联系{MOBILE}",
    f"YX-2026-7 {MOBILE}",
    f"{MOBILE}X",
    "YX-2026-138 1234 5678",
    NUMBER,
    WITH_X,
    WITH_X.lower(),
    f"身份证{NUMBER}号",
    f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}",
    f"{WITH_X[:6]}-{WITH_X[6:14]}-{WITH_X[14:17]}-x",
    f"[{NUMBER[:6]}][{NUMBER[6:]}]",
    f"2026-{NUMBER}",
]

CASES = [
    "420322202611240000123456",
    "西市监检〔2026〕17号",
    "西市监处罚〔2026〕138号",
    "（2026）鄂0322民初1234号",
    "鄂西政复决〔2026〕12号",
    "YX-2026-0007",
    "2026031500000001",
    "11420322MB0A00002F-2026-000123",
    "420322-20260315-0001-8",
    "JY14203220012345",
    "2026-17-123456789",
    "202613812345678",
    "BJ20260301080012345678",
    "1381234567",
    "138123456789",
    "23812345678",
    "12812345678",
    f"{NUMBER[:17]}{(int(NUMBER[17]) + 1) % 10}",
    "420322202613450017",
    f"{NUMBER}00",
]


async def refused(office: Office, field: str, said: str) -> Json:
    """A scan from a counter that the sign-in does not name, so that every field is typed."""
    token = await office.operator(counter="")
    typed = {"counter": "3号窗口", "purpose": "办证", "token": token} | {field: said}
    return dict((await office.scan(await office.code(), **typed)).json())


class TestSomebodysNumber:
    @pytest.mark.parametrize("said", NUMBERS)
    @pytest.mark.parametrize("field", ["purpose", "counter", "case_number"])
    async def test_is_refused_wherever_it_was_typed_and_repeated_nowhere(
        self, office: Office, field: str, said: str
    ) -> None:
        answer = await refused(office, field, said)
        assert answer.get("code") == f"{field}_names_person"
        assert said not in json.dumps(answer, ensure_ascii=False)
        assert await office.said("identity-scan") == []

    async def test_leaves_the_code_unused(self, office: Office) -> None:
        code = await office.code()
        assert (await office.scan(code, case_number=MOBILE)).status_code == 422
        assert (await office.scan(code, case_number="YX-1")).status_code == 201

    async def test_is_refused_also_in_the_counter_of_the_sign_in(self, office: Office) -> None:
        token = await office.operator(counter=f"窗口{MOBILE}")
        answer = await office.scan(await office.code(), token=token)
        assert answer.json()["code"] == "counter_names_person"

    @pytest.mark.parametrize("said", ["20260301080012345678", "12345678901"])
    async def test_is_taken_for_one_in_a_purpose_from_eleven_digits_on(
        self, office: Office, said: str
    ) -> None:
        assert (await refused(office, "purpose", f"办 {said}"))["code"] == "purpose_names_person"

    async def test_may_lie_in_no_future(self, office: Office) -> None:
        """Region, day and serial number of a case look like a citizen number: this day is still to come."""
        unborn = "42032220270301" + "001"
        assert (await refused(office, "case_number", unborn + mod_11_2(unborn)))["state"] == "granted"

    @pytest.mark.parametrize(
        ("field", "reason"),
        [
            ("purpose", "purpose_names_person"),
            ("counter", "counter_names_person"),
            ("item", "item_unknown"),
        ],
    )
    async def test_is_refused_in_a_use_that_is_told_of_afterwards(
        self, office: Office, field: str, reason: str
    ) -> None:
        code = (await fetch(office))[0]["code"]
        body = {"uses": [use(office, code, counter="3号窗口") | {field: NUMBER}]}
        token = await office.operator(counter="")
        [told] = (await office.call("POST", "/v1/offline-uses", token, json=body)).json()["uses"]
        assert (told["outcome"], told["reason"]) == ("refused", reason)
        assert NUMBER not in json.dumps(told)
        assert (await upload(office, use(office, code)))[0]["outcome"] == "recorded"


class TestACaseNumber:
    @pytest.mark.parametrize("said", CASES)
    async def test_is_nobodys(self, office: Office, said: str) -> None:
        seen = await refused(office, "case_number", said)
        assert (seen.get("state"), seen["case_number"]) == ("granted", said)


class TestWhatIsSaidAtACounter:
    @pytest.mark.parametrize(
        "said",
        [
            "办理2026年3月1日至2026年12月31日的许可",
            "2026-03-01至2026-04-01的变更",
            "2026.3.15-2026.4.15 展期",
            "第13号、第15号窗口受理",
            "电话 0719-6232323 预约的变更",
        ],
    )
    async def test_dates_and_short_numbers_name_nobody(self, office: Office, said: str) -> None:
        assert (await refused(office, "purpose", said))["state"] == "granted"

    @pytest.mark.parametrize("said", ["3号窗口", "A-138", "2楼 B区 (13)", "1号厅-2-03"])
    async def test_a_counter_may_have_digits(self, office: Office, said: str) -> None:
        assert (await refused(office, "counter", said))["counter"] == said
