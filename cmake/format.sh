#!/usr/bin/env bash
# Fails when a source file is not formatted as .clang-format says.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files '*.hpp' '*.cpp' | grep -v '^tests/fixtures/' | xargs -r clang-format --dry-run --Werror
echo "all files are formatted"
