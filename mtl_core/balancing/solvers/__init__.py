"""Small convex problems, solved for a batch of runs at once. Each solver states its tolerance and its bound."""
