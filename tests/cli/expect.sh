# Sourced by the checks: runs the program and compares what it said.
#   expect STATUS STDOUT STDERR-PART [ARGUMENT...]   (standard input is passed)
#   finish
# shellcheck shell=bash
weir=$1
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
    printf '%s\n' "$*" >&2
    failed=1
}

finish() {
    exit $failed
}

expect() {
    local status=$1 want=$2 part=$3 out err got
    shift 3
    out=$("$weir" "$@" 2>"$folder/stderr")
    got=$?
    err=$(<"$folder/stderr")
    [[ $got == "$status" ]] || fail "weir $*: status $got, expected $status"
    [[ $out == "$want" ]] || fail "weir $*: printed \"$out\", expected \"$want\""
    [[ -z $part && -z $err || -n $part && $err == *"$part"* ]] ||
        fail "weir $*: said \"$err\", expected \"$part\""
}
