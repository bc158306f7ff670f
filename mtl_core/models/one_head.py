"""One head for all tasks: none can be told from another, and they are goals of one answer."""

from dataclasses import replace

from mtl_core.errors import SpecError, some_of
from mtl_core.layers.stage import Backbone, Stage
from mtl_core.models.hard import HardSharing
from mtl_core.models.model import Setting


def one_head(setting: Setting) -> HardSharing:
    """Hard sharing with the head as one stage more: every task judges the same answer, as several objectives of one decision
    do, and owns nothing. Cost: one backbone's parameters and FLOPs.

    Raises:
        SpecError: heads of unlike layers.
    """
    first, *others = setting.heads
    if unlike := [head.name for head in others if head.layers != first.layers]:
        raise SpecError(
            f"strategy 'one_head' needs tasks that are asked alike, and {some_of(unlike)} cannot share the head of "
            f"{some_of([first.name])}; choose other tasks or another strategy."
        )
    body = setting.backbone
    stages = (*body.stages, Stage("head", first.layers))
    nothing = tuple(Stage(head.name, ()) for head in setting.heads)
    return HardSharing(replace(setting, backbone=Backbone.of(stages, body.shapes[0], body.words), heads=nothing))
