#!/usr/bin/env python3
"""Checks the rules of the house that a script can see.

  check.py ROOT         the tree under ROOT; prints each violation, exit 1
  check.py --self-test  that each rule is seen to be broken

Includes go downwards only, rooms on one floor do not include each other,
third-party headers stay in their rooms, some functions are never called, no
file is longer than 800 lines.
"""

import pathlib
import re
import sys
import tempfile

FLOORS = {"base": 0, "core": 1, "store": 2, "doc": 2, "net": 2,
          "source": 3, "sink": 3, "engine": 4, "cli": 5}

# Everything in <> that is neither C11 nor POSIX: pattern -> its rooms.
OUTSIDE = [
    (r"xxhash\.h|malloc\.h", {"base"}),
    (r"unicode/.*", {"core", "doc"}),
    (r"curl/.*|uv\.h|ares\w*\.h|libpsl\.h", {"net"}),
    (r"sys/timerfd\.h", {"net"}),
    (r"brotli/decode\.h|zstd_errors\.h", {"net"}),
    (r"zstd\.h", {"store", "net"}),
    (r"sqlite3\.h", {"store"}),
    (r"sys/ioctl\.h|libfyaml\.h", {"cli"}),
    (r"sys/file\.h", {"store", "sink", "engine"}),
    (r"openssl/.*", {"store", "sink"}),
    (r"zlib\.h", {"net", "sink"}),
    (r"png\.h|turbojpeg\.h|webp/.*", {"sink"}),
    (r"libxml/.*|gumbo\.h|uchardet\.h|j[qv]\.h|pcre2\.h", {"doc"}),
]

STANDARD = set("""
assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp
signal stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn
string tgmath threads time uchar wchar wctype
aio arpa/inet cpio dirent dlfcn fcntl fmtmsg fnmatch ftw glob grp iconv langinfo
libgen monetary mqueue ndbm net/if netdb netinet/in netinet/tcp nl_types poll
pthread pwd regex sched search semaphore spawn strings stropts sys/ipc sys/mman
sys/msg sys/resource sys/select sys/sem sys/shm sys/socket sys/stat sys/statvfs
sys/time sys/times sys/types sys/uio sys/un sys/utsname sys/wait syslog tar
termios trace ulimit unistd utime utmpx wordexp
""".split())

MAX_LINES = 800

BANNED = {
    "strcpy": "weir_buf", "strcat": "weir_buf", "sprintf": "weir_buf_fmt",
    "vsprintf": "weir_buf_fmt", "asprintf": "weir_buf_fmt",
    "strtok": "weir_str_cut", "atoi": "weir_str_to_i64",
    "atol": "weir_str_to_i64", "atoll": "weir_str_to_i64",
    "atof": "weir_units_*", "strtol": "weir_str_to_i64",
    "strtoll": "weir_str_to_i64", "strtoul": "weir_str_to_u64",
    "strtoull": "weir_str_to_u64", "rand": "weir_rng", "srand": "weir_rng",
    "localtime": "core/httpdate.h", "strftime": "core/httpdate.h",
    "gets": "fgets", "system": "posix_spawn", "popen": "posix_spawn",
    "malloc": "weir_malloc", "calloc": "weir_calloc",
    "realloc": "weir_realloc", "strdup": "weir_strdup",
    "strndup": "weir_memdup",
}
ALLOWED = {"base/mem.c": {"malloc", "calloc", "realloc"}}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.M)
CALL = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(BANNED))
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                   re.S)


def blank(match):
    """Comments and literals become spaces; the lines stay."""
    return re.sub(r"[^\n]", " ", match.group())


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def check_include(room, quoted, angled):
    """What is wrong with this include in a file of this room, or None."""
    if quoted:
        other = quoted.split("/")[0]
        if "/" not in quoted or other == room:
            return None
        if other not in FLOORS:
            return f'"{quoted}": no such room'
        if FLOORS[other] >= FLOORS[room]:
            return f'"{quoted}": {room}/ stands below or beside {other}/'
        return None
    if angled.removesuffix(".h") in STANDARD:
        return None
    for pattern, rooms in OUTSIDE:
        if re.fullmatch(pattern, angled):
            if room in rooms:
                return None
            return f"<{angled}> belongs to {', '.join(sorted(rooms))}"
    return f"<{angled}> is neither C11 nor POSIX nor in the table OUTSIDE"


