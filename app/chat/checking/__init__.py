"""Whole-library questions: every paper that may be meant is looked at, and gets a verdict with the words it rests on."""
