"""Where studies run: a worker process that trains, and a supervisor beside the server that keeps it running."""
