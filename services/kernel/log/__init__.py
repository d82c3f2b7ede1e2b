"""The transparency log: a Merkle tree (RFC 9162) over what happened, its signed heads and its proofs.

What happened goes `Records.log` (a reaction: record and salt under the holder's key) -> `Waiting` ->
`Sequencer` (leased: leaves, then the head, signed) -> `Tree` (proofs), `evidence` (to take along) and
`audit` (recompute all). A service prepares LEAVES, HEADS, WAITING and RECORDS, runs
`Sequencer.run_forever` as one of its loops and mounts `web.log.log_router`. One log a database.
"""
