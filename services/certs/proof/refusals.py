"""Why a proof is not, or cannot be, believed: one closed vocabulary for read, verify and its command."""

from services.kernel.errors import Gone, Invalid, NotFound, TooLarge, Unsupported


class ProofUnreadable(Invalid):
    """Not an SD-JWT VC in the one form that is read; nothing was believed of it."""

    code = "proof_unreadable"


class ProofTooLong(TooLarge):
    """Longer than any certificate is."""

    code = "proof_too_long"


class ProofForged(Invalid):
    """The signature does not hold, or something was added that was not signed."""

    code = "proof_forged"


class KeyNotListed(Invalid):
    """Nobody on the list has this key: the list is too old or the key is a forger's; nobody can tell."""

    code = "proof_key_unknown"


class KeyDead(Invalid):
    """The authority itself says that this key is worth nothing any more."""

    code = "proof_key_dead"


class IssuerNotListed(Invalid):
    """The list does not have the authority that the certificate names."""

    code = "proof_issuer_unknown"


class IssuerUnnamed(Invalid):
    """The signature holds under a key that the list does not say the owner of."""

    code = "proof_issuer_unnamed"


class IssuerOther(Invalid):
    """Signed with the key of another authority than the one named."""

    code = "proof_issuer_other"


class Revoked(Gone):
    """Withdrawn, revoked or cancelled: for good."""

    code = "proof_revoked"


class Suspended(Gone):
    """For a time."""

    code = "proof_suspended"


class Superseded(Gone):
    """A newer version took its place."""

    code = "proof_superseded"


class ProofExpired(Gone):
    """After its last day."""

    code = "proof_expired"


class NotYetValid(Invalid):
    """Before its first day, or from later than this machine's time."""

    code = "proof_not_yet_valid"


class StatusNotStated(Invalid):
    """The certificate does not say where its status is found."""

    code = "proof_status_not_stated"


class StatusMissing(NotFound):
    """The list that the certificate names is not at hand."""

    code = "proof_status_missing"


class StatusUnusable(Invalid):
    """A list that does not hold: its signature, its form, or no such place in it."""

    code = "proof_status_unusable"


class StatusTooOld(Gone):
    """Older than is accepted, or past its own end: what it says may have changed."""

    code = "proof_status_too_old"


class StatusFromLater(Invalid):
    """From later than this machine's time: one of two clocks is wrong."""

    code = "proof_status_from_later"


class SuiteMissing(Unsupported):
    """A suite that this machine cannot check: nothing is said against the certificate."""

    code = "proof_suite_missing"
