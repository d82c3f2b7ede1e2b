"""Whom a verifier believes: authorities by the name in `iss`, each with its keys."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.certs.proof.refusals import IssuerNotListed, IssuerOther, IssuerUnnamed, KeyDead, KeyNotListed
from services.certs.proof.suites import public_keys
from services.kernel.errors import Refusal
from services.kernel.keys.jws import CheckingKey

Keys = Mapping[str, CheckingKey]


class TrustUnusable(Exception):
    """For whoever keeps the list: the file is not one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An authority: its name in `iss` and on pages, its keys, and the ids of those that are dead."""

    issuer: str
    keys: Keys
    dead: frozenset[str] = frozenset()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """`unnamed`: keys that the list does not say the owner of: they prove that content is whole, no more."""

    issuers: Mapping[str, Issuer] = field(default_factory=dict)
    status: Keys = field(default_factory=dict)
    unnamed: Keys = field(default_factory=dict)

    def key_for(self, iss: str, kid: str) -> tuple[CheckingKey, Refusal | None]:
        """Give the key to check with, and what the list has against the issuer. KeyDead, KeyNotListed."""
        issuer = self.issuers.get(iss)
        if issuer and kid in issuer.dead:
            raise KeyDead(f"the authority has declared the key {kid[:64]} dead")
        if issuer and kid in issuer.keys:
            return issuer.keys[kid], None
        for other in self.issuers.values():
            if kid in other.keys:
                return other.keys[kid], IssuerOther(f"{iss} is named; the key is of {other.issuer}")
        if kid not in self.unnamed:
            raise KeyNotListed("nobody on the list has the key that signed it")
        if self.issuers and not issuer:
            return self.unnamed[kid], IssuerNotListed(f"{iss} is not on the list")
        return self.unnamed[kid], IssuerUnnamed("the list of keys does not say whose they are")

    def key_for_status(self, iss: str, kid: str) -> CheckingKey | None:
        """Of the lists' own keys, or of the authority whose certificate it is about."""
        issuer = self.issuers.get(iss)
        own = issuer.keys.get(kid) if issuer and kid not in issuer.dead else None
        return self.status.get(kid) or own or self.unnamed.get(kid)


def read_trust(*texts: str) -> Trust:
    """Join lists of any of three forms; TrustUnusable.

    `{"issuers": [metadata, ...], "status_keys": JWKS}`, one issuer's metadata, or a bare JWKS.
    """
    try:
        said = [_list(json.loads(text)) for text in texts]
        issuers = [one for part in said for one in part.get("issuers", [part] if "issuer" in part else [])]
        return Trust(
            issuers=_joined(map(_issuer, issuers)),
            status={
                kid: key for part in said for kid, key in public_keys(part.get("status_keys", {})).items()
            },
            unnamed={kid: key for part in said for kid, key in public_keys(part).items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TrustUnusable(f"not a list of keys: {type(error).__name__}") from error


def _list(said: dict[str, Any]) -> dict[str, Any]:
    if not {"issuers", "issuer", "status_keys", "keys"} & said.keys():
        raise ValueError("none of the three forms")
    return said


def _issuer(said: Mapping[str, Any]) -> Issuer:
    return Issuer(
        issuer=str(said["issuer"]),
        keys=public_keys(said["jwks"]),
        dead=frozenset(map(str, said.get("dead_keys", ()))),
        name=str(said.get("name", "")),
    )


def _joined(issuers: Iterable[Issuer]) -> Mapping[str, Issuer]:
    """One authority in two lists: the keys of both; what either calls dead is dead."""
    joined: dict[str, Issuer] = {}
    for one in issuers:
        before = joined.get(one.issuer)
        joined[one.issuer] = one if before is None else _both(before, one)
    return joined


def _both(one: Issuer, other: Issuer) -> Issuer:
    return Issuer(
        issuer=one.issuer,
        keys={**one.keys, **other.keys},
        dead=one.dead | other.dead,
        name=other.name or one.name,
    )
