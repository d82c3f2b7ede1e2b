"""The transparency log: a Merkle tree (RFC 9162) over what happened, its signed heads and its proofs."""
