"""Between the scan and the tap much may end: the tap is asked by the rule of a scan, and nothing hangs."""

from services.identity.domain.operators import Operator
from services.identity.store import HOLDERS, MANDATES, OPERATORS, KeptOperators
from tests.identity.office import ELSEWHERE, FOOD, HEALTH, HERE, OTHER_ITEM, Json, Office, claims_of
from tests.identity.test_consent import MANDATE, mandated, mine, pending, see, sensitive, tap, told

__all__ = ["sensitive"]


async def moves(office: Office, organisation: str) -> None:
    """The operator of the scan, to another organisation."""
    staff = KeptOperators(office.documents, office.aggregates(OPERATORS))
    listed = await staff.find("w001@staff")
    assert listed is not None
    moved = Operator(operator_id=listed.operator_id, version=listed.version + 1, organisation=organisation)
    await staff.keep(moved, emit=moved.changed(by="admin"))


async def ended(office: Office, seen: Json, reason: str) -> None:
    """No grant, no hanging, and the same word for everybody who looks again."""
    assert told(await tap(office, seen["scan_id"], "approve")) == (410, "scan_withdrawn")
    now = (await see(office, seen["scan_id"])).json()
    assert (now["state"], now["grant"]) == ("withdrawn", None)
    assert [(one["scan_id"], one["reason"]) for one in await office.said("identity-grant")] == [
        (seen["scan_id"], reason)
    ]


class TestTheTap:
    async def test_gives_nothing_to_an_organisation_that_may_ask_for_nothing_any_more(
        self, sensitive: Office
    ) -> None:
        seen = await pending(sensitive)
        await sensitive.put_organisation(may_ask_for=[])
        assert told(await tap(sensitive, seen["scan_id"], "approve")) == (403, "organisation_not_entitled")
        await ended(sensitive, seen, "organisation_not_entitled")

    async def test_gives_nothing_where_the_item_is_not_handled_any_more(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        await sensitive.put_organisation(items=[OTHER_ITEM])
        assert told(await tap(sensitive, seen["scan_id"], "approve")) == (403, "item_not_handled")
        await ended(sensitive, seen, "organisation_not_entitled")

    async def test_gives_only_what_may_still_be_asked_for(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        assert seen["certificate_types"] == [FOOD, HEALTH]
        await sensitive.put_organisation(may_ask_for=[HEALTH])
        answer = (await tap(sensitive, seen["scan_id"], "approve")).json()
        assert answer["state"] == "granted"
        now = (await see(sensitive, seen["scan_id"])).json()
        assert (now["certificate_types"], now["withheld_types"]) == ([HEALTH], [FOOD])
        assert claims_of(now["grant"])["certificate_types"] == [HEALTH]
        assert [one["certificate_types"] for one in await sensitive.said("identity-grant")] == [[HEALTH]]

    async def test_gives_nothing_more_than_was_shown_when_rights_grew(self, sensitive: Office) -> None:
        await sensitive.put_organisation(may_ask_for=[HEALTH])
        seen = await pending(sensitive)
        await sensitive.put_organisation(may_ask_for=[FOOD, HEALTH])
        await tap(sensitive, seen["scan_id"], "approve")
        now = (await see(sensitive, seen["scan_id"])).json()
        assert claims_of(now["grant"])["certificate_types"] == [HEALTH]

    async def test_gives_nothing_to_an_operator_who_went_elsewhere(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        await sensitive.put_organisation(ELSEWHERE, name="郧西县数据局")
        await moves(sensitive, ELSEWHERE)
        assert told(await tap(sensitive, seen["scan_id"], "approve")) == (403, "operator_removed")
        await moves(sensitive, HERE)
        await ended(sensitive, seen, "operator_removed")

    async def test_gives_nothing_of_somebody_who_is_not_registered_any_more(self, sensitive: Office) -> None:
        seen, token = await pending(sensitive), await mine(sensitive)
        await sensitive.documents.delete(HOLDERS, await sensitive.holder_id())
        assert told(await tap(sensitive, seen["scan_id"], "approve", token)) == (404, "holder_unknown")
        assert await sensitive.said("identity-grant") != []

    async def test_gives_nothing_under_a_mandate_that_is_gone(self, sensitive: Office) -> None:
        code, own, _ = await mandated(sensitive)
        seen = (await sensitive.scan(code)).json()
        await sensitive.documents.delete(MANDATES, MANDATE)
        assert told(await tap(sensitive, seen["scan_id"], "approve", own)) == (410, "mandate_ended")
        assert [one["reason"] for one in await sensitive.said("identity-grant")] == ["mandate_ended"]

    async def test_can_still_decline_what_nobody_may_ask_for_any_more(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        await sensitive.put_organisation(may_ask_for=[])
        assert (await tap(sensitive, seen["scan_id"], "decline")).json()["state"] == "declined"

    async def test_once_given_stays_given_however_often_it_is_sent(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        first = (await tap(sensitive, seen["scan_id"], "approve")).json()
        await sensitive.put_organisation(may_ask_for=[])
        again = (await tap(sensitive, seen["scan_id"], "approve")).json()
        assert (again, again["state"]) == (first, "granted")
