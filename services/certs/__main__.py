"""`python -m services.certs [api|stream|all|redrive|import FILE|audit [--head FILE] [--backfill]]`."""

import argparse
import asyncio
import csv
import logging
import os
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import BinaryIO

from services.certs.app import COLLECTIONS, Parts, assemble, build
from services.certs.domain import Snapshot
from services.certs.handlers import check_snapshot, find_sender, find_unlogged
from services.certs.imports.progress import Progress
from services.certs.ports import ImportRecord
from services.certs.settings import CertsSettings
from services.kernel.errors import Failure
from services.kernel.process.auditing import Audited, in_words, tell_audit
from services.kernel.process.command import run
from services.kernel.process.engines import real_engines
from services.kernel.reasons import reasons
from services.kernel.stream.kafka import KafkaBus

DRAIN_S = 30.0
# A process that is killed has no last words: so they are the first.
_GOES_ON = (
    "if this is interrupted, the same command goes on: what stands is found, nothing is issued twice\n"
    "如中途中断，请重新执行同一命令：已办理的不会重复签发"
)
_SHOWN = 20


async def import_file(settings: CertsSettings, argv: Sequence[str]) -> int:
    """Work through a file against the store itself; the same rules as over HTTP, and no limit for a CSV."""
    return await _file(settings, _parser("import", settings).parse_args(argv), None)


async def reconcile_file(settings: CertsSettings, argv: Sequence[str]) -> int:
    """Compare a full list of one type with what stands; `--apply` acts on it."""
    parser = _parser("reconcile", settings)
    parser.add_argument("--type", required=True, help="code of the certificate type")
    parser.add_argument("--authority", help="credit code; left out: the sender")
    parser.add_argument("--apply", action="store_true", help="issue what is new, ask about what is missing")
    parser.add_argument("--expect-vanished", type=int, help="so many may be missing in the file")
    given = parser.parse_args(argv)
    snapshot = Snapshot(
        authority=given.authority or given.organisation,
        certificate_type=given.type,
        apply=given.apply,
        expect_vanished=given.expect_vanished,
    )
    return await _file(settings, given, snapshot)


def _parser(command: str, settings: CertsSettings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.certs {command}")
    parser.add_argument("file", type=Path)
    parser.add_argument("--organisation", default=settings.organisation, help="credit code of the sender")
    return parser


async def _file(settings: CertsSettings, given: argparse.Namespace, snapshot: Snapshot | None) -> int:
    logging.getLogger().setLevel(logging.WARNING)
    engines = real_engines("certs", settings)
    parts = assemble(settings, engines)
    relaying = asyncio.create_task(parts.relay.publish_forever())
    print(_GOES_ON, file=sys.stderr)
    try:
        await engines.documents.prepare(COLLECTIONS)
        await find_sender(parts.desk, given.organisation)
        if snapshot:
            snapshot = await check_snapshot(parts.desk, snapshot, sender=given.organisation)
        with given.file.open("rb") as file:
            done = await _work(parts, file, given.file, given.organisation, snapshot)
        await _tell(parts, done, given.file.with_name(f"{given.file.name}.report.csv"))
    except (Failure, OSError) as error:
        print(in_words(error), file=sys.stderr)
        return 1
    finally:
        relaying.cancel()
        if isinstance(engines.bus, KafkaBus):
            await engines.bus.close()
    return 0 if done.state == "done" else 1


async def audit_log(settings: CertsSettings, argv: Sequence[str]) -> int:
    """Recompute the transparency log; see `tell_audit`. Each version of a certificate must have its leaf."""
    parts = assemble(settings, real_engines("certs", settings))

    async def audit(known: Sequence[str], *, backfill: bool) -> Audited:
        leaves = await parts.log.audit(known=known)
        lack = await find_unlogged(parts.desk.clock, parts.histories, parts.facts, backfill=backfill)
        untold = "versions of certificates have no leaf, and nobody knows any more what they were"
        notes = [f"{lack.untold} {untold}"] if lack.untold else []
        return Audited(leaves=leaves, lacking=lack.told, what="versions of certificates", notes=notes)

    return await tell_audit(settings.log_name, audit, argv, variable="CERTS_LOG_NAME")


async def _work(
    parts: Parts, file: BinaryIO, path: Path, organisation: str, snapshot: Snapshot | None
) -> ImportRecord:
    # A name that was unpacked from a Windows archive is often GB18030 and no UTF-8.
    filename = os.fsencode(path.name).decode(errors="replace")
    lines = await parts.importer.open(file, filename)
    record = await parts.importer.begin(
        parts.desk.clock.new_id(), filename=filename, organisation=organisation, snapshot=snapshot
    )
    if record is None:
        raise RuntimeError("a new id was taken")
    # What a batch was read from lies a little behind what was read ahead: near enough for a bar.
    size = os.fstat(file.fileno()).st_size
    progress = Progress(sys.stderr, size=size, read=file.tell if file.seekable() else lambda: size)
    done = await parts.importer.work(record, lines, again=file, watch=progress)
    progress.end(done)
    return done


async def _tell(parts: Parts, done: ImportRecord, report: Path) -> None:
    """The summary, the first refused rows, and where all of them are."""
    tally = done.tally
    print(
        f"{done.filename}: {tally.rows} rows: {tally.issued} issued, {tally.withdrawn} withdrawn, "
        f"{tally.already} already there, {tally.refused} refused, {tally.pending} waiting; "
        f"{tally.skipped} lines skipped"
    )
    if done.snapshot:
        print(f"{tally.new} new, {tally.changed} changed, {tally.vanished} not in the file")
    text = "".join([piece async for piece in parts.importer.report(done.import_id, warnings=True)])
    await asyncio.to_thread(report.write_text, text, encoding="utf-8", newline="")
    refused = "".join([piece async for piece in parts.importer.report(done.import_id, warnings=False)])
    for row in _first_rows(list(csv.DictReader(StringIO(refused.removeprefix("\ufeff"))))):
        print(f"  line {row['line']} {row['column']}: {row['reason']} ({row['code']}) {row['detail']}")
    if tally.refused > _SHOWN:
        print(f"  and {tally.refused - _SHOWN} more rows")
    print(f"report: {os.fsencode(report).decode(errors='replace')}")
    if done.problem:
        print(f"ended early: {reasons()[done.problem.code].en}: {done.problem.detail}")
    try:
        await asyncio.wait_for(parts.relay.drained(), DRAIN_S)
    except TimeoutError:
        left = parts.relay.backlog
        print(f"{left} events stay in the outbox: a running certs publishes them when Kafka is back")


def _first_rows(found: list[dict[str, str]]) -> list[dict[str, str]]:
    """Whole rows: one has a line for each of its faults."""
    shown = set(list(dict.fromkeys(one["line"] for one in found))[:_SHOWN])
    return [one for one in found if one["line"] in shown]


COMMANDS = {"import": import_file, "reconcile": reconcile_file, "audit": audit_log}


def main() -> int:
    """Argv and environment, nothing else."""
    return run("certs", CertsSettings(), build, sys.argv[1:], **COMMANDS)


if __name__ == "__main__":
    sys.exit(main())
