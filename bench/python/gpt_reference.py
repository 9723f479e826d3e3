"""Writes the losses that tests/gpt compares with: PyTorch's for the GPT of examples/gpt, from the same initial weights
and batches, for 50 steps.

    TENON_EXPORT_GPT=FOLDER build/release/tests/test_gpt       # init.safetensors, batches.safetensors
    build/venv/bin/python bench/python/gpt_reference.py FOLDER > tests/gpt/reference.txt
"""

import json
import math
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional

LAYERS, HEADS, WIDTH, CONTEXT, VOCAB = 4, 4, 128, 64, 65
RATE, FINAL_RATE, WARM_UP, STEPS = 1e-3, 1e-4, 10, 50


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        for name in ("query", "key", "value", "output"):
            setattr(self, name, nn.Linear(WIDTH, WIDTH, bias=False))

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = (f(x).view(n, t, HEADS, d // HEADS).transpose(1, 2) for f in (self.query, self.key, self.value))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.output(mixed.transpose(1, 2).reshape(n, t, d))


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
        self.down = nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x):
        return self.down(functional.gelu(self.up(x)))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, bias=False)
        self.attention = Attention()
        self.norm2 = nn.LayerNorm(WIDTH, bias=False)
        self.mlp = FeedForward()

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.token_embedding = nn.Embedding(VOCAB, WIDTH)
        self.position_embedding = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH, bias=False)

    def forward(self, tokens):
        x = self.token_embedding(tokens) + self.position_embedding(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return functional.linear(self.norm(x), self.token_embedding.weight)


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    types = {"F32": numpy.float32, "I32": numpy.int32}
    return {
        name: torch.from_numpy(
            numpy.frombuffer(data[slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(entry["shape"]).copy()
        )
        for name, entry in header.items()
        if name != "__metadata__"
    }


def rate_at(step):
    if step < WARM_UP:
        return RATE * (step + 1) / (WARM_UP + 1)
    share = (step - WARM_UP) / (STEPS - WARM_UP)
    return FINAL_RATE + (RATE - FINAL_RATE) * (0.5 + 0.5 * math.cos(math.pi * share))


def main(folder):
    model = Gpt()
    model.load_state_dict(read_safetensors(f"{folder}/init.safetensors"))  # strict: every name, and no other
    batches = read_safetensors(f"{folder}/batches.safetensors")
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}], betas=(0.9, 0.99)
    )
    print(f"# losses of {STEPS} steps, by bench/python/gpt_reference.py with PyTorch {torch.__version__}")
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step)
        logits = model(batches["x"][step].long())
        loss = functional.cross_entropy(logits.flatten(0, 1), batches["y"][step].long().flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        print(f"{loss.item():.9g}")


main(sys.argv[1])
