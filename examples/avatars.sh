#!/bin/sh
# A row of avatars from a list on standard input, each under a name of its own
# (out=), as images only. Usage: examples/avatars.sh [BASE] [DIR]
set -eu
base=${1:-http://127.0.0.1:8080/demo/avatars}
dir=${2:-avatars}
weir=${WEIR:-weir}

for n in 1 2 3 4 5 6; do
    printf '%s/%s.png\n  out=user-%02d.png\n' "$base" "$n" "$n"
done | "$weir" get -P "$dir" --expect-type image/ -i -
