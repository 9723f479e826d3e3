#!/usr/bin/env bash
# ./dev bench [NAME...] [-- ARGUMENTS]: builds and runs bench/NAME_bench.cpp, all of them by default.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
source scripts/common.sh

mapfile -t known < <(find bench -maxdepth 1 -name '*_bench.cpp' -printf '%f\n' | sed 's/_bench\.cpp$//' | sort)
names=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  [ -f "bench/$1_bench.cpp" ] || die "bench: no benchmark '$1'; there are: ${known[*]:-none yet}"
  names+=("$1")
  shift
done
[ $# = 0 ] || shift
[ ${#names[@]} -gt 0 ] || names=("${known[@]}")
[ ${#names[@]} -gt 0 ] || die "bench: there is no benchmark yet"

need "${packages_build[@]}" "${packages_bench[@]}"
# Only a benchmark that talks to Python pays for its environment.
for name in "${names[@]}"; do
  if grep -q PythonPeer "bench/${name}_bench.cpp"; then
    scripts/bench_python.sh
    break
  fi
done

configure release
build release "${names[@]/#/bench_}"
failed=0
for name in "${names[@]}"; do
  say "== $name"
  "build/release/bench/bench_$name" "$@" || failed=1
done
exit "$failed"
