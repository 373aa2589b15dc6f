/* urlmatch.c - shell patterns by fnmatch(3), which wants C strings. */
#include "core/urlmatch.h"

#include <fnmatch.h>
#include <string.h>

static bool is_shell_pattern(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] && strchr("*?[", s.p[i]))
            return true;
    return false;
}

static enum weir_err match_shell(struct weir_str pattern,
                                 const struct weir_url *url, bool *matches) {
    struct weir_buf text, glob;
    enum weir_err code;
    weir_buf_init(&text, 0);
    weir_buf_init(&glob, 0);
    code = weir_url_put_public(url, &text);
    if (code == WEIR_OK)
        code = weir_buf_str(&glob, pattern);
    if (code == WEIR_OK)
        *matches = fnmatch(glob.p, text.p, 0) == 0;
    weir_buf_release(&text);
    weir_buf_release(&glob);
    return code;
}

enum weir_err weir_urlmatch(struct weir_str patterns,
                            const struct weir_url *url, bool *matches) {
    bool more = true, found = false;
    while (more && !found) {
        struct weir_str one;
        more = weir_str_cut(patterns, ',', &one, &patterns);
        one = weir_str_trim(one);
        if (is_shell_pattern(one)) {
            enum weir_err code = match_shell(one, url, &found);
            if (code)
                return code;
        } else {
            found = one.n > 0 && weir_str_ends(weir_url_path(url), one);
        }
    }
    *matches = found;
    return WEIR_OK;
}
