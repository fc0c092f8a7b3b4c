import numpy as np
import torch

from mixing.proxy import transformer, windows

SIZE, CONTEXT = 12, 16


def ask(rows, answer=1):
    return windows.join([(np.array(row, dtype=np.uint16), answer) for row in rows], [0] * len(rows))


def cycles(step, length=4000):
    return (np.arange(length) * step % SIZE).astype(np.uint16)


def rows(step, number):
    """Sequences of one more token than the context, as training takes them."""
    return np.stack([np.roll(cycles(step), -i)[: CONTEXT + 1] for i in range(number)])


def test_a_model_of_equal_scores_is_uniform():
    weights = transformer._draw_weights(SIZE, 0)
    with torch.no_grad():
        for weight in weights.values():
            weight.zero_()
    asked = ask([range(10), range(4)], answer=2)
    np.testing.assert_allclose(
        transformer.measure_bits(weights, asked), [8 * np.log2(SIZE), 2 * np.log2(SIZE)], rtol=1e-6
    )


def test_it_learns_the_source_that_the_mix_holds():
    asked = ask([cycles(1, CONTEXT), cycles(5, CONTEXT)], answer=3)
    bits = [
        transformer.measure_bits(transformer.train(text, SIZE, 0), asked)
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
    weights = transformer.train(rows(1, 120), SIZE, 0)
    together = transformer.measure_bits(weights, ask(asked))
    alone = [transformer.measure_bits(weights, ask([row])).item() for row in asked]
    np.testing.assert_allclose(together, alone, rtol=1e-4)


def test_a_token_is_not_told_what_follows():
    weights = transformer.train(rows(1, 120), SIZE, 0)
    mask = transformer._make_mask(6)
    with torch.no_grad():
        one = transformer._compute_states(weights, torch.tensor([[1, 2, 3, 4, 5, 6]]), mask)
        two = transformer._compute_states(weights, torch.tensor([[1, 2, 3, 9, 9, 9]]), mask)
    torch.testing.assert_close(one[:, :3], two[:, :3])
    assert (one[:, 3:] - two[:, 3:]).abs().max() > 0.1


def test_the_same_seed_gives_the_same_weights():
    trained = [transformer.train(rows(1, 120), SIZE, seed) for seed in (0, 0, 1)]
    assert all(torch.equal(trained[0][name], trained[1][name]) for name in trained[0])
    assert not torch.equal(trained[0]["embedding"], trained[2]["embedding"])


def test_it_has_less_than_half_a_million_parameters():
    assert sum(weight.numel() for weight in transformer._draw_weights(4096, 0).values()) < 500_000
