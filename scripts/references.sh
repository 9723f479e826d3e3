#!/usr/bin/env bash
# ./dev references: computes anew what tests/ops compares with, PyTorch's results in tests/ops/reference, and the page
# docs/ops.md.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
source scripts/common.sh

need "${packages_build[@]}" "${packages_test[@]}"
scripts/bench_python.sh
configure release
build release test_ops
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
TENON_EXPORT_OPS=$folder build/release/tests/test_ops --gtest_brief=1 --gtest_filter='Ops.Exports*'
build/venv/bin/python bench/python/op_reference.py "$folder" tests/ops/reference
TENON_WRITE_DOCS=1 build/release/tests/test_ops --gtest_brief=1 --gtest_filter='Ops.ThePage*'
say "tests/ops/reference and docs/ops.md are up to date"
