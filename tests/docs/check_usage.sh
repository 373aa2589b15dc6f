#!/bin/bash
# What the program says, and its exit status, when it is not called right.
set -u
weir=$1
failed=0
# Run from a clean environment, without the user's configuration.
run() {
    env -i PATH="$PATH" HOME=/nonexistent "$weir" "$@"
}
expect() { # STATUS STREAM PATTERN WORD...
    local status=$1 stream=$2 pattern=$3 text rc
    shift 3
    if [[ $stream == out ]]; then
        text=$(run "$@" 2>/dev/null)
    else
        text=$(run "$@" 2>&1 >/dev/null)
    fi
    rc=$?
    if [[ $rc != "$status" || ! $text =~ $pattern ]]; then
        echo "weir $*: status $rc, expected $status; $stream: $text" >&2
        failed=1
    fi
}

expect 2 err 'Usage: weir COMMAND'
expect 0 out 'Usage: weir COMMAND' --help
expect 0 out 'Usage: weir COMMAND' help
expect 0 out '^weir [0-9.]+' --version
expect 0 out '^weir [0-9.]+' url --version
expect 0 out 'Usage: weir url' url --help
expect 0 out 'Usage: weir url' help url
expect 2 err 'unknown command "ulr"; did you mean url\?' ulr
expect 2 err 'unknown command "ulr"; did you mean url\?' help ulr
expect 2 err 'unknown option "--verison"; did you mean --version\?' --verison
expect 2 err 'weir url: unknown option --bsae; did you mean --base\?' \
    url --bsae=x
expect 2 err 'Try "weir url --help"' url --bsae=x
expect 2 err 'option --base needs a value: --base URL' url --base
expect 2 err 'option --rate belongs to other commands|unknown option --rate' \
    url --rate=3/s

# Output that cannot be written is an error.
if run --help >/dev/full 2>/dev/null || (($? != 3)); then
    echo "weir --help >/dev/full: not status 3" >&2
    failed=1
fi
exit $failed
