#!/bin/sh
# A town as MBTiles with a picture of what came, then as PMTiles: counted first,
# absent tiles noted, nothing fetched twice. Usage: examples/tiles.sh [BASE] [DIR]
set -eu
base=${1:-http://127.0.0.1:8080/demo/tiles}
dir=${2:-maps}
weir=${WEIR:-weir}
template="$base/{z}/{x}/{y}.png"
region='--bbox 9.9,54.2,10.3,54.5 --zoom 0-12'

"$weir" tiles "$template" $region --dry-run
"$weir" tiles "$template" $region -o "$dir/kiel.mbtiles" \
    --attribution 'Demo data' --preview "$dir/kiel.png"
"$weir" tiles "$template" $region -o "$dir/kiel.mbtiles"
"$weir" tiles "$template" $region -o "$dir/kiel.pmtiles" \
    --attribution 'Demo data'
