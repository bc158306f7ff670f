"""What is shared: layers that serve many runs at once, backbones as lists of stages, heads, and strategies over them.

Every tensor has the run axis first: parameters ``(R, *shape)``, activations ``(R, B, ...)``. Runs share no parameter, so the
gradient of a sum over runs holds every run's own gradient.
"""
