"""What is new in a library: a short cited digest of the papers added since a day, grouped by topic."""
