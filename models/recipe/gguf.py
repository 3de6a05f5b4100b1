"""Writes a checkpoint as a GGUF file (f16 or q8_0) for llama.cpp, and reads the weights of such a file back."""
import argparse
import struct
from pathlib import Path

import numpy as np
import torch

from tokenizer import Tokenizer

U32, F32, BOOL, STRING, ARRAY, I32 = 4, 6, 7, 8, 9, 5
ALIGN = 32
TENSOR_TYPES = {"f32": 0, "f16": 1, "q8_0": 8}


def string(s):
    b = s.encode("utf8")
    return struct.pack("<Q", len(b)) + b


def value(kind, v):
    """Bytes of a metadata value; kind is a scalar type or (ARRAY, element type)."""
    if isinstance(kind, tuple):
        body = b"".join(string(x) for x in v) if kind[1] == STRING else np.array(v, "<i4").tobytes()
        return struct.pack("<IQ", kind[1], len(v)) + body
    return {U32: lambda: struct.pack("<I", v), F32: lambda: struct.pack("<f", v), BOOL: lambda: struct.pack("<?", v),
            STRING: lambda: string(v)}[kind]()


def q8_0(x):
    """Blocks of 32 values: fp16 scale and int8 quants."""
    x = x.reshape(-1, 32)
    scale = np.abs(x).max(1, keepdims=True) / 127
    quants = np.rint(np.divide(x, scale, out=np.zeros_like(x), where=scale > 0)).astype(np.int8)
    return np.concatenate((scale.astype("<f2").view(np.uint8), quants.view(np.uint8)), 1).tobytes()


def encode(x, matrix_type):
    """(type name, bytes) of one tensor: matrices in matrix_type, vectors in f32."""
    if x.ndim == 1:
        return "f32", x.astype("<f4").tobytes()
    return matrix_type, x.astype("<f2").tobytes() if matrix_type == "f16" else q8_0(x)


def interleaved(x, heads, back=False):
    """
    Rows of a q or k projection in the order of llama.cpp's RoPE for "llama", whose pairs are neighbours; model.py's (and
    "qwen2"'s) are half a head apart. `back` undoes it.
    """
    split = (heads, -1, 2) if back else (heads, 2, -1)
    return x.reshape(*split, x.shape[-1]).swapaxes(1, 2).reshape(x.shape)


def heads_of(name, config):
    """Heads whose rows have another order in a GGUF of this architecture; 0 where they have not."""
    if config["architecture"] != "llama":
        return 0
    return config["heads"] if "attn_q" in name else config["kv_heads"] if "attn_k" in name else 0


def gguf_name(name):
    """Tensor name in GGUF of a parameter of model.Qwen2."""
    return name if name.endswith((".weight", ".bias")) else name + ".weight"


def metadata(config, tok, name, matrix_type):
    """Key, type and value triples."""
    c, s = config, tok.special
    a = c["architecture"]
    end = s["<|endoftext|>"]
    rows = [("general.architecture", STRING, a), ("general.name", STRING, name),
            ("general.license", STRING, "cc-by-sa-4.0"), ("general.file_type", U32, 1 if matrix_type == "f16" else 7),
            ("general.quantization_version", U32, 2),
            (f"{a}.context_length", U32, c["ctx"]), (f"{a}.embedding_length", U32, c["dim"]),
            (f"{a}.block_count", U32, c["layers"]),
            (f"{a}.feed_forward_length", U32, c["ffn"]), (f"{a}.attention.head_count", U32, c["heads"]),
            (f"{a}.attention.head_count_kv", U32, c["kv_heads"]), (f"{a}.rope.freq_base", F32, c["theta"]),
            (f"{a}.attention.layer_norm_rms_epsilon", F32, c["eps"]),
            ("tokenizer.ggml.model", STRING, "gpt2"), ("tokenizer.ggml.pre", STRING, "qwen2"),
            ("tokenizer.ggml.tokens", (ARRAY, STRING), tok.tokens),
            ("tokenizer.ggml.token_type", (ARRAY, I32), [3 if t in s else 1 for t in tok.tokens]),
            ("tokenizer.ggml.merges", (ARRAY, STRING), [" ".join(m) for m in tok.merges]),
            ("tokenizer.ggml.add_bos_token", BOOL, False)]
    ids = {"eos": end, "eot": end, "padding": end, "fim_pre": s["<|fim_prefix|>"], "fim_suf": s["<|fim_suffix|>"],
        "fim_mid": s["<|fim_middle|>"],
           "fim_pad": s["<|fim_pad|>"], "fim_rep": s["<|repo_name|>"], "fim_sep": s["<|file_sep|>"]}
    return rows + [(f"tokenizer.ggml.{k}_token_id", U32, v) for k, v in ids.items()]


