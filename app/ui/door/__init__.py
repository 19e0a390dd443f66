"""Who comes in: login, who is asking, how often, how much, and whether the server is well. In front of everything else."""
