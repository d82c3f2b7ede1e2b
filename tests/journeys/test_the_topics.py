"""What comes by Kafka can be wrong too: it goes to the dead letters, and the rest goes on."""

import json
from datetime import UTC, datetime

from services.certs.events import CaseApproved
from services.kernel.event import Record, entry, record
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.secrets import read_public_jwks
from tests.world.people import a_shop, an_approval
from tests.world.town import Town


def case(town: Town, case_id: str, approval: dict[str, object], *, organisation: str) -> Record:
    """An approval as the case system says it, sealed to certs."""
    sealer = Sealer(read_public_jwks(town.secrets_dir / "sealing.jwks"))
    sealed = sealer.seal(
        "certs", json.dumps(approval).encode(), event_type=CaseApproved.type, holder_id=case_id, version=1
    )
    event = CaseApproved(case_id=case_id, version=1, organisation=organisation, sealed=sealed)
    return record(entry(event, version=1, at=datetime.now(UTC)))


class TestAnApprovalByTopic:
    async def test_becomes_a_certificate_though_bad_records_stand_before_it(self, town: Town) -> None:
        shop = a_shop()
        bureau = "11420322YM0000001D"
        good = case(town, "case-good", an_approval(shop), organisation=bureau)
        headers = dict(good.headers)
        bad_json = Record(topic=good.topic, key=good.key, headers=good.headers, value=b"{not json")
        new_version = Record(
            topic=good.topic,
            key=good.key,
            headers=tuple({**headers, "ce_type": b"affairs.case.approved.v9"}.items()),
            value=good.value,
        )
        unsealable = case(town, "case-other", an_approval(a_shop()), organisation=bureau)
        moved = Record(topic=good.topic, key=good.key, headers=good.headers, value=unsealable.value)
        await town.bus.publish([bad_json, new_version, moved, good, good])
        resident = await town.resident(shop)
        (certificate,) = await town.entries(resident)
        assert certificate["certificate_name"] == "食品经营许可证"
