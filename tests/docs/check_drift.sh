#!/bin/bash
# Every option of every command is in its --help, its manual page and the three
# completions, under its name; every command has a page and is in weir(1).
set -u
weir=$1 gen=$2 build=$3
failed=0
fail() {
    echo "drift: $*" >&2
    failed=1
}

# Names as whole words, so that --retry does not pass for --retry-on.
has() { # TEXT NAME WHERE
    grep -qE -e "(^|[^[:alnum:]-])$2([^[:alnum:]-]|\$)" <<<"$1" ||
        fail "$2 is missing in $3"
}

rendered() { # PAGE
    mandoc -T ascii -O width=400 "$1" | col -b
}

bash_text=$(<"$build/completions/weir")
zsh_text=$(<"$build/completions/_weir")
fish_text=$(<"$build/completions/weir.fish")
main_page=$(rendered "$build/man/weir.1")
last=
while read -r command option; do
    if [[ $command != "$last" ]]; then
        last=$command
        page=$build/man/weir-$command.1
        [[ -f $page ]] || fail "weir-$command.1 is missing"
        page_text=$(rendered "$page")
        help_text=$("$weir" "$command" --help) || fail "$command --help fails"
        has "$main_page" "weir-$command" "weir(1)"
        has "$("$weir" --help)" "$command" "weir --help"
        zsh_part=$(sed -n "/^_weir_$command()/,/^}/p" <<<"$zsh_text")
        bash_part=$(sed -n "/^    $command)/,/^        ;;/p" <<<"$bash_text")
        fish_part=$(grep -F -- "'__weir_command $command'" <<<"$fish_text")
    fi
    name=${option//./\\.}
    has "$help_text" "--$name" "weir $command --help"
    has "$page_text" "--$name" "weir-$command(1)"
    has "$bash_part" "--$name" "bash completion of $command"
    has "$zsh_part" "--$name" "zsh completion of $command"
    has "$fish_part" "-l $name" "fish completion of $command"
done < <("$gen" list)
[[ -n $last ]] || fail "the table is empty"

# Lines of --help fit a terminal of 80 columns.
for command in "" $("$gen" list | cut -d' ' -f1 | uniq); do
    # shellcheck disable=SC2086
    "$weir" $command --help | awk -v c="$command" \
        'length > 80 { print "drift: weir " c " --help: " $0; bad = 1 }
         END { exit bad }' >&2 || failed=1
done
exit $failed
