"""Domain types, ports, errors, settings, prompts and token counting: no vendor, no input or output."""
