"""Comparing models: the same frozen evidence for each, what each writes measured against it and against what is known."""
