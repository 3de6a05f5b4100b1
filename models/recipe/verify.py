"""Compare a checkpoint with its GGUF in the product's addon: token ids, logits, greedy continuations."""
import argparse
import json
import subprocess
from pathlib import Path

import numpy as np
import torch

from gguf import weights_of
from links import build, node
from model import Config, Qwen2
from natural import Natural
from synth import CUT, Documents
from tokenizer import Tokenizer

HERE = Path(__file__).parent


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint")
    p.add_argument("gguf")
    p.add_argument("--data", default=str(HERE / "data"))
    p.add_argument("--texts", type=int, default=200)
    p.add_argument("--prompts", type=int, default=50)
    p.add_argument("--count", type=int, default=16, help="tokens of each continuation")
    a = p.parse_args()
    tok = Tokenizer.load(Path(a.data) / "tokenizer.json.gz")
    build()
    docs = Documents(4242, Natural(a.data))
    texts = ["".join(s for s, _ in docs.document() if s not in tok.special).replace(CUT, "") for _ in range(a.texts)]
    texts[::10] = [t[:len(t) // 3] + " naïve café Ünï 123 ²½ don't I'LL\t\t x\r\n\r\n  y  " + t[len(t) // 3:] for t in texts[::10]]
    prompts = [ids[:len(ids) * 3 // 4] for ids in (tok.encode(t)[:300] for t in texts[1:a.prompts + 1])]
    request = json.dumps({"texts": texts, "prompts": prompts, "count": a.count})
    answer = json.loads(subprocess.run([node(), str(HERE / "continue.mjs"), a.gguf], input=request, check=True,
        capture_output=True, text=True).stdout)
    print(f"token ids equal: {sum(theirs == tok.encode(t) for theirs, t in zip(answer['tokens'], texts))} of {len(texts)}")

    checkpoint = torch.load(a.checkpoint, map_location="cpu")
    trained = Qwen2(Config(**checkpoint["config"]))
    trained.load_state_dict(checkpoint["model"])
    # The same rounded weights here: what is left is arithmetic.
    rounded = Qwen2(Config(**checkpoint["config"]))
    rounded.load_state_dict(weights_of(a.gguf, rounded))
    end = tok.special["<|endoftext|>"]
    for name, model in (("rounded weights", rounded), ("trained weights", trained)):
        equal, gaps, ties = 0, [], []
        for prompt, run in zip(prompts, answer["runs"]):
            # One pass over prompt and continuation tells at every place what greedy decoding would have taken there.
            with torch.no_grad():
                logits = model(torch.tensor([prompt + run["continuation"]]))[0, len(prompt) - 1:]
            gaps.append(float((logits[0] - torch.tensor(run["first"])).abs().max()))
            best = logits.argmax(-1).tolist()
            wanted = run["continuation"] + ([end] if len(run["continuation"]) < a.count else [])
            differs = next((i for i, token in enumerate(wanted) if best[i] != token), None)
            equal += differs is None
            if differs is not None:
                ties.append(float(logits[differs].max() - logits[differs][wanted[differs]]))
        print(f"{name}: greedy continuations equal {equal} of {len(prompts)}; "
              f"logits differ by at most {max(gaps):.4f}, median of the largest {np.median(gaps):.4f}"
              + (f"; where a continuation differs, the two best are within {max(ties):.4f}" if ties else ""))


if __name__ == "__main__":
    main()
