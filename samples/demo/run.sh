#!/usr/bin/env bash
# Builds what the demo needs and runs it in build/demo.
set -euo pipefail
cd "$(dirname "$0")/../.."
echo "Building (the first time takes some minutes) …"
cmake --preset dev > build-configure.log 2>&1 || { cat build-configure.log; exit 1; }
rm -f build-configure.log
cmake --build --preset dev --target channelbridge_cli channelbridge_demo channelbridge_demo_claims -- --quiet
build/dev/bin/channelbridge_demo "$PWD" "$PWD/build/demo" build/dev/bin/channelbridge
exec build/dev/bin/channelbridge_demo_claims "$PWD" "$PWD/build/demo/claims" build/dev/bin/channelbridge
