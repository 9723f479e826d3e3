# Sourced by ./dev and its helpers: messages, system packages, configuring and building.

say() { printf '%s\n' "$*"; }
die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

# What each job needs from Debian 12.
packages_build=(g++ cmake ninja-build libfmt-dev libcli11-dev nlohmann-json3-dev zlib1g-dev liblapack-dev)
packages_clang=(clang-19 libclang-rt-19-dev)
packages_test=(libgtest-dev)
packages_bench=(libopenblas-dev)
packages_python=(python3 python3-venv)
packages_format=(clang-format-19)
packages_tidy=(clang-tidy-19)

# need PACKAGE...: installs what is missing of the packages, or says how to and ends.
need() {
  command -v dpkg-query >/dev/null || return 0 # not Debian: CMake says what it misses
  local missing
  missing=$(printf '%s\n' "$@" | grep -vxF "$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    sed -n 's/ installed$//p')" | tr '\n' ' ') || true # grep fails when nothing is left
  missing=${missing% }
  [ -n "$missing" ] || return 0

  local as_root
  if [ "$(id -u)" = 0 ]; then
    as_root=()
  elif sudo -n true 2>/dev/null; then
    as_root=(sudo)
  else
    printf 'dev: system packages are missing, and installing them takes root. Run\n\n' >&2
    printf '  sudo apt-get update && sudo apt-get install -y --no-install-recommends %s\n\n' "$missing" >&2
    exit 1
  fi
  say "installing $missing"
  local log
  log=$(mktemp)
  # shellcheck disable=SC2086 # a list of words
  if ! { "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    die "apt could not install: $missing"
  fi
  rm -f "$log"
  packages_changed=1 # so that configure looks for them again
}
packages_changed=0

# need_for_preset PRESET: the packages that a build with this preset takes.
need_for_preset() {
  case $1 in
    *-clang) need "${packages_build[@]}" "${packages_clang[@]}" ;;
    *) need "${packages_build[@]}" ;;
  esac
}

# configure PRESET: only when it was not done or when packages came since; later changes ninja sees by itself.
configure() {
  [ -f "build/$1/build.ninja" ] && [ "$packages_changed" = 0 ] && return 0
  local output
  if ! output=$(cmake --preset "$1" 2>&1); then
    printf '%s\n' "$output" >&2
    rm -f "build/$1/build.ninja" # else the next call would take a half-made folder for a configured one
    return 1
  fi
}

# build PRESET [ninja's arguments]: with ninja's own progress on a terminal, else errors and, in the end, one line.
build() {
  local preset=$1 start=$SECONDS
  shift
  if [ -t 1 ]; then
    ninja -C "build/$preset" "$@"
  else
    # CMake's lines when it runs again are no news.
    ninja -C "build/$preset" --quiet "$@" 2>&1 | sed -u '/^ninja: no work to do/d; /^-- /d' || return 1
    [ $((SECONDS - start)) -lt 3 ] || say "built $preset in $((SECONDS - start)) s"
  fi
}
