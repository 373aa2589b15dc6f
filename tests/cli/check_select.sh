#!/bin/bash
# weir select: a match a line, attributes, XPath, mistakes with their place.
# shellcheck source-path=SCRIPTDIR
source "${BASH_SOURCE%/*}/expect.sh"

page=$folder/page.html
printf '<!DOCTYPE html><ul><li ID=a>one\n  two<li id="b\nc"><b>three</b>
<li>\u202e</ul><a href="/x" rel=NEXT>\xc3\xa9</a>' >"$page"
expect 0 $'one two\nthree\n\u202e' '' select li "$page"
expect 0 $'a\nb c' '' select --attr Id 'li' "$page"
expect 0 '/x' '' select --attr=href 'a[rel~=next]' "$page"
expect 0 'é' '' select 'ul + :any-link' - <"$page"
expect 0 $'one two\nthree' '' select 'li:has(b), li:first-child' "$page"
expect 0 'three' '' select 'html > body > ul > li:nth-child(2' "$page"
expect 1 '' '' select 'p' "$page"
expect 1 '' '' select --attr href li "$page"
expect 1 '' '' select '*' --attr none - </dev/null
expect 0 'b' '' select --xpath 'name(//li/*)' "$page"
expect 0 '/x' '' select --xpath '//a/@href' "$page"
expect 0 '3' '' select --xpath 'count(//li)' "$page"
expect 0 'true' '' select --xpath '//b = "three"' "$page"
expect 1 '' '' select --xpath '//b = "x"' "$page"
expect 0 $'one two' '' select --parser libxml2 'li:first-child' "$page"
printf '\xe9' | expect 0 'é' '' select --charset latin1 body -
expect 2 '' $'column 16: expected \')\', not a number
  li:nth-child(2 3)
                 ^' select 'li:nth-child(2 3)' "$page"
expect 2 '' $'column 4: expected a selector, not \'>\'
  中\\x0a>>
         ^' select $'中\n>>' "$page"
expect 2 '' $'XPath, column 5: expected an expression
  //a[
      ^' select --xpath '//a[' "$page"
expect 2 '' 'no such function' select --xpath 'x()' "$page"
expect 2 '' 'longer than' select "$(printf '%040000d' 0)" "$page"
expect 2 '' 'Try "weir select --help"' select li
expect 2 '' '--charset: x is no' select --charset x li "$page"
expect 3 '' "$folder/none: No such file" select li "$folder/none"
finish
