#!/bin/sh
# Fetches the Python sources that packages.txt lists from the Debian archive of this machine, without root.
#
# Usage: fetch-packages.sh OUT [LIST]
#   OUT    folder to fill: OUT/PACKAGE/...py, OUT/licences/PACKAGE.copyright, OUT/packages.tsv (what was fetched)
#   LIST   list of packages (default: packages.txt beside this script)
#
# Needs Debian 12 (or any Debian or Ubuntu; other versions are reported and used), apt-get, dpkg-deb and a network.
# Packages already complete in OUT are skipped, so an interrupted run goes on where it stopped.
# Train on the result with   data: {source: {kind: folder, path: OUT, extensions: [py]}}
set -eu

fail() {
    echo "fetch-packages.sh: $*" >&2
    exit 1
}

[ $# -ge 1 ] && [ $# -le 2 ] || fail "usage: fetch-packages.sh OUT [LIST]"
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
list=${2:-$here/packages.txt}
[ -r "$list" ] || fail "cannot read the list of packages $list"
for tool in apt-get apt-cache dpkg-deb; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is not installed; this script needs a Debian-like system"
done
mkdir -p "$1/licences" || fail "cannot create $1"
out=$(CDPATH='' cd -- "$1" && pwd)
work=$out/.work
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# apt-get drops root's rights for downloads and then cannot write here; the archives are checked all the same.
sandbox=
if [ "$(id -u)" = 0 ]; then
    sandbox='-o APT::Sandbox::User=root'
fi

touch "$out/packages.tsv"
missing=''
total=0
while read -r package version licence; do
    case $package in '' | '#'*) continue ;; esac
    if grep -q "^$package	" "$out/packages.tsv" && [ -d "$out/$package" ]; then
        continue
    fi
    offered=$(apt-cache policy "$package" | sed -n 's/^  Candidate: //p')
    if [ -z "$offered" ] || [ "$offered" = '(none)' ]; then
        echo "fetch-packages.sh: $package: apt does not know it (is this Debian 12, and has 'apt-get update' run?)" >&2
        missing="$missing $package"
        continue
    fi
    take=$version
    if ! apt-cache madison "$package" | grep -F " $version " >/dev/null; then
        echo "fetch-packages.sh: $package: the list pins $version, apt offers $offered; taking $offered" >&2
        take=$offered
    fi
    rm -rf "$work/deb" "$work/tree"
    mkdir -p "$work/deb" "$work/tree"
    # shellcheck disable=SC2086
    (cd "$work/deb" && apt-get -q $sandbox download "$package=$take" >/dev/null) ||
        fail "$package $take: the download failed; check the network and run this again"
    dpkg-deb -x "$work"/deb/*.deb "$work/tree"
    cp "$work/tree/usr/share/doc/$package/copyright" "$out/licences/$package.copyright" ||
        fail "$package $take has no copyright file"
    find "$work/tree" -type f ! -name '*.py' -delete
    find "$work/tree" -type l -delete
    find "$work/tree" -depth -type d -empty -delete
    files=$(find "$work/tree" -name '*.py' | wc -l)
    [ "$files" -gt 0 ] || fail "$package $take holds no .py file"
    rm -rf "${out:?}/$package"
    mv "$work/tree" "$out/$package"
    printf '%s\t%s\t%s\t%s\n' "$package" "$take" "$licence" "$files" >>"$out/packages.tsv"
    echo "$package $take: $files files"
    total=$((total + 1))
done <"$list"
echo "$total packages fetched into $out; $(find "$out" -name '*.py' | wc -l) Python files in all"
[ -z "$missing" ] || fail "not fetched:$missing"
