"""Of what kind a file is, by its own bytes: a closed list."""

from services.kernel.errors import Unsupported

# OFD (GB/T 33190) is a ZIP archive with this at its root; any other archive is refused.
_OFD_ROOT = b"OFD.xml"
_ZIP = b"PK\x03\x04"
_BEGINNINGS = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
MEDIA_TYPES = (*_BEGINNINGS.values(), "application/ofd")


class UploadTypeUnsupported(Unsupported):
    """Its bytes are those of no kind that is taken."""

    code = "upload_type_unsupported"


class UploadTypeDiffers(Unsupported):
    """It says to be of one kind and is of another."""

    code = "upload_type_differs"


def media_type_of(content: bytes) -> str:
    """Tell it by the first bytes, or raise UploadTypeUnsupported. Nothing is unpacked or followed."""
    for beginning, media_type in _BEGINNINGS.items():
        if content.startswith(beginning):
            return media_type
    if content.startswith(_ZIP) and _OFD_ROOT in content:
        return "application/ofd"
    raise UploadTypeUnsupported(f"the bytes are of none of {', '.join(MEDIA_TYPES)}")


def checked(content: bytes, *, said: str) -> str:
    """Give the kind that it says and is."""
    found = media_type_of(content)
    if said.partition(";")[0].strip().lower() != found:
        raise UploadTypeDiffers(f"the bytes are {found}, and Content-Type says something else")
    return found
