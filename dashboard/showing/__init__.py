"""What results pages share: the page's frame, the training view, comparison, reading aids."""
