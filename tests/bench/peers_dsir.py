"""DSIR's own weights, run by `.venv-bench`: `peers_dsir.py RAW.jsonl TARGET.jsonl OUT`.

`HashedNgramDSIR` of the package data-selection with its defaults: hashed words and pairs of words in 10,000
buckets. OUT/log_importance_weights/0.npy has the sum over a text's n-grams, OUT/perexample_metadata/0.npy
their number, in the order of RAW; the package leaves out texts of fewer than 100.
"""

import sys

from data_selection import HashedNgramDSIR

if __name__ == "__main__":
    raw, target, out = sys.argv[1:]
    weights = HashedNgramDSIR([raw], [target], cache_dir=out, num_proc=1)
    weights.fit_importance_estimator(num_tokens_to_fit="all")
    weights.compute_importance_weights()
