"""Writes training documents as files of tokens (shards), by several processes, and reads them in batches."""
import argparse
import multiprocessing as mp
import time
from pathlib import Path

import numpy as np

from links import build
from natural import Natural
from synth import Documents, encode_document
from tokenizer import Tokenizer


def repeated_tokens(rng, vocabulary):
    """(ids, classes) of random tokens said 2-4 times: pure practice in copying."""
    base = [rng.randrange(256, vocabulary) for _ in range(rng.randint(8, 40))]
    ids, classes = [], []
    for i in range(rng.choice((2, 3, 4))):
        part = base if rng.random() < 0.6 else base[rng.randrange(len(base) // 2):]
        ids += part
        classes += [2 if i else 0] * len(part)
    return ids, classes


def make_shard(seed, folder, docs, options, repeat=0.0):
    """(ids, classes, ends) of `docs` documents from one seed; `repeat` of them are repeated random tokens."""
    tok = Tokenizer.load(Path(folder) / "tokenizer.json.gz")
    gen = Documents(seed, Natural(folder), **options)
    ids, classes, ends = [], [], []
    for _ in range(docs):
        a, b = repeated_tokens(gen.r, len(tok) - len(tok.special)) if gen.r.random() < repeat else encode_document(tok,
            gen.document())
        ids += a
        classes += b
        ends.append(len(ids))
    return np.array(ids, np.uint16), np.array(classes, np.uint8), np.array(ends, np.int64)


def save_shard(path, seed, folder, docs, options, repeat, most=0):
    """Write one shard file (renamed into place when whole); where `most` lie there, wait until one was read."""
    while most and len(list(path.parent.glob("train*.npz"))) >= most:
        time.sleep(5)
    ids, classes, ends = make_shard(seed, folder, docs, options, repeat)
    part = path.with_name(f"part{seed}.npz")
    np.savez(part, ids=ids, classes=classes, ends=ends)
    part.rename(path)
    return len(ids)


def load_shard(path):
    """List of (ids, classes) per document."""
    with np.load(path) as z:
        ids, classes, ends = z["ids"], z["classes"], z["ends"]
    starts = np.concatenate(([0], ends[:-1]))
    return [(ids[a:b], classes[a:b]) for a, b in zip(starts, ends)]


def produce(queue, first_seed, stride, folder, docs, options):
    """Endless generator process: puts shards on the queue."""
    seed = first_seed
    while True:
        ids, classes, ends = make_shard(seed, folder, docs, options)
        queue.put((ids, classes, ends))
        seed += stride


class Source:
    """Endless stream of documents, from shard files (re-listed each epoch, or deleted once read) or from generator processes."""

    def __init__(self, shards=None, workers=0, folder="data", seed=1, options=None, consume=False):
        self.shards, self.rng, self.consume = shards, np.random.default_rng(seed), consume
        self.done, self.docs = set(), []
        if not shards:
            build()
            context = mp.get_context("spawn")
            self.queue = context.Queue(4 * workers)
            for i in range(workers):
                context.Process(target=produce, args=(self.queue, seed * 100003 + i, workers, folder, 1000,
                    options or {}),
                                daemon=True).start()

    def fill(self):
        if self.shards:
            files = sorted(Path(self.shards).glob("train*.npz"))
            fresh = [f for f in files if f.name not in self.done]
            while self.consume and not files:
                time.sleep(1)
                files = fresh = sorted(Path(self.shards).glob("train*.npz"))
            if not fresh:
                self.done, fresh = set(), files
            path = fresh[self.rng.integers(len(fresh))]
            self.done.add(path.name)
            self.docs = load_shard(path)
            if self.consume:
                path.unlink()
        else:
            ids, classes, ends = self.queue.get()
            self.docs = [(ids[a:b], classes[a:b]) for a, b in zip(np.concatenate(([0], ends[:-1])), ends)]
        self.rng.shuffle(self.docs)

    def next(self, limit):
        """One document of at most `limit` tokens."""
        while True:
            if not self.docs:
                self.fill()
            doc = self.docs.pop()
            if len(doc[0]) <= limit:
                return doc


def padded_batches(source, ctx, batch_tokens, pool=400):
    """Batches (ids, classes, None) of whole documents sorted by length, padded with class 255."""
    while True:
        docs = sorted((source.next(ctx) for _ in range(pool)), key=lambda d: len(d[0]))
        batches, now = [], []
        for d in docs:
            if now and (len(now) + 1) * len(d[0]) > batch_tokens:
                batches.append(now)
                now = []
            now.append(d)
        batches.append(now)
        source.rng.shuffle(batches)
        for b in batches:
            n = -(-max(len(d[0]) for d in b) // 8) * 8
            ids, classes = np.zeros((len(b), n), np.int64), np.full((len(b), n), 255, np.uint8)
            for i, (x, k) in enumerate(b):
                ids[i, :len(x)], classes[i, :len(x)] = x, k
            yield ids, classes, None


def packed_batches(source, ctx, batch_tokens):
    """Batches (ids, classes, document starts) of rows packed full of documents (best fit over a small pool)."""
    pool, rows = [], batch_tokens // ctx
    while True:
        ids, classes = np.zeros((rows, ctx), np.int64), np.full((rows, ctx), 255, np.uint8)
        starts = np.zeros((rows, ctx), np.int64)
        for i in range(rows):
            at = 0
            while True:
                while len(pool) < 64:
                    pool.append(source.next(ctx))
                fits = [j for j, d in enumerate(pool) if len(d[0]) <= ctx - at]
                if not fits:
                    break
                x, k = pool.pop(fits[0] if at < ctx // 2 else max(fits, key=lambda j: len(pool[j][0])))
                ids[i, at:at + len(x)], classes[i, at:at + len(x)], starts[i, at:at + len(x)] = x, k, at
                at += len(x)
            starts[i, at:] = at
        yield ids, classes, starts


def main():
    p = argparse.ArgumentParser(description="Write token shards.")
    p.add_argument("--data", default=str(Path(__file__).parent / "data"))
    p.add_argument("--out", default="shards")
    p.add_argument("--prefix", default="train")
    p.add_argument("--shards", type=int, default=16)
    p.add_argument("--most", type=int, default=0, help="shards that may lie there unread (train.py --consume)")
    p.add_argument("--docs", type=int, default=2000, help="documents per shard")
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--seed", type=int, default=1000)
    p.add_argument("--chars", type=int, default=4000, help="largest schema text")
    p.add_argument("--statements", type=int, default=4)
    p.add_argument("--longest", type=int, default=10**9, help="characters of a document, about")
    p.add_argument("--natural", type=float, default=0.4, help="share of natural documents")
    p.add_argument("--nonsense", type=float, default=0.15, help="share of schemas with invented words")
    p.add_argument("--echo", type=float, default=0.04, help="share of documents that only copy column lists")
    p.add_argument("--repeat", type=float, default=0.0, help="share of documents of repeated random tokens")
    a = p.parse_args()
    Path(a.out).mkdir(parents=True, exist_ok=True)
    options = dict(limit_chars=a.chars, statements=a.statements, share_natural=a.natural, nonsense=a.nonsense,
        echo=a.echo, longest=a.longest)
    start = time.time()
    build()
    jobs = [(Path(a.out) / f"{a.prefix}{a.seed + i}.npz", a.seed + i, a.data, a.docs, options,
        a.repeat, a.most) for i in range(a.shards)]
    with mp.Pool(a.workers) as pool:
        n = sum(pool.starmap(save_shard, jobs, chunksize=1))
    print(f"{a.shards * a.docs} documents, {n} tokens, {time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
