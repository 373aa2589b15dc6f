/* The texts and packets that the resolver reads. The first byte chooses: a
 * hosts file, resolv.conf, an override, a list of servers, or a packet. */
#include "fuzz.h"

#include "base/buf.h"
#include "net/resolver_channel.h"
#include "net/resolver_hosts.h"
#include "net/resolver_overrides.h"

static void fuzz_hosts(struct weir_str text) {
    struct weir_hosts *h = weir_hosts_create("/dev/null");
    struct weir_ip_set set;
    if (!h)
        return;
    if (weir_hosts_parse(h, text) == WEIR_OK)
        (void)weir_hosts_find(h, WEIR_STR("a.test"), &set);
    weir_hosts_destroy(h);
}

static void fuzz_search(struct weir_str text) {
    struct weir_search s;
    char name[WEIR_SEARCH_BYTES];
    weir_search_parse(&s, text);
    for (size_t i = 0; i <= WEIR_SEARCH_MAX; i++)
        (void)weir_search_candidate(&s, WEIR_STR("a"), i, name, sizeof name);
}

static void fuzz_override(struct weir_str text) {
    struct weir_overrides *o = weir_overrides_create();
    struct weir_error error;
    if (!o)
        return;
    if (weir_overrides_add(o, text, &error) == WEIR_OK)
        (void)weir_overrides_find(o, WEIR_STR("a.test"), 80);
    weir_overrides_destroy(o);
}

static void fuzz_servers(struct weir_str text) {
    struct weir_buf list, out;
    struct weir_error error;
    weir_buf_init(&list, 0);
    weir_buf_init(&out, 0);
    weir_buf_str(&list, text);
    (void)weir_channel_servers(list.p, &out, &error);
    weir_buf_release(&list);
    weir_buf_release(&out);
}

static void fuzz_packet(struct weir_str packet) {
    struct weir_dns_reply reply;
    for (int version = 4; version <= 6; version += 2) {
        /* 0, 1, 4: c-ares' success, no data, not found. */
        weir_dns_reply_read(&reply, 0, version, packet);
        weir_dns_reply_read(&reply, 1, version, packet);
        weir_dns_reply_read(&reply, 4, version, packet);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str input = {(const char *)data + 1, size - 1};
    if (size == 0)
        return 0;
    switch (data[0]) {
    case 'h':
        fuzz_hosts(input);
        break;
    case 's':
        fuzz_search(input);
        break;
    case 'o':
        fuzz_override(input);
        break;
    case 'n':
        fuzz_servers(input);
        break;
    default:
        fuzz_packet(input);
    }
    return 0;
}
