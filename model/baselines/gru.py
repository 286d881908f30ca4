"""A recurrent network over the same events, with the same output chain: Notochord's method.

Notochord (Shepardson et al. 2022) models MIDI events by a GRU and a chain of attributes. All but
the recurrent body is the project's own network, and training is ``model.train``'s: the same data,
views, schedule and checkpoints.
"""

from torch import Tensor, nn

from antiphon.model.network import Network, Shape

HIDDEN, LAYERS = 640, 2
"""As many parameters as six layers of the Transformer of the default shape, within 5 %."""


class Recurrent(Network):
    """The network with a GRU in place of its Transformer; ``hidden`` is the recurrent state's size.

    Of a shape's fields only ``width``, ``layers``, ``hidden`` and ``chain_hidden`` matter.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.layers = nn.ModuleList()
        self.recurrent = nn.GRU(shape.width, shape.hidden, shape.layers, batch_first=True)
        self.back = nn.Linear(shape.hidden, shape.width, bias=False)
        self.reset()

    def reset(self) -> None:
        """Draw fresh weights; the recurrent ones as PyTorch does, uniform by the state's size."""
        super().reset()
        if hasattr(self, "recurrent"):
            self.recurrent.reset_parameters()

    def hidden(self, tokens: Tensor, condition: Tensor) -> Tensor:
        """Hidden states (B, T, D) of events (B, T, 4) under conditions (B, T, SIZE)."""
        states, _ = self.recurrent(self.embedded(tokens, condition))
        # Under autocast the states are bfloat16, and the norm has no kernel for a mixture.
        result: Tensor = self.norm(self.back(states).float())
        return result


def default_shape() -> Shape:
    """The baseline's shape."""
    return Shape(hidden=HIDDEN, layers=LAYERS)
