"""Paper sources -> papers -> chunks -> store. `pipeline` has the order of the steps."""
