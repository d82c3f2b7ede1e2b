"""What happened to a certificate stands in the log for good, and whoever it concerns shows it without us."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from deploy.local.actors.platform import Answered, Json
from deploy.local.actors.residents import Resident
from deploy.local.actors.systems import System
from tests.journeys.test_a_life import decide
from tests.journeys.test_a_visit import a_holder_with_a_licence, scan
from tests.world.evidence import audited, checked
from tests.world.people import a_shop, an_approval
from tests.world.town import Town, eventually, refused

LOG = "yima.example/certs"


ACCESSES = "yima.example/space"


async def head(town: Town) -> str:
    """The newest signed one, as anybody gets it."""
    return (await town.platform.call("certs", "GET", "/v1/log/checkpoint")).text


async def evidence(asker: System | Resident, certificate_id: str, **params: Any) -> Json:
    """Once the log has taken it up; until then it says so."""
    return await _evidence(asker, "certs", f"certificates/{certificate_id}", **params)


async def _evidence(asker: System | Resident, service: str, what: str, **params: Any) -> Json:
    async def there() -> Json:
        try:
            return await asker.ask(service, "GET", f"/v1/{what}/evidence", params=params)
        except Answered as problem:
            if problem.code != "evidence_not_ready":
                raise
            return {}

    return await eventually(there)


async def said(town: Town, folder: Path, made: Json, *, log: str = LOG) -> str:
    """What the program for strangers says."""
    keys = await town.platform.ask(log.partition("/")[2], "GET", "/v1/log/keys")
    done = checked(folder, made, keys, log)
    return done.stdout or done.stderr


async def a_life(town: Town) -> tuple[str, Resident, str]:
    """A certificate that was issued, suspended and revoked; its holder; a head from after the issue."""
    shop = a_shop()
    certificate_id = (await town.approve(an_approval(shop)))["certificate_id"]
    await evidence(town.county.source, certificate_id)
    older = await head(town)
    for change in ("suspend", "revoke"):
        await decide(town, certificate_id, change)
    return certificate_id, await town.resident(shop), older


class TestTheLifeOfACertificate:
    async def test_is_three_leaves_and_evidence_of_each_holds_without_us(
        self, town: Town, tmp_path: Path
    ) -> None:
        certificate_id, resident, older = await a_life(town)
        states, leaves = [], set()
        for asker in (town.county.source, resident):
            for version in (1, 2, 3):
                made = await evidence(asker, certificate_id, version=version, older=older)
                told = await said(town, tmp_path, made)
                assert told.startswith("holds: "), told
                assert "it has only grown since" in told
                states.append(json.loads(made["record"])["state"])
                leaves.add(made["leaf"]["index"])
        assert states == ["valid", "suspended", "revoked"] * 2
        assert len(leaves) == 3

    async def test_is_bound_to_the_token_that_the_holder_has(self, town: Town) -> None:
        certificate_id, resident, _ = await a_life(town)
        made = await evidence(resident, certificate_id, version=1)
        await town.entries(resident)
        entry = await resident.ask("space", "GET", f"/v1/entries/{certificate_id}")
        signed = entry["credential"].partition("~")[0]
        assert json.loads(made["record"])["token_digest"] == sha256(signed.encode()).hexdigest()

    async def test_cannot_be_told_otherwise(self, town: Town, tmp_path: Path) -> None:
        certificate_id, resident, _ = await a_life(town)
        made = await evidence(resident, certificate_id)
        made["record"] = made["record"].replace("revoked", "valid")
        assert (await said(town, tmp_path, made)).startswith("does not hold: ")

    async def test_is_nobody_elses(self, town: Town) -> None:
        certificate_id, _, _ = await a_life(town)
        stranger = await town.resident(a_shop())
        path = f"/v1/certificates/{certificate_id}/evidence"
        problem = await refused(stranger.ask("certs", "GET", path))
        assert (problem.status, problem.code) == (404, "certificate_unknown")


class TestAnAccess:
    async def test_is_a_leaf_of_spaces_own_log_whose_evidence_holds_without_us(
        self, town: Town, tmp_path: Path
    ) -> None:
        resident = await a_holder_with_a_licence(town)
        grant = (await scan(town, resident))["grant"]
        await town.operator().match(grant)
        await town.operator().pull(grant)
        for access in await resident.accesses():
            made = await _evidence(resident, "space", f"accesses/{access['access_id']}")
            assert json.loads(made["record"])["purpose"] == access["purpose"]
            told = await said(town, tmp_path, made, log=ACCESSES)
            assert told.startswith("holds: "), told
        if town.world:
            status, told = await audited(town.world, "space")
            assert (status, "is whole" in told) == (0, True), told


class TestAWitness:
    async def test_who_keeps_heads_proves_that_the_log_only_grew(self, town: Town, tmp_path: Path) -> None:
        """Without any right: both heads and the path between them are for everybody."""
        certificate_id, resident, older = await a_life(town)
        made = await evidence(resident, certificate_id)
        sizes = {"old": int(older.split("\n")[1]), "new": int(made["head"].split("\n")[1])}
        proof = await town.platform.ask("certs", "GET", "/v1/log/consistency", params=sizes)
        made["older"] = {"head": older, "consistency": proof["consistency"]}
        assert f"it has only grown since it had {sizes['old']}" in await said(town, tmp_path, made)


class TestAnOperatorOfThePlatform:
    async def test_recomputes_the_log_and_finds_it_whole(self, town: Town) -> None:
        certificate_id, resident, _ = await a_life(town)
        await evidence(resident, certificate_id)
        if town.world:  # the command is a process of its own, for engines that are
            status, told = await audited(town.world)
            assert (status, "is whole" in told) == (0, True), told
