/* version.c - versions as the loaded libraries tell them, not the headers. */
#include "net/version.h"

/* c-ares 1.18 uses fd_set without including it. */
#include <sys/select.h>

#include <ares.h>
#include <curl/curl.h>
#include <libpsl.h>
#include <uv.h>

void weir_net_versions(struct weir_buf *out) {
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    weir_buf_fmt(out, "  libcurl %s (%s", curl->version,
                 curl->ssl_version ? curl->ssl_version : "no TLS");
    if (curl->features & CURL_VERSION_HTTP2)
        weir_buf_fmt(out, ", nghttp2 %s", curl->nghttp2_version);
    weir_buf_fmt(out, ")\n  libuv %s\n  c-ares %s\n  libpsl %s\n",
                 uv_version_string(), ares_version(NULL), psl_get_version());
}