def write(path, checkpoint, tok, name, matrix_type):
    """Write one GGUF file."""
    config = {"architecture": "qwen2", **checkpoint["config"]}
    infos, blobs, offset = b"", [], 0
    for key, tensor in checkpoint["model"].items():
        x = tensor.float().cpu().numpy()
        if heads := heads_of(key, config):
            x = interleaved(x, heads)
        kind, data = encode(x, matrix_type)
        infos += (string(gguf_name(key)) + struct.pack("<I", x.ndim) + b"".join(struct.pack("<Q",
            n) for n in reversed(x.shape))
                  + struct.pack("<IQ", TENSOR_TYPES[kind], offset))
        data += b"\0" * (-len(data) % ALIGN)
        blobs.append(data)
        offset += len(data)
    rows = metadata(config, tok, name, matrix_type)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(blobs), len(rows))
    for key, kind, v in rows:
        head += string(key) + struct.pack("<I", kind[0] if isinstance(kind, tuple) else kind) + value(kind, v)
    head += infos
    with open(path, "wb") as f:
        f.write(head + b"\0" * (-len(head) % ALIGN))
        f.writelines(blobs)
    print(path, f"{Path(path).stat().st_size / 1e6:.1f} MB")


SCALAR_BYTES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


class Reader:
    """Walks the bytes of a GGUF file."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values if len(values) > 1 else values[0]

    def text(self):
        n = self.take("Q")
        self.at += n
        return self.data[self.at - n:self.at].decode("utf8")

    def skip_value(self, kind):
        """The value where it is a text."""
        if kind == STRING:
            return self.text()
        elif kind == ARRAY:
            inner, count = self.take("IQ")
            for _ in range(count):
                self.skip_value(inner)
        else:
            self.at += SCALAR_BYTES[kind]
        return None


def weights_of(path, model):
    """State dict for model.Qwen2 from a GGUF that write() made (f32, f16, q8_0), of either architecture. Raises KeyError where a tensor lacks."""
    data = Path(path).read_bytes()
    r = Reader(data)
    if r.take("4s") != b"GGUF":
        raise ValueError(f"{path} is no GGUF file")
    _, tensors, rows = r.take("IQQ")
    values = {r.text(): r.skip_value(r.take("I")) for _ in range(rows)}
    config = {**model.c.to_dict(), "architecture": values["general.architecture"]}
    infos = {}
    for _ in range(tensors):
        name, dims = r.text(), r.take("I")
        shape = [r.take("Q") for _ in range(dims)][::-1]
        infos[name] = (shape, *r.take("IQ"))
    start = r.at + -r.at % ALIGN
    out = {}
    for key, parameter in model.state_dict().items():
        shape, kind, offset = infos[gguf_name(key)]
        x = decode(data, start + offset, int(np.prod(shape)), kind).reshape(shape)
        if heads := heads_of(key, config):
            x = interleaved(x, heads, back=True)
        out[key] = torch.from_numpy(x.copy())
        if out[key].shape != parameter.shape:
            raise ValueError(f"{key} has shape {tuple(out[key].shape)} in {path}, {tuple(parameter.shape)} here")
    return out


def decode(data, at, count, kind):
    """Values of one tensor as fp32."""
    if kind == TENSOR_TYPES["q8_0"]:
        blocks = np.frombuffer(data, np.uint8, count // 32 * 34, at).reshape(-1, 34)
        scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
        return (blocks[:, 2:].view(np.int8) * scale).reshape(-1)
    return np.frombuffer(data, {0: "<f4", 1: "<f2"}[kind], count, at).astype(np.float32)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint")
    p.add_argument("--data", default=str(Path(__file__).parent / "data"))
    p.add_argument("--out", default="starter", help="path prefix: <out>-f16.gguf and <out>-q8_0.gguf")
    p.add_argument("--name", default="SQL Ahead starter")
    p.add_argument("--types", default="f16,q8_0")
    a = p.parse_args()
    checkpoint = torch.load(a.checkpoint, map_location="cpu")
    tok = Tokenizer.load(Path(a.data) / "tokenizer.json.gz")
    for kind in a.types.split(","):
        write(f"{a.out}-{kind}.gguf", checkpoint, tok, a.name, kind)


if __name__ == "__main__":
    main()
