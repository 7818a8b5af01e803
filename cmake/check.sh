#!/usr/bin/env bash
# `make check`: the slow proof. Everything of `make test`, then each public header alone, clang-tidy over all sources, both sanitizers over every suite that
# can bear them (one killed world of each kind), and the long runs: a million mutants for the parsers, 300,000 random worlds of
# the merge rules, 60,000 random lives of a budget and its funds, 1,000 partners to another server and back, 50 killed worlds of each kind: partners and leads,
# quotes and orders, claims, bulk jobs. In the end the demo, which is to take less than 90 s once it is built.
set -euo pipefail
cd "$(dirname "$0")/.."
step() { printf '\n== %s (%d s so far)\n' "$1" "$SECONDS"; }

cmake/test.sh

step "each public header alone"
cmake --build --preset dev --target house_headers -- --quiet

step "clang-tidy over all sources"
cmake/tidy.sh all

step "address and undefined-behaviour sanitizers over everything"
cmake --preset asan > /dev/null
cmake --build --preset asan -- --quiet
CHANNELBRIDGE_KILLS=1 ctest --preset asan --output-on-failure -LE "house|package|docs"

step "thread sanitizer"
cmake --preset tsan > /dev/null
cmake --build --preset tsan -- --quiet
CHANNELBRIDGE_KILLS=1 TSAN_OPTIONS="halt_on_error=1 suppressions=$PWD/cmake/tsan.supp" ctest --preset tsan --output-on-failure -LE "house|package|docs|integration"

step "long runs"
CHANNELBRIDGE_FUZZ=30 CHANNELBRIDGE_WORLDS=300000 CHANNELBRIDGE_LIVES=20 CHANNELBRIDGE_PARTNERS=1000 CHANNELBRIDGE_KILLS=50 \
  ctest --preset dev -R '^(unit_fuzz|fuzz_sandbox|unit_merge|unit_model|unit_hub_ledger|integration_cap|crash_sync|crash_orders|crash_claims)$' --timeout 3600 --verbose | grep -E 'mutants|worlds|FAILED|tests passed|Failed'

step "the demo"
cmake --build --preset dev --target channelbridge_cli channelbridge_demo channelbridge_demo_claims -- --quiet
begun=$SECONDS
samples/demo/run.sh
took=$((SECONDS - begun))
printf '\nThe demo took %d s (limit 90).\n' "$took"
((took < 90))
