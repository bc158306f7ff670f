"""The backbones: one line each."""

from mtl_core.spec.choice import Choice
from mtl_core.spec.option import Option
from mtl_core.spec.table import BackboneEntry, down_and_up, fused, numbered, table

BACKBONES: dict[str, BackboneEntry] = table(
    BackboneEntry(
        "mlp",
        "Multilayer perceptron",
        "Layers of neurons, each reading all of the layer before.",
        "mtl_core.models.mlp:mlp",
        (
            Option("width", "integer", 32, "neurons in each shared layer", 1, 512, unit="neurons", logarithmic=True),
            Option("depth", "integer", 2, "shared layers", 1, 8, unit="layers"),
            Option("normalise", "flag", False, "layer normalisation after each layer; never batch statistics"),
        ),
    ),
    BackboneEntry(
        "cnn",
        "Convolutional network",
        "Small filters slide over the image and halve it stage by stage.",
        "mtl_core.models.cnn:cnn",
        (
            Option("width", "integer", 8, "filters of the first stage; each next has twice as many", 1, 64, logarithmic=True),
            Option("depth", "integer", 2, "convolution stages", 1, 4, unit="stages"),
            Option("normalise", "flag", True, "group normalisation after each stage; never batch statistics"),
        ),
        accepts=("image",),
        stages=numbered("stage"),
        dearer=160,
    ),
    BackboneEntry(
        "lenet",
        "LeNet of the MultiMNIST papers",
        "Large filters that stay within the image, the largest of each 2x2 block, and a dense layer at last.",
        "mtl_core.models.lenet:lenet",
        (
            Option(
                "width",
                "integer",
                10,
                "filters of the first stage; the dense layer has five times as many neurons",
                1,
                64,
                logarithmic=True,
            ),
            Option("depth", "integer", 3, "stages: convolutions, and one dense layer at last", 2, 5, unit="stages"),
            Option(
                "kernel",
                "integer",
                5,
                "side of the first filters: 5 as Sener & Koltun, 9 as Lin et al. have it",
                2,
                15,
                unit="pixels",
            ),
            Option("normalise", "flag", False, "normalisation before each rectifier, which the papers do without"),
        ),
        source="LeCun et al. 1998, as in Sener & Koltun 2018 and Lin et al. 2019",
        accepts=("image",),
        stages=numbered("stage", "layer"),
    ),
    BackboneEntry(
        "tutorial_cnn",
        "CNN of TensorFlow's tutorial",
        "Small filters that stay within the image, the largest of each 2x2 block between, and a dense layer at last.",
        "mtl_core.models.tutorial_cnn:tutorial_cnn",
        (
            Option(
                "width",
                "integer",
                32,
                "filters of the first stage; the others and the dense layer have twice as many",
                1,
                64,
                logarithmic=True,
            ),
            Option("depth", "integer", 4, "stages: convolutions, and one dense layer at last", 2, 5, unit="stages"),
            Option("normalise", "flag", False, "normalisation before each rectifier, which the tutorial does without"),
        ),
        source="TensorFlow's tutorial on CIFAR-10",
        accepts=("image",),
        stages=numbered("stage", "layer"),
    ),
    BackboneEntry(
        "resnet",
        "Residual network",
        "Convolutions that add to what they read rather than replace it, so that deep networks train.",
        "mtl_core.models.resnet:resnet",
        (
            Option("width", "integer", 8, "filters of the first stage; each next has twice as many", 1, 64, logarithmic=True),
            Option("depth", "integer", 2, "residual stages; the image is halved between them", 1, 4, unit="stages"),
            Option("blocks", "integer", 1, "residual blocks of each stage, of two convolutions each", 1, 2, unit="blocks"),
        ),
        source="He et al. 2016",
        accepts=("image",),
        stages=numbered("stage"),
        dearer=320,
    ),
    BackboneEntry(
        "unet",
        "U-Net",
        "Convolutions look at ever coarser maps of the picture, then at finer ones again beside what they saw on the way: an "
        "answer for every pixel.",
        "mtl_core.models.unet:unet",
        (
            Option("width", "integer", 8, "filters of the first stage, doubled at each halving", 1, 64, logarithmic=True),
            Option(
                "depth",
                "integer",
                6,
                "stages: one, two for each time that the picture is halved, and one more at the bottom where it is even",
                3,
                8,
                unit="stages",
            ),
            Option("normalise", "flag", False, "group normalisation before each rectifier; never batch statistics"),
        ),
        source="Ronneberger, Fischer & Brox 2015",
        accepts=("image",),
        gives=("vector", "map"),
        stages=down_and_up,
        dearer=10_500,
    ),
    BackboneEntry(
        "fullsize",
        "Residual network in full size",
        "Residual convolutions that never halve the image, so that something can be told of every pixel.",
        "mtl_core.models.resnet:fullsize",
        (
            Option("width", "integer", 16, "filters of every stage", 1, 64, logarithmic=True),
            Option("depth", "integer", 3, "stages of two convolutions each", 1, 8, unit="stages"),
        ),
        source="He et al. 2016, without halving",
        accepts=("image",),
        gives=("vector", "map"),
        stages=numbered("stage"),
        dearer=1300,
    ),
    BackboneEntry(
        "transformer",
        "Transformer",
        "Words of a text, numbers of a vector or patches of an image look at one another and choose what to take over.",
        "mtl_core.models.transformer:transformer",
        (
            Option("width", "integer", 32, "numbers of each position, a multiple of the heads", 4, 256, logarithmic=True),
            Option("depth", "integer", 2, "blocks of attention and feed-forward", 1, 8, unit="blocks"),
            Option("heads", "integer", 4, "heads of attention; they must divide the width", 1, 16, unit="heads"),
            Option("patch", "integer", 2, "side of the square patches an image is cut into", 1, 16, unit="pixels"),
        ),
        source="Vaswani et al. 2017",
        accepts=("vector", "image", "tokens"),
        gives=("vector", "positions"),
        stages=numbered("block"),
        dearer=150,
    ),
    BackboneEntry(
        "encoders",
        "An encoder for each input",
        "Every part of an example has layers of its own; then what they see is read together.",
        "mtl_core.models.encoders:encoders",
        (
            Option("width", "integer", 32, "neurons of each encoder and of the stages above", 4, 512, logarithmic=True),
            Option(
                "depth", "integer", 3, "stages: encoders, and at last two that read all parts together", 2, 6, unit="stages"
            ),
            Option(
                "encoder",
                "choice",
                "dense",
                "what encoders are made of: neurons that read all of the stage before, or of pictures small filters",
                choices=("dense", "convolutional"),
            ),
            Option("normalise", "flag", False, "normalisation before each rectifier; never batch statistics"),
        ),
        source="Ngiam et al. 2011",
        accepts=("parts",),
        stages=fused,
        dearer=21,
    ),
)


def stages(backbone: Choice) -> tuple[str, ...]:
    """The names of a chosen backbone's stages, from the input up."""
    return BACKBONES[backbone.name].stages(backbone.options["depth"])
