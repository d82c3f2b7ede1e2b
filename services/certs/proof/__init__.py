"""Proof: a certificate that anyone can check without asking us, its status, and the keys behind both.

docs/verify.md is the page from which another team can implement the check.
"""

from services.certs.domain.seal import Verdict as State
from services.certs.domain.verification import Answer
from services.certs.proof.addresses import Addresses, trust_list
from services.certs.proof.authorities import AuthorityRings, FileRings, ensure_ring
from services.certs.proof.credentials import Credential, disclose, issue_vc, shown_in
from services.certs.proof.cwt import sign_cwt
from services.certs.proof.issuing import Prover
from services.certs.proof.lists import Reading, Shelf, Statuses, StatusList, as_token, read_list, read_status
from services.certs.proof.publications import Published
from services.certs.proof.publishing import Publisher, publish_for_ever
from services.certs.proof.reading import Verified, claim_in, open_vc, read_vc
from services.certs.proof.rings_trust import trust_in
from services.certs.proof.seals import Seals
from services.certs.proof.slots import SIZE, Shuffles, Slot
from services.certs.proof.status import Status, cached, pack, sign
from services.certs.proof.suites import Suite
from services.certs.proof.trust import Issuer, Trust, TrustUnusable, read_trust
from services.certs.proof.verdicts import MOST_AGE, Verdict, verify

__all__ = [
    "MOST_AGE",
    "SIZE",
    "Addresses",
    "Answer",
    "AuthorityRings",
    "Credential",
    "FileRings",
    "Issuer",
    "Prover",
    "Published",
    "Publisher",
    "Reading",
    "Seals",
    "Shelf",
    "Shuffles",
    "Slot",
    "State",
    "Status",
    "StatusList",
    "Statuses",
    "Suite",
    "Trust",
    "TrustUnusable",
    "Verdict",
    "Verified",
    "as_token",
    "cached",
    "claim_in",
    "disclose",
    "ensure_ring",
    "issue_vc",
    "open_vc",
    "pack",
    "publish_for_ever",
    "read_list",
    "read_status",
    "read_trust",
    "read_vc",
    "shown_in",
    "sign",
    "sign_cwt",
    "trust_in",
    "trust_list",
    "verify",
]
