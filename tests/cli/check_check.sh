#!/bin/bash
# weir check: the summary, errors as compilers write them, parameters, secrets.
# shellcheck source-path=SCRIPTDIR
source "${BASH_SOURCE%/*}/expect.sh"

job=$folder/job.yaml
cat >"$job" <<'EOF'
params: {year: null, token: "${env:CHECK_TOKEN}"}
start: https://a.example/${year}?key=${token}
pages:
  list: {items: li, fields: {t: h2}, follow: {select: a, page: one}}
  one: {fields: {u: h1}}
output: [{type: jsonl, path: "-"}, {type: csv, path: x}]
EOF
export CHECK_TOKEN=s3cret
expect 0 'ok: 2 page types, 1 start, 2 outputs' '' check -p year=2025 "$job"
expect 0 'ok: 2 page types, 1 start, 2 outputs' '' check -pyear=1 - <"$job"
expect 2 '' "$job:1:10: the parameter \"year\" is required: give it with -p" \
    check "$job"
expect 2 '' "$job: -p yaer: the job has no such parameter; did you mean year?" \
    check -p yaer=1 -p year=1 "$job"
CHECK_TOKEN=$'s3cret\e[31m' expect 2 '' '1:10:' check "$job"
grep -q s3cret "$folder/stderr" && fail "the secret is shown"
expect 3 '' 'none.yaml: No such file' check "$folder/none.yaml"
expect 3 '' 'directory' check "$folder"
expect 2 '' 'Try "weir check --help"' check
expect 2 '' 'one job file at a time' check "$job" "$job"

# Bytes from the file are made safe for the terminal.
printf 'start: "\\e[31mx"\npages: {}\n' >"$job"
expect 2 '' ':1:8: "\x1b[31mx" is no URL to fetch' check "$job"

# All selectors that do not compile, in one go.
cat >"$job" <<'EOF'
start: https://a.example/
pages:
  p:
    items: li[
    fields:
      a: "xpath://p["
      b: {select: b, regex: "("}
      c: ["jq:.[", h1]
      d: h1
    next: {select: "a:nope"}
    follow: {select: a, page: p, deny: "["}
EOF
expect 2 '' ':4:12:' check "$job"
for place in 4:12 6:17 7:7 8:15 10:21 11:13; do
    grep -qF "$job:$place:" "$folder/stderr" ||
        fail "no error at $place: $(<"$folder/stderr")"
done
finish
