"""What holders keep themselves: nobody vouches for it, and it goes when they say so."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from services.space.domain.cards import Material
from services.space.domain.content import Content
from services.space.domain.entries import REMOVED, Entry
from services.space.domain.media import checked

_LONGEST_NAME = 200


class UploadQuotaReached(Conflict):
    """The holder keeps as much as one may."""

    code = "upload_quota_reached"


class UploadMaterialUnknown(Invalid):
    """No card has this kind of material."""

    code = "upload_material_unknown"


class UploadNameInvalid(Invalid):
    """A name that no file can be given back under."""

    code = "upload_name_invalid"


class UploadRemoved(Gone):
    """What this request brought was taken out again since: a repeat brings nothing back."""

    code = "upload_removed"


class FileMissing(NotFound):
    """The entry has no file: a certificate's face is drawn by certs."""

    code = "file_missing"


class EntryNotOwn(Forbidden):
    """What an authority issued is not its holder's to take out."""

    code = "entry_not_own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a holder brings. `media_type`: as it says of itself."""

    material: str
    file_name: str
    media_type: str
    content: bytes

    def checked(self) -> "Offer":
        """Give it with the kind that its bytes have, or refuse it."""
        name = self.file_name.strip()
        if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable() or "/" in name or "\\" in name:
            raise UploadNameInvalid(f"1 to {_LONGEST_NAME} characters, printable, without a slash")
        return replace(self, file_name=name, media_type=checked(self.content, said=self.media_type))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """How much a holder keeps, or may keep; `size` in bytes."""

    count: int
    size: int

    def check(self, quota: "Shelf") -> None:
        """Refuse what is over."""
        if self.count > quota.count or self.size > quota.size:
            raise UploadQuotaReached(
                f"{self.count} files of {self.size} bytes; {quota.count} of {quota.size} may be kept"
            )


def stands(entry: Entry | None) -> bool:
    """Whether there is an upload, not taken out since."""
    return entry is not None and entry.origin == "upload" and entry.state != REMOVED


def uploaded(
    offer: Offer,
    material: Material,
    *,
    entry_id: str,
    holder_id: str,
    after: Entry | None,
    made_by: str,
    file_id: str,
    at: datetime,
) -> Entry:
    """Make the entry of a file; `after`: what is left of the same file's entry that was taken out."""
    if after is not None and after.made_by == made_by:
        raise UploadRemoved("it was taken out again; to keep it anew send it under another Idempotency-Key")
    return Entry(
        entry_id=entry_id,
        version=after.version + 1 if after is not None else 1,
        holder_id=holder_id,
        certificate_type=material.material,
        certificate_name=material.name,
        state="valid",
        authority="",
        authority_name="",
        issued_at=at,
        valid_from=None,
        valid_to=None,
        added_at=at,
        # Sorts by time, as every arrival.
        arrival=file_id,
        origin="upload",
        media_type=offer.media_type,
        size=len(offer.content),
        file_id=file_id,
        made_by=made_by,
    )


def taken_out(entry: Entry) -> Entry:
    """Give what is left: that there was something, and when."""
    return replace(
        entry,
        version=entry.version + 1,
        state=REMOVED,
        certificate_type="",
        certificate_name="",
        media_type=None,
        size=None,
        file_id=None,
        encrypted=b"",
    )


def described(entry: Entry, file_name: str) -> Content:
    """Give what is encrypted beside the file, in the form that every entry has."""
    return Content(
        identifier="",
        name=entry.certificate_name,
        holder_name="",
        credential="",
        fields={"file_name": file_name},
    )
