#!/usr/bin/env bash
# Usage: cuda_stubs.sh TORCH_LIB_FOLDER
#
# PyPI's PyTorch for Linux is built for CUDA and does not load without some 2.5 GB of NVIDIA libraries, of which a
# CPU run calls nothing. This puts empty libraries of the same names beside PyTorch's own (where it looks for them).
# Every function in them returns 100, which CUDA calls "no device", so PyTorch runs on the CPU.
set -euo pipefail
cd "$1"

needed=$(readelf -d ./*.so | sed -n 's/.*(NEEDED).*\[\(lib\(cu\|nccl\|nv\)[^]]*\)\]/\1/p' | sort -u)
functions=$(nm -D --undefined-only ./*.so | awk '$1 == "U" || $1 == "w" { sub(/@.*/, "", $2); print $2 }' |
  grep -E '^(__cuda|cu|nccl|nvrtc|nvtx)[A-Za-z0-9_]*$' | sort -u)

# The functions live in a library of their own name: the dynamic linker takes a symbol without a version from there,
# but not from a library whose versions PyTorch refers to.
sed 's/.*/int &(void) { return 100; }/' <<<"$functions" | gcc -x c -w -shared -fPIC -o libcuda_stubs.so -
for library in $needed; do
  [ -e "$library" ] || : | gcc -x c -shared -fPIC -Wl,--no-as-needed -Wl,-soname,"$library" -o "$library" - \
    -L. -lcuda_stubs -Wl,-rpath,'$ORIGIN'
done
