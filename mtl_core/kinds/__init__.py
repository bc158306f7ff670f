"""The kinds of task, one a file: the head that answers, the loss of an example, and metrics that add up over batches."""
