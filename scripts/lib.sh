# Shared by the scripts; sourced, not run.

# say TEXT: a heading.
say() {
    printf '\n== %s\n' "$*"
}

# install_packages KIND...: what scripts/packages lists and is not here yet.
# As root at once, else through sudo.
install_packages() {
    local kind name missing=()
    for kind in "$@"; do
        while read -r _ name command; do
            [ -n "$command" ] && command -v "$command" >/dev/null && continue
            dpkg-query -W -f '${Status}' "$name" 2>/dev/null |
                grep -q '^install ok installed' || missing+=("$name")
        done < <(grep "^$kind " "$(dirname "${BASH_SOURCE[0]}")/packages")
    done
    [ ${#missing[@]} -eq 0 ] && return
    say "installing ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "please install as root: ${missing[*]}" >&2
            return 1
        }
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# build PRESET [TARGET...]: everything without targets.
build() {
    local preset=$1
    shift
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset" ${1:+--target "$@"}
}
