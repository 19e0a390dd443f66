"""`python -m app` is the same as the `askpapers` command."""

from app.cli import main

main()
