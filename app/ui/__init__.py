"""The chat page and everything that turns answers into text, HTML or JSON. Knows only `app.core` and gradio.

Gradio decides about its telemetry while it is being imported; this package is imported before it, so this
is the one place where "nothing is sent anywhere" can be made certain. The second line is about speed: for a
monitoring page we do not serve, Gradio would build a table of all past events after every single one.
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1000000000"
