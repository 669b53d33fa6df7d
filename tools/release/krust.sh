#!/bin/sh
# krust with the runtime that lies beside it. What it may do is settled here: files, network, programs and
# the environment, no native libraries; nothing is downloaded and no configuration of Deno's is read.
self=$0
case $self in
*/*) ;;
*) self=./$self ;;
esac
while [ -h "$self" ]; do
  target=$(readlink "$self") || exit 7
  case $target in
  /*) self=$target ;;
  *) self=${self%/*}/$target ;;
  esac
done
here=${self%/*}
DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1 exec "$here/lib/deno" run --quiet --no-prompt \
  --no-config --no-lock --no-npm --no-remote \
  --allow-read --allow-write --allow-net --allow-env --allow-run --allow-sys \
  "$here/lib/krust.js" "$@"
