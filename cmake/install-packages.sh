#!/usr/bin/env bash
# Installs the Debian packages of cmake/packages.txt that are missing. Quiet and quick when none is.
# With --peers also node and npm, which bring the clients and servers of others that the integration tests play against, the ERP Tryton,
# and the SOAP clients zeep and gSOAP.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
missing=()
while read -r package; do
  case "$package" in ''|'#'*) continue ;; esac
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done < "$here/packages.txt"
[ "${1:-}" = "--peers" ] && ! command -v npm > /dev/null && missing+=(nodejs npm)
if [ "${1:-}" = "--peers" ]; then
  for package in tryton-server tryton-modules-sale-opportunity python3-zeep gsoap libgsoap-dev; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
fi
[ ${#missing[@]} -eq 0 ] && exit 0
echo "Installing Debian packages: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Run as root, or install these packages yourself." >&2; exit 2; }
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
