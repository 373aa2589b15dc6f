/* url_canonical.c - one spelling for URLs that lead to the same page.
 *
 * For comparing, never for fetching: a server may well answer a canonical URL
 * differently. What the URL Standard's parser makes equal is equal already;
 * here credentials and fragment go, and so do the parameters that advertisers
 * and newsletters append to follow a reader. Parameters are compared as they
 * are written, without decoding. */
#include "core/url.h"

#include "base/mem.h"

#include <stdlib.h>

/* Names of parameters that say where a visitor came from and nothing about the
 * page. A '*' at the end stands for any ending. Names that some sites use for
 * content ("ref", "source", "sid") are left out on purpose. */
static const char *const tracking[] = {
    "utm_*", /* Urchin, Google */
    "gclid",       "gclsrc",        "dclid",
    "gbraid", /* Google Ads */
    "wbraid",      "gad_source",    "gad_campaignid",
    "srsltid",     "_ga",           "_gl",             /* Google Analytics */
    "fbclid",      "fb_action_ids", "fb_action_types", /* Facebook */
    "fb_source",   "fb_ref",        "igshid",
    "igsh",                                      /* Instagram */
    "msclkid",                                   /* Microsoft */
    "yclid",       "ysclid",        "_openstat", /* Yandex */
    "twclid",      "ttclid",                     /* Twitter, TikTok */
    "li_fat_id",   "epik",          "rdt_cid",
    "scclid",      "mc_cid",        "mc_eid", /* Mailchimp */
    "_hsenc",      "_hsmi",         "__hstc",
    "__hssc",                                  /* HubSpot */
    "__hsfp",      "hsctatracking", "mkt_tok", /* Marketo */
    "vero_id",     "vero_conv",                /* Vero */
    "oly_anon_id", "oly_enc_id",               /* Omeda */
    "_kx",         "ml_subscriber", "ml_subscriber_hash",
    "mtm_*",       "pk_*",          "piwik_*",
    "matomo_*", /* Matomo */
    "hsa_*",       "wickedid",      "irclickid",
    "__s",
};

static struct weir_str name_of(struct weir_str param) {
    return weir_str_sub(param, 0, weir_str_find(param, '=', 0));
}

static bool is_tracking(struct weir_str param) {
    struct weir_str name = name_of(param);
    for (size_t i = 0; i < sizeof tracking / sizeof *tracking; i++) {
        struct weir_str t = weir_str_of(tracking[i]);
        bool prefix = t.p[t.n - 1] == '*';
        t.n -= prefix ? 1 : 0;
        if (prefix ? weir_str_starts_nocase(name, t)
                   : weir_str_eq_nocase(name, t))
            return true;
    }
    return false;
}

/* By name; parameters of one name keep their order, which pages depend on. */
static int by_name(const void *left, const void *right) {
    const struct weir_str *a = left, *b = right;
    int order = weir_str_cmp(name_of(*a), name_of(*b));
    if (order == 0)
        order = a->p < b->p ? -1 : a->p > b->p;
    return order;
}

/* The parameters worth keeping, for weir_free. */
static enum weir_err split_query(struct weir_str query, struct weir_str **out,
                                 size_t *out_count) {
    size_t count = 1, kept = 0;
    struct weir_str *params;
    bool more = true;
    for (size_t i = 0; i < query.n; i++)
        count += query.p[i] == '&';
    params = weir_reallocarray(NULL, count, sizeof *params);
    if (!params)
        return WEIR_E_NOMEM;
    while (more) {
        struct weir_str param;
        more = weir_str_cut(query, '&', &param, &query);
        if (param.n > 0 && !is_tracking(param))
            params[kept++] = param;
    }
    *out = params;
    *out_count = kept;
    return WEIR_OK;
}

static enum weir_err put_query(struct weir_str query, bool sort,
                               struct weir_buf *out) {
    struct weir_str *params;
    size_t count;
    enum weir_err err = split_query(query, &params, &count);
    if (err)
        return err;
    if (sort && count > 1)
        qsort(params, count, sizeof *params, by_name);
    for (size_t i = 0; !err && i < count; i++) {
        err = weir_buf_byte(out, i == 0 ? '?' : '&');
        if (!err)
            err = weir_buf_str(out, params[i]);
    }
    weir_free(params);
    return err;
}

enum weir_err weir_url_put_canonical(const struct weir_url *u, bool sort_query,
                                     struct weir_buf *out) {
    size_t before = out->len;
    enum weir_err err = weir_url_put_origin(u, out);
    if (!err)
        err = weir_buf_str(out, weir_url_path(u));
    if (!err && u->query_end > u->query_start)
        err = put_query(weir_url_query(u), sort_query, out);
    if (err)
        weir_buf_truncate(out, before);
    return err;
}
