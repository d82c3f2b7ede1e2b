"""The codes that stand in what is registered."""

from typing import Annotated

from fastapi import Path
from pydantic import StringConstraints

CertificateType = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{21}$")]
ItemCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,64}$")]
CreditCode = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Name = Annotated[str, StringConstraints(max_length=200)]
Scope = Annotated[str, StringConstraints(pattern=r"^[a-z]+(:[a-z]+)?$", max_length=64)]
ClientId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
# `<staff id>@<issuer name>`
OperatorId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._+-]{1,64}@[a-z0-9][a-z0-9-]{0,31}$")]
