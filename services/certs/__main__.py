"""`python -m services.certs [api|stream|all|redrive|import FILE|audit [--head FILE]]`."""

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
from services.certs.handlers import find_sender
from services.certs.imports.progress import Progress
from services.certs.ports import ImportRecord
from services.certs.settings import CertsSettings
from services.kernel.errors import Failure
from services.kernel.log.leaves import LogDamaged
from services.kernel.process.command import run
from services.kernel.process.engines import real_engines
from services.kernel.reasons import reasons
from services.kernel.stream.kafka import KafkaBus

DRAIN_S = 30.0
_SHOWN = 20


async def import_file(settings: CertsSettings, argv: Sequence[str]) -> int:
    """Work through a file against the store itself; the same rules as over HTTP, and no limit for a CSV."""
    parser = argparse.ArgumentParser(prog="python -m services.certs import")
    parser.add_argument("file", type=Path)
    parser.add_argument("--organisation", default=settings.organisation, help="credit code of the sender")
    given = parser.parse_args(argv)
    logging.getLogger().setLevel(logging.WARNING)
    engines = real_engines("certs", settings)
    parts = assemble(settings, engines)
    relaying = asyncio.create_task(parts.relay.publish_forever())
    try:
        await engines.documents.prepare(COLLECTIONS)
        await find_sender(parts.desk, given.organisation)
        with given.file.open("rb") as file:
            done = await _work(parts, file, given.file, given.organisation)
        await _tell(parts, done, given.file.with_name(f"{given.file.name}.report.csv"))
    except (Failure, OSError) as error:
        print(_words(error), file=sys.stderr)
        return 1
    finally:
        relaying.cancel()
        if isinstance(engines.bus, KafkaBus):
            await engines.bus.close()
    return 0 if done.state == "done" else 1


async def audit_log(settings: CertsSettings, argv: Sequence[str]) -> int:
    """Recompute the transparency log: 0 as it was signed, 1 damaged, 2 not to be looked at now."""
    parser = argparse.ArgumentParser(prog="python -m services.certs audit")
    parser.add_argument("--head", type=Path, action="append", default=[], help="a signed head kept elsewhere")
    given = parser.parse_args(argv)
    log_of = assemble(settings, real_engines("certs", settings)).log
    try:
        # To the letter: a line ending that is made another one is another head.
        known = [one.read_bytes().decode() for one in given.head]
        leaves = await log_of.audit(known=known)
    except LogDamaged as error:
        print(f"the log of {settings.log_name} is DAMAGED: {error}", file=sys.stderr)
        return 1
    except (Failure, OSError, UnicodeDecodeError) as error:
        words = str(error) if isinstance(error, UnicodeDecodeError) else _words(error)
        print(f"the log could not be looked at: {words}", file=sys.stderr)
        return 2
    older = f", and continues the {len(known)} heads given" if known else ""
    print(f"the log of {settings.log_name} is whole: {leaves} leaves, all as they were signed{older}")
    return 0


async def _work(parts: Parts, file: BinaryIO, path: Path, organisation: str) -> ImportRecord:
    # A name that was unpacked from a Windows archive is often GB18030 and no UTF-8.
    filename = os.fsencode(path.name).decode(errors="replace")
    lines = await parts.importer.open(file, filename)
    record = await parts.importer.begin(
        parts.desk.clock.new_id(), filename=filename, organisation=organisation
    )
    if record is None:
        raise RuntimeError("a new id was taken")
    # What a batch was read from lies a little behind what was read ahead: near enough for a bar.
    size = os.fstat(file.fileno()).st_size
    progress = Progress(sys.stderr, size=size, read=file.tell if file.seekable() else lambda: size)
    done = await parts.importer.work(record, lines, watch=progress)
    progress.end(done)
    return done


async def _tell(parts: Parts, done: ImportRecord, report: Path) -> None:
    """The summary, the first refused rows, and where all of them are."""
    tally = done.tally
    print(
        f"{done.filename}: {tally.rows} rows: {tally.issued} issued, {tally.already} already there, "
        f"{tally.refused} refused; {tally.skipped} lines skipped"
    )
    text = "".join([piece async for piece in parts.importer.report(done.import_id, warnings=True)])
    await asyncio.to_thread(report.write_text, text, encoding="utf-8", newline="")
    refused = "".join([piece async for piece in parts.importer.report(done.import_id, warnings=False)])
    rows = list(csv.DictReader(StringIO(refused.removeprefix("\ufeff"))))
    for row in rows[:_SHOWN]:
        print(f"  line {row['line']} {row['column']}: {row['reason']} ({row['code']}) {row['detail']}")
    if len(rows) > _SHOWN:
        print(f"  and {len(rows) - _SHOWN} more")
    print(f"report: {os.fsencode(report).decode(errors='replace')}")
    if done.problem:
        print(f"ended early: {reasons()[done.problem.code].en}: {done.problem.detail}")
    try:
        await asyncio.wait_for(parts.relay.drained(), DRAIN_S)
    except TimeoutError:
        left = parts.relay.backlog
        print(f"{left} events stay in the outbox: a running certs publishes them when Kafka is back")


def _words(error: Failure | OSError) -> str:
    if isinstance(error, OSError):
        return str(error)
    reason = reasons()[error.code]
    return f"{reason.en} ({error.code}): {error.detail}\n{reason.next_en}"


def main() -> int:
    """Argv and environment, nothing else."""
    return run("certs", CertsSettings(), build, sys.argv[1:], **{"import": import_file, "audit": audit_log})


if __name__ == "__main__":
    sys.exit(main())
