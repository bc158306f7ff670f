"""How task gradients become one update: one method a file, small batched solvers, and two doors for single use.

Importing this package does not import torch; calling it does.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["direction", "weights"]


def weights(name: str, gramian: Any, losses: Any = None, *, seed: int = 0, **options: Any) -> "Tensor":
    """The effective weights of one method, applied once from its first state.

    Args:
        name: a name of ``METHODS``.
        gramian: ``(R, T, T)`` inner products of the task gradients, or ``(T, T)`` for one run; a tensor or what becomes one.
        losses: ``(R, T)`` or ``(T,)`` task losses; None for all ones.
        seed: what random methods draw from; run r draws as seed ``seed + r`` would.
        options: the method's options, as in a study; ``weights=`` for ``fixed``.

    Returns:
        ``(R, T)``, or ``(T,)`` for one run.

    Raises:
        SpecError: an unknown name or option, a shape that does not fit, or a value that is not finite; also a method that
            needs the gradients themselves, for which see ``direction``.
    """
    from mtl_core.balancing.once import weights_once

    return weights_once(name, gramian, losses, seed, options)


def direction(name: str, jacobian: Any, losses: Any = None, *, seed: int = 0, **options: Any) -> "Tensor":
    """The update direction of one method, applied once from its first state: what the trunk moves against.

    Args:
        name: a name of ``METHODS``.
        jacobian: ``(R, T, P)`` task gradients, or ``(T, P)`` for one run; a tensor or what becomes one.
        losses, seed, options: as in ``weights``.

    Returns:
        ``(R, P)``, or ``(P,)`` for one run.

    Raises:
        SpecError: an unknown name or option, a shape that does not fit, or a value that is not finite.
    """
    from mtl_core.balancing.once import direction_once

    return direction_once(name, jacobian, losses, seed, options)
