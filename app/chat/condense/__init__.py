"""Making a follow-up stand alone: "and its code?" after a question on OVOR becomes a question on OVOR's code.

By rule first, and the rule alone decides which papers "it" and "the second one" are: the answer's own order is
known exactly, a model would guess. With a chat model configured the wording is the model's, if it is usable.
"""

from __future__ import annotations

from app.chat.condense.numbers import numbered
from app.chat.condense.records import Condensed
from app.chat.condense.rewrite import usable_rewrite
from app.chat.condense.rule import condense_by_rule
from app.chat.condense.talk import Talk

__all__ = ["Condensed", "Talk", "condense_by_rule", "numbered", "usable_rewrite"]
