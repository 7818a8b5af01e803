#!/usr/bin/env bash
# `make test`: format, tidy on changed files, the readers of outside text under the address and undefined-behaviour sanitizers, then every suite.
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

# What reads outside text. All suites run under the sanitizers in `make check`: it takes longer than this may.
step "readers of outside text under address and undefined-behaviour sanitizers"
readers=(unit_core unit_document unit_mapping unit_http)
cmake --preset asan > /dev/null
cmake --build --preset asan --target "${readers[@]}" -- --quiet
ctest --preset asan -R "^($(IFS='|'; echo "${readers[*]}"))\$" --output-on-failure

step "all suites"
ctest --preset dev --output-on-failure
