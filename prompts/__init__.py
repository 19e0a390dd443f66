"""The prompts, one Markdown file each; `app.core.prompting` loads and checks them."""
