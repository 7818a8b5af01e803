#!/usr/bin/env bash
# clang-tidy over all sources, or over those changed since $TIDY_BASE (default: the commit before the last).
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-all}" in
  all) mapfile -t files < <(git ls-files 'sdk/*.cpp' 'adapters/*.cpp' 'samples/*.cpp') ;;
  changed)
    base=${TIDY_BASE:-$(git rev-parse --verify --quiet HEAD~1 || git rev-parse HEAD)}
    mapfile -t changed < <(git diff --name-only --diff-filter=d "$base" -- 'sdk/*.cpp' 'adapters/*.cpp' 'samples/*.cpp')
    files=("${changed[@]:0:${TIDY_MOST:-20}}")
    [ ${#files[@]} -lt ${#changed[@]} ] && echo "the first ${#files[@]} of ${#changed[@]} changed files; \`make tidy\` looks at all" ;;
  *) echo "usage: tidy.sh all|changed" >&2; exit 3 ;;
esac
[ ${#files[@]} -eq 0 ] && { echo "no changed sources"; exit 0; }
# clang cannot read the other compiler's precompiled headers, and looks at one file at a time: a configuration of its own, not built.
cmake --preset dev -B build/tidy -DCHANNELBRIDGE_PCH=OFF -DCMAKE_UNITY_BUILD=OFF > /dev/null
printf '%s\n' "${files[@]}" | xargs -P "${JOBS:-$(nproc)}" -n 1 clang-tidy --quiet --extra-arg=-Wno-unknown-warning-option -p build/tidy 2> /dev/null
echo "${#files[@]} files are tidy"
