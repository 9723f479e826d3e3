#!/usr/bin/env bash
# ./dev test [--preset PRESET]... [NAME...]
#
# Builds with each preset, runs the tests and ends with the line "N passed, N failed, N skipped" over all builds.
# Exits non-zero when a test failed, a program crashed or something did not build.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
source scripts/common.sh

presets=()
names=()
while [ $# -gt 0 ]; do
  case $1 in
    --preset) presets+=("${2:?--preset takes a name}") && shift ;;
    --preset=*) presets+=("${1#--preset=}") ;;
    -*) die "test: unknown option '$1'" ;;
    *) names+=("$1") ;;
  esac
  shift
done
[ ${#presets[@]} -gt 0 ] || presets=(release release-clang)
filter=.
[ ${#names[@]} = 0 ] || filter="^($(IFS='|' && echo "${names[*]}"))\$" # ^(graph|plan)$

# The benchmarks run elsewhere, but they are built here, so that they never rot.
need "${packages_build[@]}" "${packages_clang[@]}" "${packages_test[@]}" "${packages_bench[@]}"

# One line a test: "<verdict> TAB <preset> TAB <test> TAB <reason>", verdict in PASS, FAIL, SKIP.
verdicts=$(mktemp)
trap 'rm -f "$verdicts"' EXIT
verdict() { printf '%s\t%s\t%s\t%s\n' "$@" >>"$verdicts"; }

# collect PRESET: turns the result files of its test programs into verdicts.
collect() {
  local preset=$1 folder=build/$1 name result exited_badly
  for name in $(ctest --test-dir "$folder" -N -R "$filter" 2>/dev/null | sed -n 's/^ *Test *#[0-9]*: //p'); do
    result=$(ls "$folder/test-results/$name".{xml,txt} 2>/dev/null | head -1)
    grep -qsx "[0-9]*:$name" "$folder/Testing/Temporary/LastTestsFailed.log" && exited_badly=1 || exited_badly=0
    if [ -z "$result" ]; then
      verdict FAIL "$preset" "$name" "no results: not built, crashed or timed out"
      continue
    fi
    awk -v preset="$preset" -v program="$name" -v exited_badly="$exited_badly" -f scripts/verdicts.awk "$result" \
      >>"$verdicts"
  done
}

# run_preset PRESET: builds, runs and collects.
run_preset() {
  local preset=$1 folder=build/$1 broken=0
  say "== $preset"
  if ! configure "$preset"; then
    verdict FAIL "$preset" build "CMake failed"
    return
  fi
  # -k 0: one broken file does not keep the other programs from being built and run.
  build "$preset" -k 0 || broken=1
  [ "$broken" = 0 ] || verdict FAIL "$preset" build "did not compile"
  rm -rf "$folder/test-results" "$folder/Testing/Temporary/LastTestsFailed.log"
  mkdir -p "$folder/test-results"
  # Two programs at a time: each uses all cores itself, but while there are no kernels in the cache it mostly waits for
  # one compiler.
  ctest --test-dir "$folder" -j 2 -R "$filter" --output-on-failure 2>&1 | sed -u -f scripts/ctest_output.sed
  collect "$preset"
}

start=$SECONDS
for preset in "${presets[@]}"; do run_preset "$preset"; done
say "== $((SECONDS - start)) s"
sort "$verdicts" | awk -F '\t' -f scripts/summary.awk
