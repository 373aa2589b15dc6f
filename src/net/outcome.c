/* outcome.c - what a failed transfer's end means: libcurl's codes, what the
 * proxy said and what was found on the way, as an error of ours that says
 * whether the same request may do better later. */
#include "net/transfer_internal.h"

static const struct {
    CURLcode curl;
    enum weir_err code;
    bool transient;
} codes[] = {
    {CURLE_COULDNT_RESOLVE_HOST, WEIR_E_DNS, true},
    {CURLE_COULDNT_RESOLVE_PROXY, WEIR_E_DNS, true},
    {CURLE_COULDNT_CONNECT, WEIR_E_NETWORK, true},
    {CURLE_OPERATION_TIMEDOUT, WEIR_E_TIMEOUT, true},
    {CURLE_GOT_NOTHING, WEIR_E_NETWORK, true},
    {CURLE_RECV_ERROR, WEIR_E_NETWORK, true},
    {CURLE_SEND_ERROR, WEIR_E_NETWORK, true},
    {CURLE_PARTIAL_FILE, WEIR_E_NETWORK, true},
    {CURLE_HTTP2, WEIR_E_NETWORK, true},
    {CURLE_HTTP2_STREAM, WEIR_E_NETWORK, true},
    {CURLE_SSL_CONNECT_ERROR, WEIR_E_TLS, true},
    {CURLE_PEER_FAILED_VERIFICATION, WEIR_E_TLS, false},
    {CURLE_SSL_CERTPROBLEM, WEIR_E_TLS, false},
    {CURLE_SSL_CIPHER, WEIR_E_TLS, false},
    {CURLE_SSL_CACERT_BADFILE, WEIR_E_TLS, false},
    {CURLE_SSL_ISSUER_ERROR, WEIR_E_TLS, false},
    {CURLE_LOGIN_DENIED, WEIR_E_AUTH, false},
    {CURLE_BAD_CONTENT_ENCODING, WEIR_E_PROTOCOL, true},
    {CURLE_WEIRD_SERVER_REPLY, WEIR_E_PROTOCOL, true},
    {CURLE_UNSUPPORTED_PROTOCOL, WEIR_E_PROTOCOL, false},
    {CURLE_PROXY, WEIR_E_NETWORK, true},
    {CURLE_OUT_OF_MEMORY, WEIR_E_NOMEM, false},
};

/* libcurl has a limit of its own, 100 KiB, for one header line; before version
 * 8.6 it calls that out of memory. */
static bool is_line_too_long(const struct weir_transfer *t, CURLcode code) {
    double first_byte = 0;
    curl_easy_getinfo(t->easy, CURLINFO_STARTTRANSFER_TIME, &first_byte);
#if LIBCURL_VERSION_NUM >= 0x080600
    if (code == CURLE_TOO_LARGE)
        return true;
#endif
    return code == CURLE_OUT_OF_MEMORY && !t->head_done && first_byte > 0;
}

/* What the proxy said to CONNECT, when it said no; else 0. */
static long refused_connect(const struct weir_transfer *t) {
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status < 300 || t->status > 0 ? 0 : status;
}

/* A proxy that admits nobody, or not with this name and password. */
static bool is_shut_out(const struct weir_transfer *t, CURLcode code) {
    long cause = CURLPX_OK;
    if (code == CURLE_PROXY)
        curl_easy_getinfo(t->easy, CURLINFO_PROXY_ERROR, &cause);
    return cause == CURLPX_USER_REJECTED || cause == CURLPX_NO_AUTH ||
           refused_connect(t) == 407;
}

void weir_transfer_classify(const struct weir_transfer *t, CURLcode code,
                            struct weir_transfer_result *result) {
    result->code = WEIR_E_PROTOCOL;
    result->message = t->error[0] ? t->error : curl_easy_strerror(code);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].curl == code) {
            result->code = codes[i].code;
            result->transient = codes[i].transient;
        }
    }
    if (is_shut_out(t, code)) {
        result->code = WEIR_E_AUTH;
        result->transient = false;
        result->message = "the proxy wants credentials (see --proxy-user)";
    }
    result->transient = result->transient &&
                        (refused_connect(t) == 0 || refused_connect(t) >= 500);
    if (t->decode_code != WEIR_OK && !t->cancelled) {
        result->code = t->decode_code;
        result->transient = t->damaged;
        result->message = t->decode_message;
    } else if (t->cancelled || t->aborted) {
        result->code = WEIR_E_CANCELLED;
        result->transient = false;
        result->message = "cancelled";
    } else if (t->flooded) {
        result->code = WEIR_E_LIMIT;
        result->transient = false;
        result->message = "the headers are larger than 256 KiB";
    } else if (t->bad_length) {
        result->code = WEIR_E_PROTOCOL;
        result->transient = false;
        result->message = "Content-Length is not a number";
    } else if (is_line_too_long(t, code)) {
        result->code = WEIR_E_LIMIT;
        result->transient = false;
        result->message = "a header line is larger than 100 KiB";
    } else if (t->denied) {
        result->code = WEIR_E_DENIED;
        result->transient = false;
        result->message = "the address is private, which --deny-private "
                          "refuses (--allow lets a block pass)";
    } else if (t->no_socket) {
        result->transient = true;
        result->message = "no descriptor left for a connection";
    }
}
