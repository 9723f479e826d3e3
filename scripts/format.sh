#!/usr/bin/env bash
# ./dev format: rewrites the sources as .clang-format says. format.sh --check: only says which ones differ.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
source scripts/common.sh
need "${packages_format[@]}"

folders=()
for folder in tenon tests bench examples apps; do [ ! -d "$folder" ] || folders+=("$folder"); done
mode=(-i)
[ "${1:-}" != --check ] || mode=(--dry-run -Werror)
find "${folders[@]}" \( -name '*.h' -o -name '*.cpp' \) -print0 | xargs -0 -r clang-format-19 "${mode[@]}"
