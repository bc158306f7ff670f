"""Images seen as ``(B, H, W, R, C)``, the order that convolutions on a processor leave, and by their 2x2 blocks."""

from torch import Tensor


def last(x: Tensor) -> Tensor:
    """``(R, B, C, H, W)`` as ``(B, H, W, R, C)``."""
    return x.permute(1, 3, 4, 0, 2)


def apart(x: Tensor) -> Tensor:
    """``last`` the other way."""
    return x.permute(3, 0, 4, 1, 2)


def large(x: Tensor) -> Tensor:
    """``(B, H, W, R, C)`` by its 2x2 blocks, a view ``(B, H / 2, W / 2, R, 2, 2, C)``."""
    parts: Tensor = x.unflatten(2, (-1, 2)).unflatten(1, (-1, 2))
    return parts.permute(0, 1, 3, 5, 2, 4, 6)


def block_sum(x: Tensor) -> Tensor:
    """``(B, H, W, R, C) -> (B, H / 2, W / 2, R, C)``."""
    parts = large(x)
    first, *others = (parts[:, :, :, :, down, right] for down in range(2) for right in range(2))
    total = first + others[0]
    return total.add_(others[1]).add_(others[2])


def spread(x: Tensor) -> Tensor:
    """Four channels as a 2x2 block, ``(B, h, w, R, 4 C) -> (B, 2 h, 2 w, R, C)``."""
    return blocks(x).permute(0, 1, 4, 2, 5, 3, 6).flatten(3, 4).flatten(1, 2)


def blocks(x: Tensor) -> Tensor:
    """``(B, h, w, R, 4 C)`` as blocks, a view ``(B, h, w, R, 2, 2, C)``."""
    parts: Tensor = x.unflatten(4, (2, 2, -1))
    return parts
