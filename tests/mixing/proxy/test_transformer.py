import numpy as np
import pytest
import torch

from winnow.mixing.proxy import transformer, windows
from winnow.mixing.proxy.transformer import Engine, Shape

SIZE, CONTEXT = 12, 16
TINY = Shape(32, 1)


def ask(rows, answer=1):
    return windows.join([(np.array(row, dtype=np.uint16), answer) for row in rows], [0] * len(rows))


def cycles(step, length=4000):
    return (np.arange(length) * step % SIZE).astype(np.uint16)


def rows(step, number):
    """Sequences of one more token than the context, as training takes them."""
    return np.stack([np.roll(cycles(step), -i)[: CONTEXT + 1] for i in range(number)])


def train(text, shape=TINY, rate=0.01, seed=0, **more):
    return transformer.train(text, SIZE, shape, rate, seed, **more)


def test_a_model_of_equal_scores_is_uniform():
    weights = {name: array * 0 for name, array in train(rows(1, 4)).items()}
    asked = ask([range(10), range(4)], answer=2)
    np.testing.assert_allclose(
        transformer.measure_bits(weights, asked), [8 * np.log2(SIZE), 2 * np.log2(SIZE)], rtol=1e-6
    )


@pytest.mark.parametrize("shape", [TINY, Shape(64, 2)])
def test_it_learns_the_source_that_the_mix_holds(shape):
    asked = ask([cycles(1, CONTEXT), cycles(5, CONTEXT)], answer=3)
    bits = [
        transformer.measure_bits(train(text, shape), asked)
        for text in (
            rows(1, 700),
            rows(5, 700),
            np.stack([rows(1, 700), rows(5, 700)], axis=1).reshape(1400, -1),
        )
    ]
    assert bits[0][0] < 3 and bits[1][1] < 3  # of 13 tokens: a cycle leaves nothing to guess
    assert bits[0][1] > 13 and bits[1][0] > 13
    assert bits[2].max() < 13


def test_bits_do_not_depend_on_the_company_in_the_batch():
    asked = [np.random.default_rng(i).integers(0, SIZE, 3 + i % 9).tolist() for i in range(70)]
    weights = train(rows(1, 120))
    together = transformer.measure_bits(weights, ask(asked))
    alone = [transformer.measure_bits(weights, ask([row])).item() for row in asked]
    np.testing.assert_allclose(together, alone, rtol=1e-4)


def states(weights, *tokens):
    weights = {name: torch.from_numpy(array) for name, array in weights.items()}
    places = transformer._make_places(weights, len(tokens))
    return transformer._compute_states(weights, torch.tensor([tokens]), places)[0]


def test_a_token_is_not_told_what_follows():
    weights = train(rows(1, 120))
    one, two = states(weights, 1, 2, 3, 4, 5, 6), states(weights, 1, 2, 3, 9, 9, 9)
    torch.testing.assert_close(one[:3], two[:3])
    assert (one[3:] - two[3:]).abs().max() > 0.1


def test_far_tokens_count_less_by_a_penalty_on_distance():
    """Attention with the places equals attention with the penalty as a mask, as ALiBi is written."""
    heads, length = 2, 9
    generator = torch.Generator().manual_seed(1)
    qkv = torch.randn(1, length, 3, heads, transformer.HEAD, generator=generator)
    qkv[:, :, :2, :, -1] = 0.0
    places = transformer._make_places({"shift": torch.zeros(64), "bias": torch.zeros(1)}, length)
    query, key, value = (qkv + places.view(length, 3, heads, -1)).permute(2, 0, 3, 1, 4)
    found = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
    distance = torch.arange(length)[:, None] - torch.arange(length)[None]
    slopes = torch.tensor([2.0**-4, 2.0**-8])[:, None, None]
    mask = (-slopes * distance).masked_fill(distance < 0, float("-inf"))
    query, key, value = qkv.permute(2, 0, 3, 1, 4)
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask[None])
    torch.testing.assert_close(found, expected)


def test_the_same_seed_gives_the_same_weights():
    trained = [train(rows(1, 120), seed=seed) for seed in (0, 0, 1)]
    assert all(np.array_equal(trained[0][name], trained[1][name]) for name in trained[0])
    assert not np.array_equal(trained[0]["embedding"], trained[2]["embedding"])


def test_in_bfloat16_it_learns_as_much():
    asked = ask([cycles(1, CONTEXT)], answer=3)
    weights = train(rows(1, 700), engine=Engine("cpu", bf16=True, compiled=False))
    assert transformer.measure_bits(weights, asked).item() < 3
    assert weights["embedding"].dtype == np.float32


@pytest.mark.parametrize("size", [100_000, 200_000, 300_000, 1_000_000, 10_000_000, 30_000_000, 100_000_000])
def test_a_shape_has_about_the_parameters_that_were_asked_for(size):
    shape = transformer.choose_shape(size, 1024)
    found = transformer.count_parameters(shape, 1024)
    assert 0.8 < found / size < 1.25
    assert 0.5 < shape.width / shape.depth / transformer.ASPECT < 2.5


def test_parameters_are_counted_as_they_are():
    for shape in (TINY, Shape(64, 3)):
        weights = train(rows(1, 4), shape)
        assert sum(array.size for array in weights.values()) == transformer.count_parameters(shape, SIZE)


def test_a_proxy_that_diverges_says_at_which_step():
    with pytest.raises(transformer.Diverged, match=r"the loss is .* at step \d+ of 175"):
        train(rows(1, 700), rate=1e4)
    with pytest.raises(transformer.Diverged, match="the loss is nan at step 2 of"):
        train(rows(1, 700), rate=float("inf"))
