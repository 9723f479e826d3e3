"""NumPy's and PyTorch's transforms, for bench/fft_bench.cpp."""

import peer  # first: it sets the number of threads
import numpy as np
import torch

work = None


@peer.function
def setup(library, transform, rows, n):
    global work
    half = transform == "irfft"
    x = np.random.default_rng(1).standard_normal((rows, n // 2 + 1 if half else n)).astype(np.float32)
    if transform != "rfft":
        x = (x + 1j * x[:, ::-1]).astype(np.complex64)
    if library == "numpy":
        f = getattr(np.fft, transform)
    else:
        f, x = getattr(torch.fft, transform), torch.from_numpy(x)
    work = lambda: f(x)  # noqa: E731


@peer.step
def transform():
    work()


peer.serve()
