"""What is shared: backbones as lists of stages, and strategies over them. As in ``mtl_core.layers``, the run axis is first."""
