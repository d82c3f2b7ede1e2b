"""SM2 with SM3 by libcrypto, in the sequence of its page SM2(7).

Each operation clears what it left in the thread's queue of errors: Python's ssl would take it for its own.
"""

import ctypes
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import byref, c_char_p, c_size_t, c_uint, c_void_p
from functools import cache
from typing import ClassVar

from services.certs.proof.libcrypto import (
    NAMES,
    Functions,
    LibcryptoFailed,
    LibcryptoMissing,
    load,
    version_of,
)

# GM/T 0009-2012, 10: the id of whoever has no other; it is hashed before what is signed.
USER_ID = b"1234567812345678"
_KEY_PAIR = 0x87  # EVP_PKEY_KEYPAIR
_PUBLIC = 0x86  # EVP_PKEY_PUBLIC_KEY
_NUMBER, _TEXT, _OCTETS = 2, 4, 5  # OSSL_PARAM
_HALF = 32
_LONGEST_DER = 80


class _Parameter(ctypes.Structure):
    """OSSL_PARAM(3)."""

    _fields_: ClassVar = [
        ("key", c_char_p),
        ("data_type", c_uint),
        ("data", c_void_p),
        ("data_size", c_size_t),
        ("return_size", c_size_t),
    ]


class Key:
    """An EVP_PKEY; freed with this object. Threads may share it: each signature has a context of its own."""

    def __init__(self, pointer: int, free: Callable[[int], None]) -> None:
        self.pointer = pointer
        weakref.finalize(self, free, pointer)


class Libcrypto:
    """SM2 keys, and signatures in DER over SM3 with the usual user id."""

    def __init__(self, functions: Functions) -> None:
        """LibcryptoMissing where it has no SM2."""
        self._of, self.version = functions, version_of(functions)
        self._sm3 = self._of["EVP_MD_fetch"](None, b"SM3", None)
        context = self._of["EVP_PKEY_CTX_new_from_name"](None, b"SM2", None)
        self._of["EVP_PKEY_CTX_free"](context)
        self._of["ERR_clear_error"]()
        if not self._sm3 or not context:
            raise LibcryptoMissing(f"{self.version} was built, or is configured, without SM2 and SM3")

    def key(self, point: bytes, secret: int | None = None) -> Key:
        """Of x and y side by side, and the private number that belongs to them; LibcryptoFailed."""
        group, public = b"SM2", b"\x04" + point
        parts = [(b"group", _TEXT, group), (b"pub", _OCTETS, public)]
        if secret is not None:
            parts.append((b"priv", _NUMBER, secret.to_bytes(_HALF, sys.byteorder)))
        kept = [ctypes.create_string_buffer(value, len(value)) for _, _, value in parts]
        given = (_Parameter * (len(parts) + 1))()
        for place, ((name, kind, value), buffer) in enumerate(zip(parts, kept, strict=True)):
            given[place] = _Parameter(name, kind, ctypes.addressof(buffer), len(value), 0)
        selection = _PUBLIC if secret is None else _KEY_PAIR
        with self._context() as context:
            self._done("EVP_PKEY_fromdata_init", context)
            key = self._made("EVP_PKEY_fromdata", context, selection, ctypes.addressof(given))
        if secret is not None:
            self._check_pair(key)
        return key

    def generate(self) -> tuple[int, bytes]:
        """Give a new private number, and x and y side by side."""
        with self._context() as context:
            self._done("EVP_PKEY_keygen_init", context)
            key = self._made("EVP_PKEY_generate", context)
            x, y, secret = (self._number(key, name) for name in (b"qx", b"qy", b"priv"))
            return int.from_bytes(secret), x + y

    def sign(self, key: Key, message: bytes) -> bytes:
        """Give the signature as DER; LibcryptoFailed."""
        with self._digesting(key, "EVP_DigestSignInit") as context:
            length, signature = c_size_t(_LONGEST_DER), ctypes.create_string_buffer(_LONGEST_DER)
            self._done("EVP_DigestSign", context, signature, byref(length), message, len(message))
            return signature.raw[: length.value]

    def verify(self, key: Key, message: bytes, signature: bytes) -> bool:
        """Whether this DER is one of it; LibcryptoFailed where it cannot tell."""
        with self._digesting(key, "EVP_DigestVerifyInit") as context:
            said: int = self._of["EVP_DigestVerify"](
                context, signature, len(signature), message, len(message)
            )
        if said not in (0, 1):
            raise LibcryptoFailed(f"{self.version}: EVP_DigestVerify gave {said}")
        return said == 1

    @contextmanager
    def _digesting(self, key: Key, begin: str) -> Iterator[int]:
        """A context with SM3 and the user id, which has to be set before the beginning."""
        context = self._of["EVP_MD_CTX_new"]()
        inner = self._of["EVP_PKEY_CTX_new"](key.pointer, None)
        try:
            if not context or not inner:
                raise LibcryptoFailed(f"{self.version}: no context")
            self._done("EVP_PKEY_CTX_set1_id", inner, USER_ID, len(USER_ID))
            self._of["EVP_MD_CTX_set_pkey_ctx"](context, inner)
            self._done(begin, context, None, self._sm3, None, key.pointer)
            yield context
        finally:
            self._of["EVP_MD_CTX_free"](context)
            self._of["EVP_PKEY_CTX_free"](inner)
            self._of["ERR_clear_error"]()

    @contextmanager
    def _context(self) -> Iterator[int]:
        context = self._of["EVP_PKEY_CTX_new_from_name"](None, b"SM2", None)
        try:
            yield context
        finally:
            self._of["EVP_PKEY_CTX_free"](context)
            self._of["ERR_clear_error"]()

    def _check_pair(self, key: Key) -> None:
        """Else it would sign what no published key checks."""
        context = self._of["EVP_PKEY_CTX_new"](key.pointer, None)
        try:
            self._done("EVP_PKEY_pairwise_check", context)
        finally:
            self._of["EVP_PKEY_CTX_free"](context)
            self._of["ERR_clear_error"]()

    def _number(self, key: Key, name: bytes) -> bytes:
        number, written = c_void_p(), ctypes.create_string_buffer(_HALF)
        self._done("EVP_PKEY_get_bn_param", key.pointer, name, byref(number))
        try:
            self._done("BN_bn2binpad", number, written, _HALF)
            return written.raw
        finally:
            self._of["BN_clear_free"](number)

    def _made(self, function: str, context: int, *more: object) -> Key:
        pointer = c_void_p()
        self._done(function, context, byref(pointer), *more)
        return Key(pointer.value or 0, self._of["EVP_PKEY_free"])

    def _done(self, function: str, *arguments: object) -> None:
        if self._of[function](*arguments) <= 0:
            raise LibcryptoFailed(f"{self.version}: {function} refused")


@cache
def libcrypto() -> Libcrypto:
    """Loaded when first needed, once; LibcryptoMissing, each time."""
    return Libcrypto(load(NAMES))
