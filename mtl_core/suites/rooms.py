"""Pictures of rooms by simple optics: a floor, a wall, and balls, boxes and pillars that stand on the floor."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SIDE = 32
FOCAL = 0.9 * SIDE
CAMERA = 1.2
"""The camera's height in metres."""

CLASSES = ("floor", "wall", "ball", "box", "pillar")
FLOOR, WALL, BALL, BOX, PILLAR = range(len(CLASSES))

MOST = 4
"""Things in a room at most."""

AMBIENT, NOISE = 0.35, 0.04

Floats = npt.NDArray[np.float32]


class Room(NamedTuple):
    """What is to be seen: ``pictures`` ``(N, 3, H, W)`` from 0 to 1, ``classes`` ``(N, H, W)``, ``depth`` ``(N, H, W)`` in
    metres, ``normals`` ``(N, 3, H, W)`` of length one, and ``things`` ``(N, H, W)``, the number of the thing that a pixel shows
    or -1."""

    pictures: Floats
    classes: npt.NDArray[np.int64]
    depth: Floats
    normals: Floats
    things: npt.NDArray[np.int64]


class _Surface(NamedTuple):
    """Of every pixel, whether it shows a thing, and if so at what depth and with which normal (three arrays)."""

    shown: npt.NDArray[np.bool_]
    depth: Floats
    normal: tuple[Floats, Floats, Floats]


def draw_rooms(rng: np.random.Generator, count: int) -> Room:
    """So many rooms.

    The horizon is at 0.30 to 0.45 of the height and the back wall at 6 to 10 metres; the floor at row y is
    ``1.2 f / (y + 0.5 - horizon)`` away, as long as that is nearer than the wall. One to four things at 1.6 to 4.5 metres, up
    to 0.38 of that to a side, hide what is behind them. Each thing, floor and wall has an albedo of its own; shading is
    ``0.35 + 0.65 max(0, n l)`` with one light a picture; noise of every pixel has a standard deviation of 0.04.
    """

    def uniform(low: float, high: float, *more: int) -> Floats:
        return rng.uniform(low, high, size=(count, *(more or (1, 1)))).astype(np.float32)

    places = np.arange(SIDE, dtype=np.float32) + 0.5
    across, down = places[None, None, :], places[None, :, None]
    horizon, wall = uniform(0.30, 0.45) * SIDE, uniform(6, 10)
    below = down - horizon
    ground = np.where(below > 0, CAMERA * FOCAL / np.where(below > 0, below, 1), np.inf)
    floor = np.broadcast_to(ground < wall, (count, SIDE, SIDE))
    depth = np.where(floor, ground, wall).astype(np.float32)
    classes = np.where(floor, FLOOR, WALL)
    normals = np.stack((np.zeros_like(depth), floor, ~floor), axis=1).astype(np.float32)
    things = np.full(depth.shape, -1)
    number = rng.integers(1, MOST + 1, size=(count, 1, 1))
    for thing in range(MOST):
        kind = rng.integers(BALL, PILLAR + 1, size=(count, 1, 1))
        away = uniform(1.6, 4.5)
        middle = SIDE / 2 + FOCAL * uniform(-0.38, 0.38)
        base = horizon + CAMERA * FOCAL / away
        right, up = (across - middle) * away / FOCAL, (base - down) * away / FOCAL  # metres from where it stands
        surfaces = (
            _ball(right, up, away, uniform(0.3, 0.6)),
            _box(right, up, away, uniform(0.15, 0.35) * np.float32(np.pi), uniform(0.5, 1), uniform(0.5, 1.1)),
            _pillar(right, up, away, uniform(0.15, 0.3), uniform(1, 2)),
        )
        for which, surface in zip((BALL, BOX, PILLAR), surfaces, strict=True):
            nearer = surface.shown & (surface.depth < depth) & (kind == which) & (thing < number)
            depth[nearer] = np.broadcast_to(surface.depth, depth.shape)[nearer]
            classes[nearer], things[nearer] = which, thing
            for axis, part in enumerate(surface.normal):
                normals[:, axis][nearer] = np.broadcast_to(part, depth.shape)[nearer]
    light = np.concatenate([uniform(-0.8, 0.8, 1), uniform(0.3, 1, 1), uniform(0.3, 1, 1)], axis=1)
    light /= np.linalg.norm(light, axis=1, keepdims=True)
    shade = AMBIENT + (1 - AMBIENT) * np.maximum(0, np.einsum("nahw,na->nhw", normals, light))
    albedo = uniform(0.2, 1, 2 + MOST, 3)  # floor, wall, and each thing
    colour = np.take_along_axis(albedo, np.where(things < 0, classes, 2 + things).reshape(count, -1, 1), axis=1)
    picture = colour.reshape(count, SIDE, SIDE, 3).transpose(0, 3, 1, 2) * shade[:, None]
    noise = np.float32(NOISE) * rng.standard_normal(picture.shape, dtype=np.float32)
    return Room(np.clip(picture + noise, 0, 1), classes, depth, normals, things)


def _ball(right: Floats, up: Floats, away: Floats, radius: Floats) -> _Surface:
    across, along = right / radius, up / radius - 1
    square = across**2 + along**2
    out = np.sqrt(np.maximum(0, 1 - square))
    return _Surface(square < 1, away - radius * out, (across, along, out))


def _box(right: Floats, up: Floats, away: Floats, turn: Floats, width: Floats, height: Floats) -> _Surface:
    """Two faces that meet at an edge, from which both slope away."""
    sine, cosine = np.sin(turn), np.cos(turn)
    left = right < 0
    depth = away + np.where(left, -right * sine / cosine, right * cosine / sine)
    shown = (right > -width * cosine) & (right < width * sine) & (up > 0) & (up < height)
    nothing = np.zeros_like(right)
    return _Surface(shown, depth, (np.where(left, -sine, cosine), nothing, np.where(left, cosine, sine)))


def _pillar(right: Floats, up: Floats, away: Floats, radius: Floats, height: Floats) -> _Surface:
    across = right / radius
    out = np.sqrt(np.maximum(0, 1 - across**2))
    shown = (np.abs(across) < 1) & (up > 0) & (up < height)
    return _Surface(shown, away - radius * out, (across, np.zeros_like(across), out))
