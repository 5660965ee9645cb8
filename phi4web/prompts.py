"""What is sent to a model: messages for a problem or a chat, and our own rendering where a template can't be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str
