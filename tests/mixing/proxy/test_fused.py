import pytest
import torch
from torch.nn import functional as F

from winnow.mixing.proxy import fused, transformer


def draw(*shapes):
    generator = torch.Generator().manual_seed(1)
    given = [torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in shapes]
    return [[one.clone().requires_grad_() for one in given] for _ in range(2)]


def compare(ours, plain, given, others):
    torch.testing.assert_close(ours, plain)
    weights = torch.arange(1.0, 1 + ours.numel(), dtype=torch.float64).view(ours.shape)
    (ours * weights).sum().backward()
    (plain * weights).sum().backward()
    for one, other in zip(given, others, strict=True):
        torch.testing.assert_close(one.grad, other.grad)


@pytest.mark.parametrize("piece", [3, 100])
def test_loss_and_gradients_are_those_of_cross_entropy(monkeypatch, piece):
    monkeypatch.setattr(fused, "PIECE", piece)
    given, others = draw((7, 5), (12, 5), (12,))
    asked = torch.tensor([0, 3, 3, 11, 5, 1, 2])
    compare(fused.Loss.apply(*given, asked) * 2, F.cross_entropy(F.linear(*others), asked) * 2, given, others)


def test_wide_and_gradients_are_those_of_autograd():
    given, others = draw((7, 5), (5, 20), (5, 20))
    compare(fused.FusedMLP.apply(*given), transformer._widen(*others), given, others)


def test_a_token_held_impossible_has_a_finite_loss():
    states = torch.tensor([[1000.0]], requires_grad=True)
    loss = fused.Loss.apply(states, torch.tensor([[1.0], [-1.0]]), torch.zeros(2), torch.tensor([1]))
    assert 80 < loss.item() < 100