def check_source(path, name, text):
    """Violations of one file under src/; name is its path there."""
    room = name.split("/")[0]
    comments = re.compile(r"/\*.*?\*/", re.S)
    for m in INCLUDE.finditer(comments.sub(blank, text)):
        wrong = check_include(room, m.group(1), m.group(2))
        if wrong:
            yield f"{path}:{line_of(text, m.start())}: include {wrong}"
    code = NOISE.sub(blank, text)
    for m in CALL.finditer(code):
        if m.group(1) not in ALLOWED.get(name, ()):
            yield (f"{path}:{line_of(code, m.start())}: {m.group(1)}() is not "
                   f"for this house: {BANNED[m.group(1)]}")


def check_tree(root):
    root = pathlib.Path(root)
    for path in sorted([*root.glob("src/**/*.[ch]"),
                        *root.glob("tests/**/*.[ch]")]):
        text = path.read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > MAX_LINES:
            yield f"{path}: {lines} lines, at most {MAX_LINES}"
        name = path.relative_to(root)
        if name.parts[0] == "src":
            if name.parts[1] not in FLOORS:
                yield f"{path}: no such room"
                continue
            yield from check_source(path, name.relative_to("src").as_posix(),
                                    text)


SELF_TEST = [  # file, content, part of the expected message or None
    ("src/core/a.c", '#include "core/a.h"\n#include "base/str.h"\n', None),
    ("src/engine/a.c", '#include "sink/x.h"\n#include <pthread.h>\n', None),
    ("src/net/a.c", "#include <curl/curl.h>\n", None),
    ("src/core/a.c", '#include "store/db.h"\n', "stands below"),
    ("src/doc/a.c", '#include "net/loop.h"\n', "beside net/"),
    ("src/sink/a.c", ' # include  "source/list.h"\n', "beside source/"),
    ("src/core/a.c", '#include "attic/x.h"\n', "no such room"),
    ("src/attic/a.c", "int x;\n", "no such room"),
    ("src/engine/a.c", "#include <sqlite3.h>\n", "belongs to store"),
    ("src/cli/a.c", "#include <curl/curl.h>\n", "belongs to net"),
    ("src/cli/a.c", "#include <boost.h>\n", "neither C11 nor POSIX"),
    ("src/cli/a.c", "/*\n#include <boost.h>\n*/\n", None),
    ("src/base/a.c", "void f(char *s) { strcpy (s, s); }\n", ":1: strcpy()"),
    ("src/base/a.c", "int f(void) { return atoi(\"1\"); }\n", "atoi()"),
    ("src/base/a.c", "\nvoid *f(void) { return malloc(1); }\n", ":2: malloc()"),
    ("src/base/mem.c", "void *f(void) { return malloc(1); }\n", None),
    ("src/base/a.c", "/* strcpy(a, b) */ // gets(x)\n", None),
    ("src/base/a.c", "int f(void) { return g(\"system(1)\"); }\n", None),
    ("src/base/a.c", "void f(void) { weir_malloc(1); o->rand(); }\n", None),
    ("src/base/a.c", "\n" * 800, None),
    ("src/base/a.c", "\n" * 801, "801 lines"),
    ("tests/unit/test_a.c", "\n" * 801, "801 lines"),
]


def self_test():
    failures = 0
    for file, content, expected in SELF_TEST:
        with tempfile.TemporaryDirectory() as root:
            path = pathlib.Path(root, file)
            path.parent.mkdir(parents=True)
            path.write_text(content, encoding="utf-8")
            found = list(check_tree(root))
        good = (not found if expected is None
                else len(found) == 1 and expected in found[0])
        if not good:
            failures += 1
            print(f"{file} {content[:60]!r}: expected {expected!r}, "
                  f"found {found}")
    print(f"{len(SELF_TEST)} cases, {failures} failed")
    return failures != 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    violations = list(check_tree(arguments[0]))
    for violation in violations:
        print(violation)
    print(f"{len(violations)} violations")
    return bool(violations)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
