#!/usr/bin/env bash
# `make test`: format, tidy on changed files, the unit tests under the address and undefined-behaviour sanitizers, then every suite.
set -euo pipefail
cd "$(dirname "$0")/.."
step() { printf '\n== %s (%d s so far)\n' "$1" "$SECONDS"; }

step "format"
cmake/format.sh

step "build"
cmake --preset dev > build-configure.log 2>&1 || { cat build-configure.log; exit 1; }
rm -f build-configure.log
cmake --build --preset dev -- --quiet

step "tidy on changed files"
cmake/tidy.sh changed

step "unit tests under address and undefined-behaviour sanitizers"
cmake --preset asan > /dev/null
cmake --build --preset asan --target unit_tests -- --quiet
ctest --preset asan -L unit --output-on-failure

step "all suites"
ctest --preset dev --output-on-failure
