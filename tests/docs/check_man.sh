#!/bin/bash
# The manual pages are clean for mandoc's lint. Cross references to pages that
# this machine has not installed are no fault of a page.
set -u
build=$3
pages=("$build"/man/*.[15])
[[ -f ${pages[0]} ]] || { echo "no pages in $build/man" >&2; exit 1; }
output=$(mandoc -T lint -W style "${pages[@]}" |
    grep -v 'referenced manual not found')
[[ -z $output ]] || { echo "$output" >&2; exit 1; }

# weir(1) leads to every other page.
for page in "${pages[@]}"; do
    name=${page##*/}
    [[ $name == weir.1 ]] && continue
    grep -q "^\.Xr ${name%.*} ${name##*.}" "$build/man/weir.1" ||
        { echo "weir.1 does not refer to $name" >&2; exit 1; }
done
