"""PyTorch's side of `./dev bench step`: the models of examples/grok and examples/mlp, one training step each."""

import math

import peer
import torch

_state = {}


class Grok(torch.nn.Module):
    """examples/grok/model.h: one layer, no normalisation, a query at "=" only."""

    def __init__(self, modulus, d_model, heads, d_mlp):
        super().__init__()
        self.heads = heads
        self.token_embedding = torch.nn.Embedding(modulus + 1, d_model)
        self.position_embedding = torch.nn.Parameter(torch.randn(3, d_model) / math.sqrt(d_model))
        self.query = torch.nn.Linear(d_model, d_model, bias=False)
        self.key = torch.nn.Linear(d_model, d_model, bias=False)
        self.value = torch.nn.Linear(d_model, d_model, bias=False)
        self.mixed = torch.nn.Linear(d_model, d_model, bias=False)
        self.up = torch.nn.Linear(d_model, d_mlp)
        self.down = torch.nn.Linear(d_mlp, d_model)
        self.unembedding = torch.nn.Linear(d_model, modulus, bias=False)

    def forward(self, tokens):
        n, d = tokens.shape[0], self.query.weight.shape[0]
        x = self.token_embedding(tokens) + self.position_embedding
        last = x[:, 2]
        q = self.query(last).view(n, 1, self.heads, -1).transpose(1, 2)
        k = self.key(x).view(n, 3, self.heads, -1).transpose(1, 2)
        v = self.value(x).view(n, 3, self.heads, -1).transpose(1, 2)
        scores = (q @ k.transpose(2, 3)) / math.sqrt(d // self.heads)
        attended = (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, d)
        residual = last + self.mixed(attended)
        return self.unembedding(residual + self.down(torch.relu(self.up(residual))))


@peer.function
def grok_setup(modulus=113, examples=3830, d_model=128, heads=4, d_mlp=512, clip=1.0):
    torch.manual_seed(1)
    model = Grok(modulus, d_model, heads, d_mlp)
    pairs = torch.randperm(modulus * modulus)[:examples]
    a, b = pairs // modulus, pairs % modulus
    tokens = torch.stack([a, b, torch.full_like(a, modulus)], 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=1.0)
    _state["grok"] = (model, optimizer, tokens, (a + b) % modulus, clip)


@peer.step
def grok_step():
    model, optimizer, tokens, targets, clip = _state["grok"]
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(tokens), targets)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    return loss


@peer.function
def mlp_setup(batch=128):
    torch.manual_seed(1)
    model = torch.nn.Sequential(
        torch.nn.Linear(2, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1)
    )
    x = torch.rand(batch, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    _state["mlp"] = (model, optimizer, x, x.sum(1, keepdim=True))


@peer.step
def mlp_step():
    model, optimizer, x, y = _state["mlp"]
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    return loss


peer.serve()
