"""Two parts of the transformer with their gradients, written for a processor: few memories, each small.

Autograd would write and read three times as much, and products with the narrow side last are a sixth slower.
"""

from typing import Any

import torch

PIECE = 256  # tokens whose scores are in memory at once: a megabyte, so that they stay near the processor


class FusedMLP(torch.autograd.Function):
    """relu(x up)^2 down, of x (n, width), up (width, wide), down (width, wide)."""

    @staticmethod
    def forward(context: Any, x: torch.Tensor, up: torch.Tensor, down: torch.Tensor) -> torch.Tensor:
        wide = torch.mm(x, up).clamp_(min=0)
        squares = wide * wide
        context.save_for_backward(x, up, down, wide, squares)
        return torch.mm(squares, down.t())

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x, up, down, wide, squares = context.saved_tensors
        half = torch.mm(gradient, down).mul_(wide)
        to_x = torch.addmm(x, half, up.t(), beta=0, alpha=2)
        to_up = torch.addmm(up, x.t(), half, beta=0, alpha=2)
        return to_x, to_up, torch.mm(gradient.t(), squares)


class Loss(torch.autograd.Function):
    """Mean cross-entropy over the whole vocabulary, its gradients made at once, a piece of the tokens at a
    time; scores, probabilities and gradient share one memory."""

    @staticmethod
    def forward(
        context: Any, states: torch.Tensor, embedding: torch.Tensor, bias: torch.Tensor, asked: torch.Tensor
    ) -> torch.Tensor:
        to_states, to_bias = torch.empty_like(states), torch.zeros_like(bias)
        to_embedding = states.new_zeros(embedding.shape[::-1])
        total = states.new_zeros(())
        for first in range(0, len(states), PIECE):
            piece = slice(first, first + PIECE)
            target = asked[piece, None]
            p = torch.addmm(bias, states[piece], embedding.t())
            torch.softmax(p, 1, out=p)
            total -= p.gather(1, target).clamp_min_(torch.finfo(p.dtype).tiny).log_().sum()
            p.scatter_add_(1, target, p.new_full(target.shape, -1.0))
            torch.mm(p, embedding, out=to_states[piece])
            to_embedding.addmm_(states[piece].t(), p)
            to_bias += p.sum(0)
        context.save_for_backward(to_states, to_embedding.t().contiguous(), to_bias)
        return total / len(states)

    @staticmethod
    def backward(context: Any, scale: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        scale = scale / len(context.saved_tensors[0])
        return (*(gradient.mul_(scale) for gradient in context.saved_tensors), None)
