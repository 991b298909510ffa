"""For who has a tool of their own: figures as SQL views, in a database with nothing else."""
