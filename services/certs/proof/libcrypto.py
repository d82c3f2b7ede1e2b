"""The system's libcrypto 3: those of its functions that SM2 with SM3 needs.

`cryptography` brings an OpenSSL of its own and shows no SM2 of it; the one of the system has it, unless
whoever built that switched it off (`no-sm2`).
"""

import ctypes
from collections.abc import Callable, Mapping
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_ulong, c_void_p
from typing import Any

# With the version: a bare libcrypto may be 1.1 or LibreSSL, which macOS ends a process for.
NAMES = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll", "libcrypto.so.4", "libcrypto.4.dylib")
_FIRST_VERSION = 0x30000000
_P, _OUT = c_void_p, POINTER(c_void_p)

Functions = Mapping[str, Callable[..., Any]]

_FUNCTIONS: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "BN_bn2binpad": (c_int, (_P, c_char_p, c_int)),
    "BN_clear_free": (None, (_P,)),
    "ERR_clear_error": (None, ()),
    "EVP_DigestSign": (c_int, (_P, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_DigestSignInit": (c_int, (_P, _OUT, _P, _P, _P)),
    "EVP_DigestVerify": (c_int, (_P, c_char_p, c_size_t, c_char_p, c_size_t)),
    "EVP_DigestVerifyInit": (c_int, (_P, _OUT, _P, _P, _P)),
    "EVP_MD_CTX_free": (None, (_P,)),
    "EVP_MD_CTX_new": (_P, ()),
    "EVP_MD_CTX_set_pkey_ctx": (None, (_P, _P)),
    "EVP_MD_fetch": (_P, (_P, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_free": (None, (_P,)),
    "EVP_PKEY_CTX_new": (_P, (_P, _P)),
    "EVP_PKEY_CTX_new_from_name": (_P, (_P, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_set1_id": (c_int, (_P, c_char_p, c_int)),
    "EVP_PKEY_free": (None, (_P,)),
    "EVP_PKEY_fromdata": (c_int, (_P, _OUT, c_int, _P)),
    "EVP_PKEY_fromdata_init": (c_int, (_P,)),
    "EVP_PKEY_generate": (c_int, (_P, _OUT)),
    "EVP_PKEY_get_bn_param": (c_int, (_P, c_char_p, _OUT)),
    "EVP_PKEY_keygen_init": (c_int, (_P,)),
    "EVP_PKEY_pairwise_check": (c_int, (_P,)),
    "OpenSSL_version": (c_char_p, (c_int,)),
    "OpenSSL_version_num": (c_ulong, ()),
}


class LibcryptoMissing(Exception):
    """Why this machine has no SM2: for whoever runs it."""


class LibcryptoFailed(Exception):
    """It refused, or gave no answer."""


def load(names: tuple[str, ...]) -> Functions:
    """Those of the first of these that this machine has; LibcryptoMissing."""
    for name in names:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        return bound(library)
    raise LibcryptoMissing(f"this machine has none of {', '.join(names)}")


def bound(library: ctypes.CDLL) -> Functions:
    """With their types; LibcryptoMissing where it is of another make, or too old."""
    try:
        found = {name: _declared(library, name) for name in _FUNCTIONS}
    except AttributeError as error:
        raise LibcryptoMissing(f"libcrypto is not one of OpenSSL 3: {error}") from error
    if found["OpenSSL_version_num"]() < _FIRST_VERSION:
        raise LibcryptoMissing(f"needed OpenSSL 3, and got {version_of(found)}")
    return found


def version_of(functions: Functions) -> str:
    """For logs and refusals."""
    said: bytes = functions["OpenSSL_version"](0)
    return said.decode()


def _declared(library: ctypes.CDLL, name: str) -> Any:  # noqa: ANN401 - a function of C
    function = getattr(library, name)
    function.restype, function.argtypes = _FUNCTIONS[name]
    return function
