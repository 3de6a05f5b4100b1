"""Train the starter model on CPU or CUDA within a time budget.

Compute is bf16 with fp32 master weights; Muon for the matrices of the blocks, AdamW for the rest.
"""
import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from data import Source, load_shard, packed_batches, padded_batches
from gguf import weights_of
from model import CONFIGS, Config, Qwen2
from tokenizer import Tokenizer


def orthogonalise(g, steps=5):
    """Newton-Schulz approximation of the nearest semi-orthogonal matrices of a batch, in bf16."""
    x = g.bfloat16()
    flip = x.shape[-2] > x.shape[-1]
    x = x.mT if flip else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
    return x.mT if flip else x


class Optimizer:
    """Muon (matrices of the blocks, batched by shape) and AdamW over fp32 masters of a bf16 model."""

    def __init__(self, model, muon_lr, adam_lr, decay):
        self.params, self.groups, self.t = [], {}, 0
        for name, p in model.named_parameters():
            muon = p.dim() == 2 and "token_embd" not in name
            s = dict(p=p, master=p.detach().float().clone(), lr=muon_lr if muon else adam_lr,
                decay=decay if p.dim() == 2 else 0.0,
                     m=torch.zeros_like(p, dtype=torch.float32))
            if muon:
                self.groups.setdefault(tuple(p.shape), []).append(s)
            else:
                s["v"] = torch.zeros_like(p, dtype=torch.float32)
            self.params.append(s)

    @torch.no_grad()
    def step(self, scale, clip=1.0):
        """One update with learning rates times scale; returns the gradient norm (a tensor)."""
        self.t += 1
        for s in self.params:
            s["g"] = s["p"].grad.float()
            s["master"].mul_(1 - s["lr"] * scale * s["decay"])
        norm = torch.stack([s["g"].pow(2).sum() for s in self.params]).sum().sqrt()
        shrink = (clip / (norm + 1e-6)).clamp(max=1.0)
        for (rows, columns), group in self.groups.items():
            for s in group:
                s["g"].mul_(shrink)
                s["m"].lerp_(s["g"], 0.05)
            update = orthogonalise(torch.stack([s["g"].lerp(s["m"], 0.95) for s in group])).float()
            for s, u in zip(group, update):
                s["master"].add_(u, alpha=-s["lr"] * scale * max(1.0, rows / columns) ** 0.5)
        for s in self.params:
            if "v" in s:
                g = s["g"].mul_(shrink)
                s["m"].lerp_(g, 0.1)
                s["v"].lerp_(g * g, 0.02)
                m, v = s["m"] / (1 - 0.9 ** self.t), s["v"] / (1 - 0.98 ** self.t)
                s["master"].add_(m / (v.sqrt() + 1e-8), alpha=-s["lr"] * scale)
            s["p"].copy_(s["master"])
            s["p"].grad = s["g"] = None
        return norm

    def state(self):
        return {"t": self.t, "params": [{k: s[k] for k in ("master", "m", "v") if k in s} for s in self.params]}

    @torch.no_grad()
    def load(self, state):
        self.t = state["t"]
        for s, old in zip(self.params, state["params"]):
            for k, x in old.items():
                s[k].copy_(x)
            s["p"].copy_(s["master"])


def document_mask(starts, kind):
    """Attention mask within the documents of packed rows: a flex BlockMask or a dense boolean mask."""
    b, t = starts.shape
    if kind == "flex":
        from torch.nn.attention.flex_attention import create_block_mask
        return create_block_mask(lambda i, h, q, k: (q >= k) & (starts[i, q] == starts[i, k]), b, None, t, t,
            device=starts.device)
    same = starts[:, None, :, None] == starts[:, None, None, :]
    return same & torch.ones(t, t, dtype=torch.bool, device=starts.device).tril()


def selected_loss(model, hidden, ids, chosen):
    """Mean cross-entropy of the next tokens at the flat positions `chosen`."""
    h = hidden.reshape(-1, hidden.shape[-1])[chosen - 1]
    return F.cross_entropy(model.logits(h).float(), ids.reshape(-1)[chosen])


def validate(model, docs, device, ctx):
    """Mean loss on SQL tokens and share of them predicted right."""
    total = right = count = 0
    with torch.no_grad():
        for x, k in docs:
            if len(x) > ctx:
                continue
            ids = torch.from_numpy(x.astype(np.int64)).to(device)
            at = torch.from_numpy(np.flatnonzero(k == 2)).to(device)
            logits = model.logits(model.hidden(ids[None])[0][at - 1]).float()
            total += float(F.cross_entropy(logits, ids[at], reduction="sum"))
            right += int((logits.argmax(-1) == ids[at]).sum())
            count += len(at)
    return total / count, right / count


