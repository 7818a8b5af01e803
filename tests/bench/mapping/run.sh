#!/usr/bin/env bash
# Instructions and CPU per record of Salesforce lead -> C4C lead: mapping, by hand with nlohmann, jq.
#   run.sh <build folder>        needs valgrind and jq; use a release build
set -euo pipefail
build=${1:?usage: run.sh <build folder>}
here=$(cd "$(dirname "$0")" && pwd)
program=$(find "$build" -name bench_mapping -type f -perm -u+x -print -quit)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$program" compare 1000

# Two runs of different length: what they differ by is the records alone.
instructions() {
  local few=200 many=1200 count
  for count in $few $many; do
    valgrind --tool=callgrind --callgrind-out-file="$work/$1.$count" "$program" "$1" "$count" >/dev/null 2>"$work/log"
  done
  local low high
  low=$(awk '/^(summary|totals):/ {print $2; exit}' "$work/$1.$few")
  high=$(awk '/^(summary|totals):/ {print $2; exit}' "$work/$1.$many")
  echo $(((high - low) / (many - few)))
}
cpu() { # seconds of user and system time of a command
  local TIMEFORMAT='%U %S'
  { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{print $1 + $2}'
}

records=50000
jq_records=5000
"$program" input $jq_records >"$work/leads.ndjson"
mapping=$(instructions mapping)
hand=$(instructions hand)
gate=$(instructions gate)
mapping_cpu=$(cpu "$program" mapping $records)
hand_cpu=$(cpu "$program" hand $records)
jq_cpu=$(cpu jq -c -f "$here/lead.jq" "$work/leads.ndjson")

# jq must say the same, or its time means nothing.
diff <(jq -c -S -f "$here/lead.jq" "$work/leads.ndjson") <("$program" output $jq_records | jq -c -S .) >/dev/null ||
  { echo "jq and the mapping differ"; exit 1; }

awk -v m="$mapping" -v h="$hand" -v g="$gate" -v mc="$mapping_cpu" -v hc="$hand_cpu" -v jc="$jq_cpu" -v n=$records -v jn=$jq_records 'BEGIN {
  mu = mc / n * 1e6; hu = hc / n * 1e6; ju = jc / jn * 1e6
  printf "%-34s %14s %12s\n", "per lead", "instructions", "CPU us"
  printf "%-34s %14d %12.1f\n", "mapping: read, then write", m, mu
  printf "%-34s %14d %12.1f\n", "by hand: nlohmann DOM", h, hu
  printf "%-34s %14s %12.1f\n", "jq", "-", ju
  printf "%-34s %14d\n", "strictness gate of the page", g
  printf "mapping / by hand: %.2f of the instructions (goal 0.50 or less)\n", m / h
  printf "jq / mapping:      %.1f times the CPU (goal 5 or more)\n", ju / mu
  exit !(m <= h / 2 && ju >= 5 * mu)
}'
