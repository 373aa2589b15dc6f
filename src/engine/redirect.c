/* redirect.c - the next hop of a request, and what may go along.
 *
 * RFC 9110 section 15.4 and the Fetch Standard's "HTTP-redirect fetch": 303
 * turns everything but HEAD into GET, 301 and 302 turn POST into GET, 307 and
 * 308 keep the method. A hop is a new request: it waits in the queue of its
 * host, under its limits.
 *
 * Credentials belong to the origins that the user typed. At the first change of
 * origin the task is no longer trusted, and stays so: a way back does not
 * restore what a redirect could have arranged.
 */
#include "engine/internal.h"

#include "base/hash.h"
#include "base/mem.h"
#include "core/headers.h"

#include <string.h>

bool weir_redirect_status(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 ||
           status == 308;
}

bool weir_redirect_header_safe(struct weir_str header) {
    static const char *const safe[] = {"user-agent", "referer", "range"};
    struct weir_str name, value;
    weir_str_cut(header, ':', &name, &value);
    name = weir_str_trim(name);
    if (weir_str_starts_nocase(name, WEIR_STR("accept")) ||
        weir_str_starts_nocase(name, WEIR_STR("if-")))
        return true;
    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
        if (weir_str_eq_nocase(name, weir_str_of(safe[i])))
            return true;
    return false;
}

static void change_method(struct weir_task *t, int status) {
    bool post = strcmp(t->method, "POST") == 0;
    bool head = strcmp(t->method, "HEAD") == 0;
    if ((status == 303 && !head) ||
        (post && (status == 301 || status == 302))) {
        t->method = "GET";
        t->drop_body = true;
    }
}

/* A hop that was there before, with nothing changed, will not end. */
static bool looping(const struct weir_task *t, uint64_t next) {
    struct weir_str cookie;
    bool new_cookie = t->engine->config.net.cookies &&
                      weir_headers_get(weir_str_of(t->item->response_head),
                                       WEIR_STR("Set-Cookie"), 0, &cookie);
    if (new_cookie)
        return false;
    for (unsigned i = 0; i <= t->redirects; i++)
        if (t->visited[i] == next)
            return true;
    return false;
}

/* The place where the hops are remembered, with the first URL in it. */
static bool remember(struct weir_task *t) {
    if (t->visited)
        return true;
    t->visited =
        weir_calloc(t->engine->config.max_redirects + 1, sizeof *t->visited);
    if (t->visited)
        t->visited[0] = weir_hash(weir_url_without_fragment(&t->url));
    return t->visited != NULL;
}

static void drop_trust(struct weir_task *t, const struct weir_url *next) {
    if (!t->trusted || t->engine->config.location_trusted ||
        weir_url_same_origin(&t->url, next))
        return;
    t->trusted = false;
    weir_log(&t->engine->config.log, WEIR_LOG_INFO,
             "%s: leads to another origin; credentials and custom headers "
             "stay behind",
             t->item->url);
}

static bool move_to(struct weir_task *t, struct weir_url *next) {
    struct weir_buf b;
    char *text;
    struct weir_host *h;
    weir_buf_init(&b, 0);
    weir_url_put_public(next, &b);
    text = weir_buf_detach(&b);
    if (!text || weir_host_get(t->engine, next, &h) != WEIR_OK) {
        weir_free(text);
        return false;
    }
    if (!weir_url_same_origin(&t->url, next))
        t->any_address = false;
    weir_free(t->item->effective_url);
    t->item->effective_url = text;
    weir_url_release(&t->url);
    t->url = *next;
    t->host = h;
    return true;
}

void weir_redirect_follow(struct weir_task *t, int64_t now) {
    struct weir_engine *e = t->engine;
    struct weir_str location;
    struct weir_url next;
    struct weir_error why;
    const char *refusal;
    uint64_t hash;
    (void)now;
    if (!weir_headers_get(weir_str_of(t->item->response_head),
                          WEIR_STR("Location"), 0, &location)) {
        weir_task_failf(t, WEIR_E_PROTOCOL, "%d without a Location",
                        t->item->status);
        return;
    }
    if (t->redirects >= e->config.max_redirects) {
        weir_task_failf(t, WEIR_E_PROTOCOL,
                        "more than %u redirects (--max-redirs)",
                        e->config.max_redirects);
        return;
    }
    if (weir_url_parse(&next, location, &t->url, &why) != WEIR_OK) {
        weir_task_failf(t, WEIR_E_PROTOCOL, "redirect to '%.*s': %s",
                        WEIR_STR_ARG(location), why.message);
        return;
    }
    refusal =
        e->config.refuses ? e->config.refuses(weir_url_host(&next)) : NULL;
    if (refusal) {
        weir_task_failf(t, WEIR_E_USAGE, "redirect to %s: %s", next.href,
                        refusal);
        weir_url_release(&next);
        return;
    }
    hash = weir_hash(weir_url_without_fragment(&next));
    if (remember(t) && looping(t, hash)) {
        weir_task_failf(t, WEIR_E_PROTOCOL, "redirects in a circle, to %s",
                        next.href);
        weir_url_release(&next);
        return;
    }
    change_method(t, t->item->status);
    drop_trust(t, &next);
    if (!t->visited || !move_to(t, &next)) {
        weir_url_release(&next);
        weir_error_nomem(&t->item->error);
        weir_task_fail(t);
        return;
    }
    t->visited[++t->redirects] = hash;
    e->stats.redirects++;
    weir_log(&e->config.log, WEIR_LOG_DEBUG, "%s: %d to %s", t->item->url,
             t->item->status, t->item->effective_url);
    if (t->host->dead)
        weir_task_failf(t, t->host->dead, "%s", t->host->dead_message);
    else
        weir_host_enqueue(t->host, t, true);
}
