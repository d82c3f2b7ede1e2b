"""The codes that stand in what is registered."""

from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import Field, StringConstraints

CertificateType = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{21}$")]
ItemCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,64}$")]
CreditCode = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Name = Annotated[str, StringConstraints(max_length=200)]
Scope = Annotated[str, StringConstraints(pattern=r"^[a-z]+(:[a-z]+)?$", max_length=64)]
ClientId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
# `<staff id>@<issuer name>`; the domain says what a staff id is.
OperatorId = Annotated[str, Path(pattern=r"^.{1,64}@[a-z0-9][a-z0-9-]{0,31}$")]
# What was removed is registered anew on purpose, never by sending back what a list showed.
NotRemoved = Literal[False]
# The version that was read, 0 where nothing was: a PUT over another one is refused. None: not compared.
Read = Annotated[int | None, Field(ge=0, le=2**31 - 1)]
# The last id of the page before, and how many are wanted.
After = Annotated[str, Query(max_length=128)]
Limit = Annotated[int, Query(ge=1, le=200)]
