"""Layers and stages that serve many runs at once: what backbones and heads are made of.

Every tensor has the run axis first: parameters ``(R, *shape)``, activations ``(R, B, ...)``. Runs share no parameter, so the
gradient of a sum over runs holds every run's own gradient.
"""
