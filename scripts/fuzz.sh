#!/usr/bin/env bash
# ./dev fuzz TARGET [SECONDS]: libFuzzer over tests/fuzz/TARGET_fuzz.cpp for so long (60), under the address and
# undefined-behaviour sanitizers. What it learns is kept in build/fuzz-corpus/TARGET; an input that breaks something in
# build/fuzz-found.
# ./dev fuzz ops [SECONDS]: random sequences of ops, each plan against the reference interpreter, under the same
# sanitizers; a failure names the seed that repeats it.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
source scripts/common.sh

mapfile -t known < <(find tests/fuzz -name '*_fuzz.cpp' -printf '%f\n' | sed 's/_fuzz\.cpp$//' | sort)
target=${1:-} seconds=${2:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "fuzz: SECONDS is a whole number, not '$seconds'"
if [ "$target" = ops ]; then
  need "${packages_build[@]}" "${packages_test[@]}"
  configure asan
  build asan test_plan
  # A compiler that waits for a busy machine is no fault found.
  export TENON_CC_TIMEOUT=${TENON_CC_TIMEOUT:-1800}
  graphs=0 seed=$(date +%s%N)
  end=$((SECONDS + seconds))
  while [ $SECONDS -lt $end ]; do
    log=$(TENON_FUZZ_SEED=$seed TENON_FUZZ_GRAPHS=64 build/asan/tests/test_plan --gtest_brief=1 \
      --gtest_filter='RandomGraphs.*' 2>&1) || {
      mkdir -p build/fuzz-found
      printf '%s\n' "$log" >"build/fuzz-found/ops-$seed.txt"
      die "fuzz ops: seed $seed fails, after $graphs graphs without a fault; see build/fuzz-found/ops-$seed.txt"
    }
    graphs=$((graphs + 64)) seed=$((seed + 64))
  done
  say "$graphs random graphs in $seconds s: no difference from the interpreter, no report"
  exit
fi
[ -f "tests/fuzz/${target}_fuzz.cpp" ] || die "fuzz: no target '$target'; there are: ops ${known[*]}"

need "${packages_build[@]}" "${packages_clang[@]}" "${packages_test[@]}"
configure fuzz
build fuzz "fuzz_$target"

corpus=build/fuzz-corpus/$target
mkdir -p "$corpus" build/fuzz-found
# Inputs to start from: files beside the fuzzer, each a line of printf's.
if [ -f "tests/fuzz/$target.seeds" ]; then
  number=0
  while IFS= read -r line; do
    # shellcheck disable=SC2059 # the line is the format
    [ -z "$line" ] || printf "$line" >"$corpus/seed-$((++number))"
  done <"tests/fuzz/$target.seeds"
fi
arguments=(-max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=4096 -print_final_stats=1
  -artifact_prefix=build/fuzz-found/)
[ ! -f "tests/fuzz/$target.dict" ] || arguments+=(-dict="tests/fuzz/$target.dict")
exec "build/fuzz/tests/fuzz_$target" "${arguments[@]}" "$corpus"
