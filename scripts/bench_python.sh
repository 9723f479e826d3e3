#!/usr/bin/env bash
# Makes build/venv, the Python environment with PyTorch that only the benchmarks use. Does nothing when it is ready.
# Downloads about 800 MB and takes about 1.7 GB of disk.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
source scripts/common.sh

requirements=bench/python/requirements.txt
# The mark holds the requirements it was made from, so that a changed list is made anew.
cmp -s "$requirements" build/venv/ready && exit 0

need g++ "${packages_python[@]}" # g++ also brings the gcc, nm and readelf that cuda_stubs.sh takes
say "making the benchmarks' Python environment (PyTorch, about 800 MB to download)"
rm -rf build/venv
mkdir -p build
/usr/bin/python3 -m venv build/venv
# --no-deps: the list is complete, and PyTorch's own would add 2.5 GB of CUDA libraries.
build/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps -r "$requirements"
scripts/cuda_stubs.sh build/venv/lib/python3*/site-packages/torch/lib
build/venv/bin/python -c 'import torch; torch.ones(2, 2) @ torch.ones(2, 2)'
cp "$requirements" build/venv/ready
