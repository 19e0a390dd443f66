"""The groups that a library hides: papers gathered by their vectors, each group named by its distinctive terms."""
