"""What scripts and MCP clients may call: the public functions, their shapes and their errors."""
