#!/usr/bin/env bash
# clang-tidy over all sources but the tests, or over those that have changed since $TIDY_BASE (default: the commit before the last), tests too, and
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

# One file at a time; clang cannot read the other compiler's precompiled headers. A configuration of its own, not built.
tidy_changed() {
  cmake --preset dev -B build/tidy -DCHANNELBRIDGE_PCH=OFF -DCMAKE_UNITY_BUILD=OFF > /dev/null
  # What this machine's configuration does not compile, clang-tidy cannot read.
  mapfile -t files < <(changed_sources | awk '!seen[$0]++' | while read -r file; do
    grep --quiet --fixed-strings "\"$PWD/$file\"" build/tidy/compile_commands.json && echo "$file"
  done)
  local all=${#files[@]}
  files=("${files[@]:0:${TIDY_MOST:-20}}")
  [ ${#files[@]} -lt "$all" ] && echo "the first ${#files[@]} of $all sources; \`make tidy\` looks at all but the tests"
  [ ${#files[@]} -eq 0 ] && { echo "no changed sources"; exit 0; }
  look build/tidy "${files[@]}"
  echo "${#files[@]} files are tidy"
}

# As they are compiled, many sources in one translation unit: the headers, which take most of the time, are looked at once for all of them.
tidy_all() {
  cmake --preset dev -B build/tidy-all -DCHANNELBRIDGE_PCH=OFF > /dev/null
  local units
  mapfile -t units < <(sed -nE 's/^ *"file": "(.*)",?$/\1/p' build/tidy-all/compile_commands.json | grep -E "^$PWD/(build/tidy-all/)?(sdk|adapters|samples)/" | sort -u)
  look build/tidy-all --checks=-bugprone-suspicious-include "${units[@]}"
  echo "${#units[@]} translation units are tidy"
}

look() {
  local database=$1 options=()
  shift
  [[ $1 == --* ]] && { options=("$1"); shift; }
  printf '%s\n' "$@" | xargs -P "${JOBS:-$(nproc)}" -n 1 clang-tidy --quiet "${options[@]}" --extra-arg=-Wno-unknown-warning-option -p "$database" 2> /dev/null
}

case "${1:-all}" in
  all) tidy_all ;;
  changed) tidy_changed ;;
  *) echo "usage: tidy.sh all|changed" >&2; exit 3 ;;
esac
