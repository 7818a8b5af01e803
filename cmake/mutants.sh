#!/usr/bin/env bash
# `make mutants`: each patch of tests/mutants breaks one promise; the test that it names must fail then.
# A patch begins with lines "# promise: …", "# target: <build target>", "# test: <gtest filter>".
set -uo pipefail
cd "$(dirname "$0")/.."
source=$PWD
work=$source/build/mutants
mkdir -p "$work"
rm -rf "$work/tree"
git worktree prune
git worktree add --detach --force "$work/tree" HEAD > /dev/null
trap 'git -C "$source" worktree remove --force "$work/tree" > /dev/null 2>&1' EXIT
cmake -S "$work/tree" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 \
  -DCHANNELBRIDGE_INSTALL=OFF ${CMAKE_CXX_COMPILER_LAUNCHER:+-DCMAKE_CXX_COMPILER_LAUNCHER=$CMAKE_CXX_COMPILER_LAUNCHER} > /dev/null

field() { sed -n "s/^# $2: //p" "$1" | head -n 1; }
caught=0
missed=0
printf '%-44s %-10s %s\n' mutant verdict promise
for patch in "$source"/tests/mutants/*.patch; do
  name=$(basename "$patch" .patch)
  target=$(field "$patch" target)
  filter=$(field "$patch" test)
  verdict=missed
  if ! git -C "$work/tree" apply "$patch" 2> "$work/log"; then
    verdict=stale
  elif ! cmake --build "$work/build" --target "$target" > "$work/log" 2>&1; then
    verdict=no-build
  else
    program=$(find "$work/build" -name "$target" -type f -perm -u+x -print -quit)
    if "$program" --gtest_filter="$filter" > "$work/log" 2>&1; then
      verdict=missed
    elif grep -q 'Running 0 tests' "$work/log"; then
      verdict=no-test
    else
      verdict=caught
    fi
  fi
  git -C "$work/tree" checkout --quiet -- .
  printf '%-44s %-10s %s\n' "$name" "$verdict" "$(field "$patch" promise)"
  if [ "$verdict" = caught ]; then caught=$((caught + 1)); else missed=$((missed + 1)); fi
done
echo "$caught mutants caught, $missed not"
[ "$missed" -eq 0 ]
