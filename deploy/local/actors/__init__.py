"""The people and systems around Yima, each with its own key or log-in, over the public interfaces.

The demo, the journeys and the measurements all play these parts; none of them has another way in.
"""

from deploy.local.actors.operators import Operator
from deploy.local.actors.platform import Answered, Json, Platform
from deploy.local.actors.residents import Resident, present
from deploy.local.actors.sessions import LogIn, Session, Signed
from deploy.local.actors.systems import System

__all__ = [
    "Answered",
    "Json",
    "LogIn",
    "Operator",
    "Platform",
    "Resident",
    "Session",
    "Signed",
    "System",
    "present",
]
