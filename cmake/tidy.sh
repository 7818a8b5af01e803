#!/usr/bin/env bash
# clang-tidy over all sources, or over those that have changed since $TIDY_BASE (default: the commit before the last), tests too, and
# then those that include a changed header of their own room; $TIDY_MOST of them (20).
set -euo pipefail
cd "$(dirname "$0")/.."

# The sources of a header's room: sdk/src/hub, adapters/odata, tests/unit/hub.
room_of() {
  sed -E 's#^sdk/include/channelbridge/([^/]+)/.*#sdk/src/\1#; t
          s#^((sdk/src|adapters|samples|tests/unit|tests/integration)/[^/]+)/.*#\1#; t
          s#/[^/]*$##' <<< "$1"
}

changed_sources() {
  local base=${TIDY_BASE:-$(git rev-parse --verify --quiet HEAD~1 || git rev-parse HEAD)} header
  git diff --name-only --diff-filter=d "$base" -- '*.cpp'
  git diff --name-only --diff-filter=d "$base" -- '*.hpp' | while read -r header; do
    git grep --files-with-matches -E "^#include \"(.*/)?${header##*/}\"" -- "$(room_of "$header")/*.cpp" || true
  done
}

case "${1:-all}" in
  all) mapfile -t files < <(git ls-files 'sdk/*.cpp' 'adapters/*.cpp' 'samples/*.cpp') ;;
  changed) mapfile -t files < <(changed_sources | awk '!seen[$0]++') ;;
  *) echo "usage: tidy.sh all|changed" >&2; exit 3 ;;
esac
# clang cannot read the other compiler's precompiled headers, and looks at one file at a time: a configuration of its own, not built.
cmake --preset dev -B build/tidy -DCHANNELBRIDGE_PCH=OFF -DCMAKE_UNITY_BUILD=OFF > /dev/null
if [ "${1:-all}" = changed ]; then
  # What this machine's configuration does not compile, clang-tidy cannot read.
  mapfile -t files < <(for file in "${files[@]}"; do grep --quiet --fixed-strings "\"$PWD/$file\"" build/tidy/compile_commands.json && echo "$file"; done)
  all=${#files[@]}
  files=("${files[@]:0:${TIDY_MOST:-20}}")
  [ ${#files[@]} -lt "$all" ] && echo "the first ${#files[@]} of $all sources; \`make tidy\` looks at all but the tests"
fi
[ ${#files[@]} -eq 0 ] && { echo "no changed sources"; exit 0; }
printf '%s\n' "${files[@]}" | xargs -P "${JOBS:-$(nproc)}" -n 1 clang-tidy --quiet --extra-arg=-Wno-unknown-warning-option -p build/tidy 2> /dev/null
echo "${#files[@]} files are tidy"
