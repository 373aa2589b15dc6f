#!/bin/bash
# weir robots: the deciding line, the exit status, files that are not there.
# shellcheck source-path=SCRIPTDIR
source "${BASH_SOURCE%/*}/expect.sh"

file=$folder/robots.txt
printf 'User-agent: weir\r\nDisallow: /no # \e[31m\r\nAllow: /no/but\r
User-agent: *\rDisallow: /\n' >"$file"
expect 1 '2: Disallow: /no # \x1b[31m' '' robots "$file" http://h/no/x
expect 0 '3: Allow: /no/but' '' robots "$file" http://h/no/but
expect 0 'no rule matches: allowed' '' robots --agent Weir/1.0 "$file" http://h
expect 1 '5: Disallow: /' '' robots --agent other "$file" http://h
expect 1 $'no rule matches: allowed\n2: Disallow: /no # \\x1b[31m' '' \
    robots "$file" http://h/ http://h/no
expect 1 '2: Disallow: /no # \x1b[31m' '' robots - http://h/no <"$file"
expect 0 'no rule matches: allowed' '' robots - http://h/ </dev/null
expect 3 '' "$folder/none: No such file" robots "$folder/none" http://h
expect 3 '' 'directory' robots "$folder" http://h
expect 1 '2: Disallow: /no # \x1b[31m' '' robots "$file" /no/x
for url in nonsense h/no '' ftp://h/no 'http://'; do
    expect 2 '' 'is no URL' robots "$file" http://h/ "$url"
done
expect 2 '' 'Try "weir robots --help"' robots "$file"
finish
