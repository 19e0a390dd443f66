"""The one tree of errors a person can meet.

    AskPapersError
    ├── SettingsError        a setting has a value that cannot be used
    │   └── EmbedderSettingsError   the embedder's address or key is not set, or is none
    ├── InputError           a file, a record, a question or an option cannot be used
    ├── SourceError          a place that papers are fetched from does not answer, or refuses
    ├── LibraryError         the library on disk cannot be opened or does not fit the settings
    │   └── LibraryBusyError another process is writing to the library
    ├── EmbedderError        the embedding model is missing, damaged or unreachable
    │   ├── EmbedderChangedError    another model stands behind its name
    │   └── EmbedderAwayError       it did not work for a question, which does without
    ├── RerankerError        the reranker is unreachable or faulty; the order without it stands
    ├── MailError            the mail server is unreachable or did not take a mail
    ├── MissingPackageError  an optional package that this needs is not installed
    ├── PromptError          a prompt file is missing or its placeholders are wrong
    └── ChatModelError       the chat model failed; the subclass says how
        ├── ModelUnreachableError   nobody answers at the address
        ├── ModelRefusedError       key, model name or request refused
        ├── ModelBusyError          rate limit or overload
        ├── ContextOverflowError    the prompt is longer than the model's context
        └── EmptyReplyError         the stream ended without an answer

Every error says what happened and where we looked (`str(error)`), and what to do next (`error.hint`).
Vendor exceptions end in `app.adapters`; nothing above ever sees one.
"""

from __future__ import annotations


class AskPapersError(Exception):
    """Something the person can act on: `str(error)` says what happened, `hint` what to type next."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class SettingsError(AskPapersError):
    """A setting has a value that cannot be used."""


class EmbedderSettingsError(SettingsError):
    """The embedder's address or key is not set, or cannot be used."""


class InputError(AskPapersError):
    """A file, record, question or option cannot be used."""


class LibraryError(AskPapersError):
    """The library on disk cannot be opened, or was made with other settings."""


class LibraryBusyError(LibraryError):
    """Another process is writing to the library."""


class EmbedderError(AskPapersError):
    """The embedding model is missing, damaged or unreachable."""


class EmbedderChangedError(EmbedderError):
    """Another model stands behind the embedder's name, so that its vectors do not fit those there are."""


class EmbedderAwayError(EmbedderError):
    """The embedder did not work for a question; words alone can still answer it."""


class RerankerError(AskPapersError):
    """The reranker is unreachable or faulty; the order without it stands."""


class MailError(AskPapersError):
    """A mail could not be sent."""


class MissingPackageError(AskPapersError):
    """An optional package that this needs is not installed."""


class PromptError(AskPapersError):
    """A prompt file is missing or its placeholders differ from what the code fills."""


class ChatModelError(AskPapersError):
    """The chat model failed. `partial` is what of the answer had come by then."""

    partial: str = ""


class ModelUnreachableError(ChatModelError):
    """Nobody answers at the model's address."""


class ModelRefusedError(ChatModelError):
    """The server refused the key, the model name or the request."""


class ModelBusyError(ChatModelError):
    """Rate limit or overload."""


class ContextOverflowError(ChatModelError):
    """The prompt is longer than the model's context window."""


class EmptyReplyError(ChatModelError):
    """The reply ended without any answer text, or was cut off before it was finished."""


class SourceError(AskPapersError):
    """A place that papers are fetched from does not answer, or refuses the request."""
