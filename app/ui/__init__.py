"""The chat page and everything that turns answers into text, HTML or JSON. Knows only `app.core` and gradio.

Gradio decides about its telemetry while it is being imported; this package is imported before it, so this
is the one place where "nothing is sent anywhere" can be made certain.
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
