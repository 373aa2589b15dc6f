/* cookies.c - the jar: libcurl's, in a share, so that all handles see the same
 * cookies. libcurl keeps to RFC 6265bis (public suffixes by libpsl) and reads
 * Netscape's format; the shared jar is owned by the loop.
 *
 * The jar is written here: libcurl says nothing when it cannot, and lets
 * everybody read the file. */
#include "net/transfer_internal.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum weir_err read_jar(struct weir_net *net, const char *path,
                              struct weir_error *error) {
    FILE *f = fopen(path, "r");
    CURL *easy;
    if (!f)
        return weir_error_set(error, WEIR_E_IO, "cookie file %s: %s", path,
                              strerror(errno));
    fclose(f);
    easy = curl_easy_init();
    if (!easy)
        return weir_error_nomem(error);
    curl_easy_setopt(easy, CURLOPT_SHARE, net->share);
    curl_easy_setopt(easy, CURLOPT_COOKIEFILE, path);
    curl_easy_setopt(easy, CURLOPT_COOKIELIST, "RELOAD");
    curl_easy_cleanup(easy);
    return WEIR_OK;
}

/* A run whose jar cannot be written fails here, before its first request. */
static enum weir_err make_jar(const char *path, struct weir_error *error) {
    int fd;
    if (strcmp(path, "-") == 0)
        return WEIR_OK;
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return weir_error_set(error, WEIR_E_IO, "cookie jar %s: %s", path,
                              strerror(errno));
    close(fd);
    return WEIR_OK;
}

enum weir_err weir_cookies_init(struct weir_net *net,
                                struct weir_error *error) {
    const struct weir_net_config *c = &net->config;
    enum weir_err err = WEIR_OK;
    net->share = curl_share_init();
    if (!net->share)
        return weir_error_nomem(error);
    curl_share_setopt(net->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    if (c->cookie_file)
        err = read_jar(net, c->cookie_file, error);
    if (err == WEIR_OK && c->cookie_jar)
        err = make_jar(c->cookie_jar, error);
    net->jar_made = err == WEIR_OK && c->cookie_jar;
    return err;
}

/* --- writing ----------------------------------------------------------- */

static enum weir_err put_cookies(struct weir_net *net, struct weir_buf *out) {
    struct curl_slist *all = NULL;
    CURL *easy = curl_easy_init();
    if (!easy)
        return WEIR_E_NOMEM;
    weir_buf_z(out, "# Netscape HTTP Cookie File\n"
                    "# Written by weir. Edit at your own risk.\n\n");
    curl_easy_setopt(easy, CURLOPT_SHARE, net->share);
    curl_easy_getinfo(easy, CURLINFO_COOKIELIST, &all);
    for (const struct curl_slist *at = all; at; at = at->next)
        weir_buf_fmt(out, "%s\n", at->data);
    curl_slist_free_all(all);
    curl_easy_cleanup(easy);
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

/* errno tells. */
static bool write_all(int fd, struct weir_str text) {
    while (text.n > 0) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            text = weir_str_sub(text, (size_t)n, text.n);
    }
    return true;
}

static bool write_to(int fd, struct weir_str text) {
    bool ok = fd >= 0 && write_all(fd, text);
    int cause = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        cause = errno;
        ok = false;
    }
    errno = cause;
    return ok;
}

/* A file is there whole or as it was. */
static bool replace(const char *path, const char *part, struct weir_str text) {
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                  S_IRUSR | S_IWUSR);
    int cause;
    if (fd < 0)
        return false;
    if (write_to(fd, text) && rename(part, path) == 0)
        return true;
    cause = errno;
    unlink(part);
    errno = cause;
    return false;
}

static bool write_jar(const char *path, const char *part,
                      struct weir_str text) {
    struct stat st;
    if (strcmp(path, "-") == 0)
        return write_all(STDOUT_FILENO, text);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) /* a device, a pipe */
        return write_to(open(path, O_WRONLY | O_CLOEXEC), text);
    return replace(path, part, text);
}

enum weir_err weir_net_save_cookies(struct weir_net *net,
                                    struct weir_error *error) {
    const char *path = net->config.cookie_jar;
    struct weir_buf text, part;
    enum weir_err err;
    if (!net->jar_made)
        return WEIR_OK;
    weir_buf_init(&text, 0);
    weir_buf_init(&part, 0);
    weir_buf_fmt(&part, "%s.part", path);
    err = put_cookies(net, &text);
    if (err || part.failed)
        err = weir_error_nomem(error);
    else if (!write_jar(path, part.p, weir_buf_view(&text)))
        err = weir_error_set(error, WEIR_E_IO, "cookie jar %s: %s", path,
                             strerror(errno));
    weir_buf_release(&text);
    weir_buf_release(&part);
    return err;
}

void weir_cookies_release(struct weir_net *net) {
    if (!net->share)
        return;
    curl_share_cleanup(net->share);
    net->share = NULL;
}
