#!/bin/bash
# The completions are valid for their shells, and offer what they should.
set -u
gen=$2 build=$3
folder=$build/completions
failed=0
fail() {
    echo "completions: $*" >&2
    failed=1
}

bash -n "$folder/weir" || fail "bash -n"
zsh -n "$folder/_weir" || fail "zsh -n"
fish --no-config --no-execute "$folder/weir.fish" || fail "fish --no-execute"

# shellcheck disable=SC1091
source "$folder/weir"
offers() { # WANTED WORD... (the last one is being completed)
    local wanted=$1
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _weir
    [[ " ${COMPREPLY[*]} " == *" $wanted "* ]] ||
        fail "bash: \"$*\" does not offer $wanted: ${COMPREPLY[*]}"
    command -v fish >/dev/null || fail "fish is missing"
    fish --no-config -c "source '$folder/weir.fish'; complete -C '${*}'" |
        cut -f1 | grep -qxF -e "$wanted" ||
        fail "fish: \"$*\" does not offer $wanted"
}

read -r command option < <("$gen" list)
offers "$command" weir "${command:0:2}"
offers help weir he
offers "$command" weir help "${command:0:2}"
offers "--$option" weir "$command" "--${option:0:3}"
offers --help weir "$command" --he
if "$gen" list | grep -qx 'get cache'; then
    offers offline weir get --cache off
    offers --no-json weir get --no-j
    cd "$folder" || exit 1
    offers weir.fish weir get -i weir.f
fi
exit $failed
