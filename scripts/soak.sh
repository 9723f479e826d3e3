#!/usr/bin/env bash
# ./dev soak checkpoint [COUNT] [SEED]: kills a training run COUNT times (1000) at random instants while it writes
# checkpoints, restarts it each time, and compares the end with a run that nobody killed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
source scripts/common.sh

[ "${1:-}" = checkpoint ] || die "soak: there is 'checkpoint [COUNT] [SEED]', not '${1:-}'"
count=${2:-1000} seed=${3:-$RANDOM}
[[ $count =~ ^[1-9][0-9]*$ && $seed =~ ^[0-9]+$ ]] || die "soak: COUNT and SEED are whole numbers"

need "${packages_build[@]}" "${packages_test[@]}"
configure release
build release soak_checkpoint
exec build/release/tests/soak_checkpoint drive build/soak "$count" "$seed"
