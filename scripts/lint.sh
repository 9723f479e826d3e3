#!/usr/bin/env bash
# ./dev lint [FILE...]: checks formatting everywhere and runs clang-tidy over the files, by default all that are built.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
source scripts/common.sh
need "${packages_build[@]}" "${packages_clang[@]}" "${packages_test[@]}" "${packages_bench[@]}" "${packages_tidy[@]}"

failed=0
scripts/format.sh --check || failed=1

configure release-clang
if [ $# -gt 0 ]; then
  files=("$@")
else
  cmake build/release-clang >/dev/null # so that new files are in the list
  mapfile -t files < <(sed -n "s|^ *\"file\": \"$PWD/\(.*\)\",\{0,1\}$|\1|p" build/release-clang/compile_commands.json |
    grep -v ^build/ | sort -u)
fi
say "clang-tidy over ${#files[@]} files"
printf '%s\0' "${files[@]}" |
  xargs -0 -r -n 1 -P "$(nproc)" clang-tidy-19 --quiet -p build/release-clang 2> >(
    grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header-filter' >&2) || failed=1
[ "$failed" = 0 ] || die "lint: see above; ./dev format mends the formatting"
