#!/bin/bash
# weir url: operands, bases, NDJSON line by line, exit status.
# shellcheck source-path=SCRIPTDIR
source "${BASH_SOURCE%/*}/expect.sh"

expect 0 'http://a/b%20c' '' url ' HTTP://A:80/x/../b c '
expect 0 $'https://h/x\nhttps://o/' '' url --base https://h/a/b ../x //o
expect 2 $'http://a/\nhttp://b/' 'http://[: the IPv6 address' \
    url http://a 'http://[' http://b
expect 2 '' 'ftp://x: the scheme' url ftp://x
expect 2 '' 'a relative URL needs a base, or http:// in front' url x
expect 2 '' '--base x: ' url --base x y
expect 2 '' 'no URL given' url
expect 2 '' 'Try "weir url --help"' url --ndjson http://a
expect 0 'http://a/?b=1&c=2' '' \
    url --canonical --sort-query 'http://u@a/?c=2&utm_source=x&b=1#f'
expect 2 '' 'x\x1b[31m: ' url $'x\e[31m'

expect 0 '{"href":"http://a/x"}
{"failure":true,"error":"the scheme is neither http nor https"}
{"href":"http://b/%EF%BF%BD?%00y"}
{"href":"http://o/"}
{"failure":true,"error":"a relative URL needs a base, or http:// in front"}
{"failure":true,"error":"base: the host name is empty"}' '' \
    url --ndjson --base http://o/p <<'EOF'
{"input":"x","base":"http://a/","extra":[{}]}
{"input":"mailto:x","base":"http://a/"}

{"base":"http://b","input":"\ud800?\u0000y"}
{"input":"/"}
{"input":"/","base":null}
{"input":"/","base":"http://"}
EOF
expect 2 '{"failure":true,"error":"JSON: expected a value at byte 1"}
{"failure":true,"error":"JSON: expected a string as \"input\" before byte 11"}
{"failure":true,"error":"the line has no \"input\""}
{"failure":true,"error":"JSON: something follows the value at byte 4"}
{"href":"http://a/"}' '' url --ndjson <<'EOF'
nonsense
{"input":1}
{}
{} {}
{"input":"http://a"}
EOF
printf '{"input":"http://last"}' >"$folder/last"
expect 0 '{"href":"http://last/"}' '' url --ndjson <"$folder/last"
expect 0 '' '' url --ndjson </dev/null

# Each line is answered before the next one is there.
coproc program { "$weir" url --ndjson; }
# shellcheck disable=SC2154 # coproc sets it
pid=$program_PID
to=${program[1]} from=${program[0]}
for i in 1 2 3; do
    echo "{\"input\":\"http://h/$i\"}" >&"$to"
    IFS= read -r -t 20 answer <&"$from" || fail "no answer to line $i"
    [[ $answer == "{\"href\":\"http://h/$i\"}" ]] || fail "line $i: $answer"
done
eval "exec $to>&-"
wait "$pid" || fail "status after the end of input: $?"
finish
