"""The optimizer: Muon for the matrices of the blocks, AdamW for all other weights. It updates weights in fp32, of which the
bf16 model is a copy, and keeps their running mean, which is what is exported."""
import torch


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


def stretched(embedding, least):
    """Rows of an embedding matrix moved to at least `least` from their mean: what lies together cannot be copied."""
    mean = embedding.mean(0)
    away = embedding - mean
    return mean + away * torch.clamp(least / away.norm(dim=1, keepdim=True), min=1.0)


class Optimizer:
    """Muon steps are batched by shape. The mean of the masters over about the last 1 / pace steps is what is exported."""

    def __init__(self, model, muon_lr, adam_lr, decay, pace=0.002):
        self.params, self.groups, self.t, self.pace = [], {}, 0, pace
        for name, p in model.named_parameters():
            muon = p.dim() == 2 and "token_embd" not in name
            s = dict(p=p, master=p.detach().float().clone(), lr=muon_lr if muon else adam_lr,
                decay=decay if p.dim() == 2 else 0.0,
                     m=torch.zeros_like(p, dtype=torch.float32))
            s["mean"] = s["master"].clone()
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
                self.adam(s, s["g"].mul_(shrink), scale)
            s["mean"].lerp_(s["master"], max(self.pace, 1 / (self.t + 1)))
            s["p"].copy_(s["master"])
            s["p"].grad = s["g"] = None
        return norm

    def adam(self, s, g, scale):
        """One AdamW step of a vector or of the embedding."""
        s["m"].lerp_(g, 0.1)
        s["v"].lerp_(g * g, 0.02)
        m, v = s["m"] / (1 - 0.9 ** self.t), s["v"] / (1 - 0.98 ** self.t)
        if s["p"].dim() == 2:
            # Gradients of rare tokens all point away from the hidden states. Scaled up to the step of frequent ones, and
            # with a common direction, they would move all rare embeddings to one place, and nothing there can be copied.
            v = torch.maximum(v, v.mean(0, keepdim=True))
        update = m / (v.sqrt() + 1e-8)
        if s["p"].dim() == 2:
            update -= update.mean(0, keepdim=True)
        s["master"].add_(update, alpha=-s["lr"] * scale)

    def state(self):
        return {"t": self.t, "params": [{k: s[k] for k in ("master", "m", "v", "mean") if k in s} for s in self.params]}

    @torch.no_grad()
    def load(self, state):
        self.t = state["t"]
        for s, old in zip(self.params, state["params"]):
            for k, x in old.items():
                s[k].copy_(x)
            s["p"].copy_(s["master"])
