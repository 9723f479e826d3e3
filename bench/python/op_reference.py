"""Writes the results that tests/ops compares with: PyTorch's, for the cases that test_ops exports. See
scripts/references.sh.

    python op_reference.py FOLDER OUT      FOLDER: cases.tsv, inputs.npz; OUT: one .npz for each group of ops
"""

import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F  # noqa: F401  (the cases' expressions use it)


def dims(x, dim):
    """All axes for None, where PyTorch wants them named."""
    return tuple(range(x.dim())) if dim is None else dim


def as_numpy(value):
    value = value.detach()
    return (value.float() if value.dtype == torch.bfloat16 else value).contiguous().numpy()


def main(folder, out):
    torch.set_default_dtype(torch.float64)
    inputs = np.load(folder / "inputs.npz")
    results, wrong = {}, []
    for line in (folder / "cases.tsv").read_text().splitlines():
        group, name, expression, is_smooth, count = line.split("\t")
        x = [torch.from_numpy(inputs[f"{name}: input {i}"].copy()) for i in range(int(count))]
        for tensor in x:
            tensor.requires_grad_(is_smooth == "1" and tensor.is_floating_point())
        try:
            value = eval(expression)
        except Exception as error:
            wrong.append(f"{name}: {expression}: {error}")
            continue
        found = results.setdefault(group, {})
        found[f"{name}: value"] = as_numpy(value)
        if value.requires_grad:
            weights = torch.sin(torch.arange(value.numel()) + 1.0).reshape(value.shape)
            (value * weights).sum().backward()
            for i, tensor in enumerate(x):
                if tensor.grad is not None:
                    found[f"{name}: gradient {i}"] = as_numpy(tensor.grad)
    if wrong:
        sys.exit("\n".join(wrong))
    out.mkdir(parents=True, exist_ok=True)
    for group, arrays in results.items():
        np.savez_compressed(out / f"{group}.npz", **arrays)


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
