#!/usr/bin/env bash
# `make mutants`: each patch of tests/mutants breaks one promise; the test that it names must fail then.
# A patch begins with lines "# promise: …", "# target: <build target>", "# test: <gtest filter>".
# `cmake/mutants.sh hub-` takes only the patches whose names begin so.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source=$PWD
work=$source/build/mutants
mkdir -p "$work"
# The tree of HEAD stays there from run to run, so that only what has changed since is built again.
git worktree prune
if [ -e "$work/tree/.git" ]; then
  git -C "$work/tree" checkout --quiet --force --detach "$(git rev-parse HEAD)"
else
  git worktree add --detach --force "$work/tree" HEAD > /dev/null 2>&1
fi || { echo "cannot check out HEAD in $work/tree" >&2; exit 1; }
if ! cmake -S "$work/tree" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DCHANNELBRIDGE_INSTALL=OFF \
  ${CMAKE_CXX_COMPILER_LAUNCHER:+-DCMAKE_CXX_COMPILER_LAUNCHER=$CMAKE_CXX_COMPILER_LAUNCHER} > "$work/log" 2>&1; then
  cat "$work/log" >&2
  exit 1
fi

field() { sed -n "s/^# $2: //p" "$1" | head -n 1; }
build() { cmake --build "$work/build" --target "$@" > "$work/log" 2>&1; }
passes() {
  { timeout 300 "$(find "$work/build" -name "$1" -type f -perm -u+x -print -quit)" --gtest_filter="$2"; } > "$work/log" 2>&1
}

patches=("$source"/tests/mutants/"${1:-}"*.patch)
[ -e "${patches[0]}" ] || { echo "there is no patch tests/mutants/${1:-}*.patch" >&2; exit 1; }
mapfile -t targets < <(for patch in "${patches[@]}"; do field "$patch" target; done | sort -u)
build "${targets[@]}" || { tail -n 40 "$work/log" >&2; exit 1; }

# A test that fails by itself, or that does not exist, catches nothing.
declare -A verdicts
for patch in "${patches[@]}"; do
  verdict=
  passes "$(field "$patch" target)" "$(field "$patch" test)" || verdict=fails-already
  grep -q 'Running 0 tests' "$work/log" && verdict=no-test
  verdicts[$patch]=$verdict
done

caught=0
printf '%-40s %-13s %s\n' mutant verdict promise
for patch in "${patches[@]}"; do
  verdict=${verdicts[$patch]}
  if [ -z "$verdict" ]; then
    if ! git -C "$work/tree" apply "$patch" 2> "$work/log"; then
      verdict=stale
    elif ! build "$(field "$patch" target)"; then
      verdict=no-build
    elif passes "$(field "$patch" target)" "$(field "$patch" test)"; then
      verdict=missed
    else
      verdict=caught
      caught=$((caught + 1))
    fi
    git -C "$work/tree" checkout --quiet -- .
  fi
  printf '%-40s %-13s %s\n' "$(basename "$patch" .patch)" "$verdict" "$(field "$patch" promise)"
done
echo "$caught of ${#patches[@]} mutants caught"
[ "$caught" -eq "${#patches[@]}" ]
