#!/usr/bin/env bash
# `make bench`: ratios against a peer, and limits, measured in the same run.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset release > /dev/null
cmake --build --preset release --target bench_mapping bench_download bench_memory bench_bulk bench_hub channelbridge_cli -- --quiet

printf '\n== mapping: Salesforce lead to Cloud for Customer lead\n'
tests/bench/mapping/run.sh build/release

printf '\n== downloads: 100 MB into a sink, at least 0.8 times the rate of curl on Poco, at most 8 MB of memory\n'
build/release/tests/bench/http/bench_download measure 100

printf '\n== memory: peak of one sync, at most 200 MB and not growing with the number of leads\n'
build/release/bin/bench_memory "$PWD" "$PWD/build/bench-memory" build/release/bin/channelbridge 10000 100000 2> /dev/null

printf '\n== bulk: leads and order lines as jobs and as calls; memory must not grow with their number\n'
build/release/bin/bench_bulk "$PWD/tests/fixtures/salesforce" 10000 100000

printf '\n== hub: its own share of a sync beside SQLite writing the same rows\n'
build/release/tests/bench/hub/bench_hub measure 20000

printf '\n== headers: seconds that one public header costs by itself, about 1.5, at most 3\n'
python3 tests/bench/header_times.py build/release
