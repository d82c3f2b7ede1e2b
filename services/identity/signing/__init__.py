"""The craft of tokens: what we sign, and what clients sign for us."""

from services.identity.signing.assertions import ClientSignatures
from services.identity.signing.tokens import GRANT, GRANT_AUDIENCE, JwtSigning

__all__ = ["GRANT", "GRANT_AUDIENCE", "ClientSignatures", "JwtSigning"]
