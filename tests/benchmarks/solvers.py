"""The exact Nash-MTL solver on many runs at once: its residual and its time."""

import torch
from measure import interleaved, machine

from mtl_core.balancing import weights


def main() -> None:
    """Print the table."""
    print(machine())
    generator = torch.Generator().manual_seed(0)
    for runs, tasks in ((64, 2), (64, 5), (64, 10)):
        jacobian = torch.randn(runs, tasks, 50, generator=generator, dtype=torch.float64)
        gramian = jacobian @ jacobian.mT
        found = weights("nash_mtl", gramian)
        residual = (gramian @ found[..., None]).squeeze(2) * found - 1
        seconds = interleaved({"nash": lambda gramian=gramian: weights("nash_mtl", gramian)}, rounds=30)["nash"]
        print(f"Nash-MTL, {runs} runs, T = {tasks}: residual at most {residual.abs().max():.1e}, {1e3 * seconds:.2f} ms")


if __name__ == "__main__":
    main()
