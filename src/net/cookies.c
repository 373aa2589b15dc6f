/* cookies.c - the jar: libcurl's, in a share, so that all handles see the same
 * cookies. libcurl keeps to RFC 6265bis (public suffixes by libpsl) and reads
 * and writes Netscape's format; the shared jar is owned by the loop. */
#include "net/transfer_internal.h"

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

/* libcurl says nothing when it cannot write the jar, and lets everybody read
 * it: so it is made before the run, which fails here if it cannot be. */
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

static void save_jar(struct weir_net *net) {
    CURL *easy = net->jar_made ? curl_easy_init() : NULL;
    if (!easy)
        return;
    curl_easy_setopt(easy, CURLOPT_SHARE, net->share);
    curl_easy_setopt(easy, CURLOPT_COOKIEJAR, net->config.cookie_jar);
    curl_easy_setopt(easy, CURLOPT_COOKIELIST, "FLUSH");
    curl_easy_setopt(easy, CURLOPT_COOKIEJAR, NULL);
    curl_easy_cleanup(easy);
}

void weir_cookies_release(struct weir_net *net) {
    if (!net->share)
        return;
    save_jar(net);
    curl_share_cleanup(net->share);
    net->share = NULL;
}