def save(path, model, opt, info):
    """Checkpoint with fp32 weights, written aside and renamed."""
    names = [n for n, _ in model.named_parameters()]
    weights = {n: s["master"] for n, s in zip(names, opt.params)}
    torch.save({"config": model.c.to_dict(), "model": weights, "optimizer": opt.state(), "info": info},
        str(path) + ".part")
    os.replace(str(path) + ".part", path)


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--config", default="tiny", choices=CONFIGS)
    p.add_argument("--data", default=str(Path(__file__).parent / "data"))
    p.add_argument("--shards", help="folder of token shards; without it documents are generated by --workers processes")
    p.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 2))
    p.add_argument("--chars", type=int, default=4000, help="largest schema text of generated documents")
    p.add_argument("--statements", type=int, default=4)
    p.add_argument("--val", help="validation shard (.npz)")
    p.add_argument("--out", default="run")
    p.add_argument("--minutes", type=float, default=22,
        help="length of the whole run; the learning rate falls to 0 over it")
    p.add_argument("--call-minutes", type=float, default=1e9,
        help="stop and save after this long; continue with --resume")
    p.add_argument("--resume", help="checkpoint to continue from (same --minutes)")
    p.add_argument("--init", help="GGUF (f16 or q8_0) whose weights to begin from, with a fresh optimizer")
    p.add_argument("--ctx", type=int, default=2048)
    p.add_argument("--batch-tokens", type=int, default=65536)
    p.add_argument("--muon-lr", type=float, default=0.02)
    p.add_argument("--adam-lr", type=float, default=0.003)
    p.add_argument("--decay", type=float, default=0.02)
    p.add_argument("--weights", default="0.1,0.4,1", help="share of schema, comment and SQL tokens that enter the loss")
    p.add_argument("--theta", type=float, default=100000.0)
    p.add_argument("--rows", default="pad", choices=("pad", "flex", "dense"),
                   help="pad: one document per row, rows of like length; flex, dense: packed rows with that attention mask")
    p.add_argument("--compile", action="store_true", help="torch.compile the blocks")
    p.add_argument("--save-minutes", type=float, default=4)
    p.add_argument("--seed", type=int, default=1)
    return p.parse_args()


def main():
    a = arguments()
    out = Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    info = {"step": 0, "tokens": 0, "loss_tokens": 0, "minutes": 0.0, "validation": []}
    old = torch.load(a.resume, map_location=device) if a.resume else None
    if old:
        info.update(old["info"])
    torch.manual_seed(a.seed)
    seed = a.seed + info["step"]
    source = Source(a.shards, a.workers, a.data, seed, dict(limit_chars=a.chars, statements=a.statements))
    tok = Tokenizer.load(Path(a.data) / "tokenizer.json.gz")
    model = Qwen2(Config(vocab=len(tok), ctx=a.ctx, theta=a.theta, **CONFIGS[a.config])).to(device)
    if a.init and not old:
        model.load_state_dict(weights_of(a.init, model))
    opt = Optimizer(model.bfloat16(), a.muon_lr, a.adam_lr, a.decay)
    if old:
        opt.load(old["optimizer"])
    print(f"{sum(q.numel() for q in model.parameters()) / 1e6:.1f}M parameters on {device}, torch {torch.__version__}",
        flush=True)
    forward = torch.compile(model.hidden, dynamic=a.rows == "pad") if a.compile else model.hidden
    batches = (padded_batches if a.rows == "pad" else packed_batches)(source, a.ctx, a.batch_tokens)
    share = np.zeros(256)
    share[:3] = [float(x) for x in a.weights.split(",")]
    rng = np.random.default_rng(seed)
    start, before, last_save, running = time.time(), info["minutes"], time.time(), None
    first_tokens = info["tokens"]

    def checkpoint(count):
        if a.val:
            value, right = validate(model, load_shard(a.val)[:count], device, a.ctx)
            info["validation"].append((info["step"], info["tokens"], value, right))
            print(f"  validation: SQL loss {value:.3f}, accuracy {right:.3f}", flush=True)
        save(out / "last.pt", model, opt, info)

    while True:
        spent = (time.time() - start) / 60
        info["minutes"] = before + spent
        done = info["minutes"] / a.minutes
        if done >= 1 or spent >= a.call_minutes:
            break
        ids_np, classes, starts = next(batches)
        classes[:, 0] = 255
        chosen = np.flatnonzero(rng.random(classes.shape) < share[classes])
        ids, pos, mask = torch.from_numpy(ids_np).to(device), None, None
        if starts is not None:
            starts = torch.from_numpy(starts).to(device)
            pos = torch.arange(starts.shape[1], device=device)[None] - starts
            mask = document_mask(starts, a.rows)
        loss = selected_loss(model, forward(ids, pos, mask), ids, torch.from_numpy(chosen).to(device))
        loss.backward()
        scale = min(1.0, (info["step"] + 1) / 30, (1 - done) / 0.85)
        norm = opt.step(scale)
        info["step"] += 1
        info["tokens"] += int((classes != 255).sum())
        info["loss_tokens"] += len(chosen)
        if info["step"] % 20 == 0 or info["step"] < 5:
            running = loss.item() if running is None else 0.7 * running + 0.3 * loss.item()
            print(f"step {info['step']} min {info['minutes']:.1f} loss {running:.3f} norm {norm.item():.2f} lr {scale:.2f} "
                  f"tokens {info['tokens'] / 1e6:.2f}M ({(info['tokens'] - first_tokens) / (time.time() - start):.0f}/s)", flush=True)
        if time.time() - last_save > 60 * a.save_minutes:
            last_save = time.time()
            checkpoint(40)
    checkpoint(200)
    (out / "log.json").write_text(json.dumps({**info, "args": vars(a)}))
    print(f"{info['step']} steps, {info['tokens']} tokens, {info['loss_tokens']} loss tokens, {info['minutes']:.1f} minutes")


if __name__ == "__main__":
    main()
