#!/usr/bin/env bash
# ./dev sanitize [NAME...]: the tests under the address and undefined-behaviour sanitizers (g++) and under the thread
# sanitizer. The latter with clang++: g++ 12's does not start on kernels that randomise addresses by 32 bits.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
export UBSAN_OPTIONS=print_stacktrace=1
exec scripts/test.sh --preset asan --preset tsan-clang "$@"
