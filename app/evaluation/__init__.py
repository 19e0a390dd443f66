"""How well the library's searches find what people have judged to be relevant, and how good its answers are."""
