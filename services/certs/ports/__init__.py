"""What certs needs from the world. Every call to a store may raise `Unavailable`."""

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
from services.certs.ports.log import CertificateLog
from services.certs.ports.proof import Counter, Lists, Place, Proof, Proving, Publications, SignedList
from services.certs.ports.records import Certificates, Editions, Organisations, Standings, Types

__all__ = [
    "CertificateLog",
    "Certificates",
    "Counter",
    "Editions",
    "ImportRecord",
    "ImportState",
    "Importing",
    "Imports",
    "Lists",
    "Organisations",
    "Place",
    "Problem",
    "Proof",
    "Proving",
    "Publications",
    "ReadSheet",
    "Road",
    "SignedList",
    "Standings",
    "Types",
    "Upload",
]
