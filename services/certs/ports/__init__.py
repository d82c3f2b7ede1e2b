"""What certs needs from the world. Every call to a store may raise `Unavailable`."""

from services.certs.ports.copies import Copies, Mandates, Tickets
from services.certs.ports.imports import (
    Importing,
    ImportRecord,
    Imports,
    ImportState,
    Problem,
    ReadSheet,
    Road,
    Upload,
)
from services.certs.ports.log import CertificateLog, Histories
from services.certs.ports.names import Confirmations, Names, Pendings
from services.certs.ports.proof import Counter, Lists, Place, Proof, Proving, Publications, SignedList
from services.certs.ports.records import Certificates, Editions, Organisations, Standings, Types
from services.certs.ports.verification import Checks, Records

__all__ = [
    "CertificateLog",
    "Certificates",
    "Checks",
    "Confirmations",
    "Copies",
    "Counter",
    "Editions",
    "Histories",
    "ImportRecord",
    "ImportState",
    "Importing",
    "Imports",
    "Lists",
    "Mandates",
    "Names",
    "Organisations",
    "Pendings",
    "Place",
    "Problem",
    "Proof",
    "Proving",
    "Publications",
    "ReadSheet",
    "Records",
    "Road",
    "SignedList",
    "Standings",
    "Tickets",
    "Types",
    "Upload",
]
