"""How well the library's searches find what people who know a collection have judged to be relevant."""
