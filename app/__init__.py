"""askpapers: ask a body of research papers questions through their abstracts."""

__version__ = "0.1.0"
