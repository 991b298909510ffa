"""For those who have their own tool: figures as SQL views, in a database that holds nothing else."""
