"""What is kept of the use of a library, beside it: answers with their receipts, and what was asked on the page."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

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
        late = _Late(self.settings.library_dir)
        return cast("ConversationStore", late) if self.settings.keep_conversations else None


class _Late:
    """A `ConversationStore` made at its first use: loading SQLAlchemy takes half a second that the start need not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _store(self) -> ConversationStore:
        from app.adapters.conversation_file import conversations_in

        return conversations_in(self._folder)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)
