"""Questions with known answers, made from the abstracts of a library: by rule, and by a model whose every word is checked."""
