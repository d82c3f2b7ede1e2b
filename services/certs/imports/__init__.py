"""The import of approvals files: in batches, in bounded memory, and never twice."""

from services.certs.imports.importer import Importer

__all__ = ["Importer"]
