"""What is kept of the use of a library, beside it: answers with their receipts, and what was asked on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.settings import Settings
from app.receipts import Receipts

if TYPE_CHECKING:
    from app.core.conversations import ConversationStore


class KeepsRecords:
    """The part of the service that keeps these; each file is opened when it is used."""

    settings: Settings

    @property
    def receipts(self) -> Receipts:
        """The answers of this library that are kept."""
        return Receipts(self.settings)

    @property
    def conversations(self) -> ConversationStore | None:
        """What was asked on the page; None if that is not to be kept."""
        from app.adapters.conversation_file import conversations_in

        return conversations_in(self.settings.library_dir) if self.settings.keep_conversations else None
