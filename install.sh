#!/bin/sh
# Installs krust from its releases: finds out what this machine is, downloads the archive for it, compares
# it with SHA256SUMS, and puts it below PREFIX, whole or not at all.
#
#   install.sh [--version VERSION] [--prefix PREFIX]
#
# PREFIX is /usr/local where that may be written, else ~/.local. KRUST_RELEASES is the address below which
# the releases lie, as vVERSION/krust-VERSION-TARGET.tar.gz; a release's own install.sh knows it.
set -eu

# A release fills these two in.
releases=
version=

fail() {
  status=$1
  shift
  printf 'install.sh: %s\n' "$@" >&2
  exit "$status"
}

has() { command -v "$1" >/dev/null 2>&1; }

# This machine as releases name it.
machine() {
  case $(uname -s) in
  Linux) system=linux ;;
  Darwin) system=macos ;;
  *) system= ;;
  esac
  case $(uname -m) in
  x86_64 | amd64) processor=x64 ;;
  aarch64 | arm64) processor=arm64 ;;
  *) processor= ;;
  esac
  if [ -z "$system" ] || [ -z "$processor" ]; then
    fail 2 "there is no release for $(uname -s) on $(uname -m)" \
      "there are some for Linux and macOS, each on x86_64 and arm64; install.ps1 is for Windows"
  fi
  if [ "$system" = linux ] && ldd --version 2>&1 | grep -qi musl; then
    fail 2 "there is no release for Linux with musl: the runtime wants glibc"
  fi
  printf '%s-%s\n' "$system" "$processor"
}

# download URL FILE
download() {
  if has curl; then
    curl --fail --silent --show-error --location --retry 2 --output "$2" "$1" ||
      fail 6 "cannot download $1"
  elif has wget; then
    wget -q -O "$2" "$1" || fail 6 "cannot download $1"
  else
    fail 7 "neither curl nor wget is here"
  fi
}

hash_of() {
  if has sha256sum; then
    sha256sum <"$1" | cut -d ' ' -f 1
  elif has shasum; then
    shasum -a 256 <"$1" | cut -d ' ' -f 1
  else
    fail 7 "neither sha256sum nor shasum is here"
  fi
}

prefix=
releases=${KRUST_RELEASES:-$releases}
while [ $# -gt 0 ]; do
  case $1 in
  --version | --prefix)
    [ $# -ge 2 ] || fail 2 "$1 wants a value"
    [ "$1" = --prefix ] || version=${2#v}
    [ "$1" = --version ] || prefix=$2
    shift 2
    ;;
  *) fail 2 "unknown argument $1" "usage: install.sh [--version VERSION] [--prefix PREFIX]" ;;
  esac
done
[ -n "$version" ] || fail 2 "which version? Say --version VERSION"
case $version in
*[!0-9A-Za-z.+-]*) fail 2 "$version is no version" ;;
esac
# What is run afterwards must not come from whoever sits on the wire; the checksums come the same way.
case $releases in
https://* | http://127.0.0.1:* | http://localhost:*) ;;
'') fail 2 "where are the releases? Set KRUST_RELEASES to their address" ;;
*) fail 2 "releases are downloaded by https alone, not from $releases" ;;
esac
if [ -z "$prefix" ]; then
  prefix=/usr/local
  [ -w "$prefix" ] || prefix=${HOME:?}/.local
fi

target=$(machine)
name=krust-$version-$target
from=${releases%/}/v$version
mkdir -p "$prefix/lib/krust" "$prefix/bin"
# Beside where it goes, so that it can be moved there at once.
work=$(mktemp -d "$prefix/lib/krust/.install.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

download "$from/SHA256SUMS" "$work/SHA256SUMS"
wanted=$(awk -v file="$name.tar.gz" '$2 == file { print $1 }' "$work/SHA256SUMS")
[ -n "$wanted" ] || fail 5 "$from/SHA256SUMS does not name $name.tar.gz"
download "$from/$name.tar.gz" "$work/archive"
found=$(hash_of "$work/archive")
[ "$found" = "$wanted" ] || fail 5 "$from/$name.tar.gz is not what SHA256SUMS says; nothing is installed" \
  "its SHA-256 is $found, and should be $wanted"
tar -xzf "$work/archive" -C "$work"
"$work/$name/krust" version >/dev/null || fail 7 "what was downloaded does not run here"

rm -rf "$prefix/lib/krust/$name"
mv "$work/$name" "$prefix/lib/krust/$name"
for program in krust cargo-krust; do
  ln -sf "../lib/krust/$name/$program" "$prefix/bin/$program"
done
cp -R "$prefix/lib/krust/$name/share" "$prefix/"
printf 'krust %s is installed as %s\n' "$version" "$prefix/bin/krust"
case :$PATH: in
*":$prefix/bin:"*) ;;
*) printf 'put %s on your PATH\n' "$prefix/bin" ;;
esac
