"""What every Python peer shares: a registry of functions and the loop that serves them to bench/python_peer.h.

A peer script registers functions and ends with `serve()`:

    import peer, torch

    @peer.function            # called once a request, with the request's arguments; returns a dict
    def grok_setup(seed=1): ...

    @peer.step                # called `iterations` times a request; the reply is {"ms": milliseconds a call}
    def grok_step(): ...

    peer.serve()

Requests and replies are single lines of JSON on standard input and output. What a script prints goes to standard
error, so a stray print cannot break the protocol.
"""

import json
import os
import sys
import time
import traceback

THREADS = 2

# Before torch is imported: its OpenMP pool takes the count from here.
os.environ["OMP_NUM_THREADS"] = str(THREADS)
os.environ["MKL_NUM_THREADS"] = str(THREADS)
os.environ["CUDA_VISIBLE_DEVICES"] = ""

_functions = {}


def function(f):
    """Registers `f` under its name."""
    _functions[f.__name__] = f
    return f


def step(f):
    """Registers `f`, a step without arguments, to be timed; one more call before them does not count."""

    def timed(iterations=1):
        f()
        start = time.perf_counter()
        for _ in range(iterations):
            f()
        return {"ms": (time.perf_counter() - start) * 1e3 / iterations}

    _functions[f.__name__] = timed
    return f


@function
def peer_name():
    import torch

    return {"name": f"PyTorch {torch.__version__.split('+')[0]}, {torch.get_num_threads()} threads"}


def serve():
    """Answers requests until standard input ends."""
    replies = sys.stdout
    sys.stdout = sys.stderr
    import torch

    torch.set_num_threads(THREADS)
    for line in sys.stdin:
        try:
            request = json.loads(line)
            name = request.pop("run")
            if name not in _functions:
                raise KeyError(f"no function {name!r}; there are {sorted(_functions)}")
            reply = _functions[name](**request) or {}
        except Exception:
            reply = {"error": traceback.format_exc(limit=-3)}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()
