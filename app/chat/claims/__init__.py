"""The verdict on one claim, rule by rule; `app.chat.verify` is the step that checks a whole answer with it."""
