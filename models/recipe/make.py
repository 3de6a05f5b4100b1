"""Makes the starter model by one command: writes documents, trains, exports, compares with llama.cpp, evaluates.

    python3 models/recipe/make.py                                   from nothing, `tiny`, on the CPU, 180 minutes
    python3 models/recipe/make.py --from models/starter/sql-ahead-starter-q8_0.gguf --minutes 120      goes on from the embedded model
    python3 models/recipe/make.py --from models/starter/sql-ahead-starter-q8_0.gguf --minutes 0        goes on until it is ended
    python3 models/recipe/make.py --config small --compile --minutes 24                                on a GPU

A run that was cut off goes on from its last checkpoint when the same command is given again. Needs numpy, torch and this
project's Node with its packages.
Everything made lies in models/recipe/work (not in git); what shall be shipped is copied from there by hand.
"""
import argparse
import atexit
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = HERE / "work"


def run(*args, **env):
    print("+", *args, flush=True)
    subprocess.run([str(x) for x in args], check=True, cwd=HERE, env={**os.environ, **env})


def background(*args):
    """A command that ends with this one."""
    process = subprocess.Popen([str(x) for x in args], cwd=HERE)
    atexit.register(process.kill)


def shards(name, count, *options, prefix="train"):
    """Token shards in work/NAME, made once."""
    folder = WORK / name
    if len(list(folder.glob(f"{prefix}*.npz"))) >= count:
        return
    run(sys.executable, "data.py", "--data", HERE / "data", "--out", folder, "--prefix", prefix, "--shards", count, *options)


def train(a):
    """Runs train.py until its schedule is through; on a CPU the first third practises copying."""
    last = WORK / "run" / "last.pt"
    base = [sys.executable, "train.py", "--data", HERE / "data", "--config", a.config, "--val", WORK / "val/val77.npz", "--minutes", a.minutes, "--out", WORK / "run"]
    if a.gpu:
        start = ["--resume", last] if last.exists() else ["--init", a.begin] if a.begin else []
        run(*base, *start, *(["--compile"] if a.compile else []))
        return
    base += ["--ctx", 1024, "--batch-tokens", 6144]
    # Lengths vary with every batch: a small cache of compiled shapes keeps memory flat.
    env = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "256"}
    if a.begin:
        start = ["--resume", last] if last.exists() else ["--init", a.begin]
        # Without an end the rate stays as it is, and the mean of the weights stands in for its fall.
        rates = ["--muon-lr", 0.0075, "--adam-lr", 0.0013] if a.minutes else ["--muon-lr", 0.0025, "--adam-lr", 0.0005, "--consume"]
        run(*base, "--weights", "0.03,0.2,1", "--stretch", 0.9, *rates, *start, "--shards", WORK / "further", **env)
        return
    base += ["--weights", "0.05,0.2,1", "--muon-lr", 0.015, "--adam-lr", 0.0025]
    if not last.exists():
        run(*base, "--shards", WORK / "practice", "--call-minutes", a.minutes / 3, **env)
    run(*base, "--resume", last, "--shards", WORK / "mixture", **env)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--config", default="tiny", choices=("tiny", "small", "medium"))
    p.add_argument("--minutes", type=float, default=180, help="0 (with --from, on a CPU): until it is ended; run/mean.pt is what is exported")
    p.add_argument("--from", dest="begin", help="GGUF (f16 or q8_0) or checkpoint of the same shape to begin from")
    p.add_argument("--compile", action="store_true", help="torch.compile (GPU)")
    p.add_argument("--evaluation", help="folder with sql.jsonl, typing.jsonl and the databases, for the product's own evaluation")
    a = p.parse_args()
    a.begin = a.begin and Path(a.begin).resolve()
    import torch
    a.gpu = torch.cuda.is_available()
    shards("val", 1, "--docs", 300, "--natural", 0, "--chars", 3000, "--echo", 0, "--seed", 77, prefix="val")
    if a.begin and not a.gpu:
        # Who copies already learns from people's questions; random tokens said twice keep rare ones apart.
        further = ["--docs", 500, "--chars", 2200, "--statements", 9, "--longest", 2700, "--natural", 0.7, "--nonsense", 0.1, "--echo", 0.01, "--repeat", 0.12]
        if a.minutes:
            shards("further", 80, *further, "--seed", 1310000)
        else:
            background(sys.executable, "data.py", "--data", HERE / "data", "--out", WORK / "further", "--shards", 10**6, "--workers", 1, "--most", 12, *further, "--seed", int(time.time()))
    elif not a.gpu:
        # Practice: short documents, invented names, column lists and random tokens said twice. Nothing that a model
        # has seen less than ten million tokens of finds out by itself that names come from the schema.
        shards("practice", 24, "--docs", 440, "--chars", 1300, "--statements", 6, "--natural", 0.25, "--nonsense", 0.35, "--echo", 0.5, "--repeat", 0.25, "--seed", 31000)
        shards("mixture", 60, "--docs", 500, "--chars", 2400, "--statements", 5, "--natural", 0.45, "--nonsense", 0.2, "--echo", 0.06, "--repeat", 0.03, "--seed", 240000)
    train(a)
    checkpoint, gguf = WORK / "run/mean.pt", WORK / "starter-q8_0.gguf"
    run(sys.executable, "gguf.py", checkpoint, "--data", HERE / "data", "--out", WORK / "starter")
    # f16 shows that the export is right; q8_0 shows what rounding weights and activations costs.
    for kind in ("f16", "q8_0"):
        run(sys.executable, "verify.py", checkpoint, WORK / f"starter-{kind}.gguf")
    if a.evaluation:
        data = Path(a.evaluation).resolve()
        subprocess.run([shutil.which("npm"), "run", "eval", "--", "--sql", data / "sql.jsonl", "--typing", data / "typing.jsonl", "--dbs", data, "--model", gguf], check=True, cwd=ROOT)
    print(f"made {gguf}")


if __name__ == "__main__":
    main()
