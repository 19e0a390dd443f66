"""What the chat shows before anything was asked."""

NO_EVIDENCE = (
    '<div class="ap-empty"><p>The papers behind each answer appear here, with the cited sentences '
    "highlighted.</p></div>"
)
WELCOME = (
    '<div class="ap-welcome"><p class="ap-welcome-title">What do you want to know from your papers?</p>'
    "<p>Answers come from the abstracts in your library, and every statement names its paper.</p></div>"
)
