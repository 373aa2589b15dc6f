#!/bin/sh
# The same 20 map tiles one after the other, all at once, and behind a limit of
# ten: what waiting costs. Usage: examples/tiles-at-once.sh [BASE] [DIR]
set -eu
base=${1:-http://127.0.0.1:8080/demo/tiles}
dir=${2:-tiles}
weir=${WEIR:-weir}
tiles="$base/5/[16-19]/[9-13].png"

"$weir" get --cache=off --overwrite -P "$dir/one" -o '{1}-{2}.png' -j 1 "$tiles"
"$weir" get --cache=off --overwrite -P "$dir/all" -o '{1}-{2}.png' -j 20 "$tiles"
"$weir" get --cache=off --overwrite -P "$dir/ten" -o '{1}-{2}.png' -j 20 --per-host 10 "$tiles"
