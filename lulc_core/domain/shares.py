"""How sure a counted share is."""

from __future__ import annotations


def wilson(k: int, n: int) -> tuple[float, float]:
    """95 % interval of a share ``k / n``, both ends in 0 to 1; (0, 1) when nothing was counted.

    Source: Wilson 1927, doi 10.1080/01621459.1927.10502953.
    """
    if n == 0:
        return 0.0, 1.0
    z = 1.959964
    share, spread = k / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * (share * (1 - share) / n + spread / (4 * n)) ** 0.5
    return (0.0 if k == 0 else middle - half), (1.0 if k == n else middle + half)
