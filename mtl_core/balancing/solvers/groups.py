"""The best groups of a few numbers on the line, for many runs at once."""

import torch
from torch import Tensor


def group_means(values: Tensor, groups: int) -> Tensor:
    """Each number replaced by the mean of its group, the groups being those with the least sum of squared deviations.

    Sorted, every group is an interval; dynamic programming over where intervals end finds the best ones exactly.

    Args:
        values: ``(R, T)`` float64.
        groups: how many; as many as there are numbers changes nothing.

    Returns:
        ``(R, T)``.

    Source: Wang & Song 2011 (one-dimensional k-means).
    Cost: ``groups`` sweeps over a T x T table.
    """
    runs, count = values.shape
    groups = min(groups, count)
    ordered, order = values.sort(dim=1, stable=True)
    scale = ordered.abs().amax(1, keepdim=True)
    ordered = ordered / scale.masked_fill(scale <= 0, 1.0)
    nothing = ordered.new_zeros(runs, 1)
    sums = torch.cat([nothing, ordered.cumsum(1)], dim=1)
    squares = torch.cat([nothing, ordered.square().cumsum(1)], dim=1)
    place = torch.arange(count, device=values.device)
    length = (place - place[:, None] + 1).clamp(min=1)
    inner = sums[:, None, 1:] - sums[:, :-1, None]  # (R, T, T): the sum from row to column
    spread = (squares[:, None, 1:] - squares[:, :-1, None] - inner.square() / length).clamp(min=0)
    spread = spread.masked_fill(place < place[:, None], torch.inf)
    best, starts = spread[:, 0], [torch.zeros_like(order)]
    for _ in range(1, groups):
        before = torch.cat([nothing + torch.inf, best[:, :-1]], dim=1)
        best, begin = (before.unsqueeze(-1) + spread).min(dim=1)
        starts.append(begin)
    means, end = torch.zeros_like(ordered), torch.full_like(order[:, :1], count - 1)
    for begin in reversed(starts):
        first = begin.gather(1, end)
        mean = (sums.gather(1, end + 1) - sums.gather(1, first)) / (end - first + 1)
        means = torch.where((place >= first) & (place <= end), mean, means)
        end = (first - 1).clamp(min=0)
    return torch.zeros_like(means).scatter(1, order, means * scale)
