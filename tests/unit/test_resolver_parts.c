/* The resolver's pure parts: overrides, hosts file, search list, cache, order,
 * lifetimes of negative answers. */
#include "test.h"

#include "base/mem.h"
#include "net/resolver_cache.h"
#include "net/resolver_channel.h"
#include "net/resolver_hosts.h"
#include "net/resolver_overrides.h"
#include "net/resolver_reply.h"

#include <stdio.h>
#include <sys/stat.h>

#define SECOND INT64_C(1000000000)

/* The addresses as text, "a b c". */
static struct weir_str text_of(const struct weir_ip_set *set, bool ipv6_first) {
    static char text[1024];
    struct weir_addresses out;
    size_t n = 0;
    weir_ip_order(set, ipv6_first, &out);
    text[0] = '\0';
    for (size_t i = 0; i < out.count; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "",
                              out.at[i].text);
    return weir_str_make(text, n);
}

static struct weir_ip ip_of(const char *text) {
    struct weir_ip ip;
    CHECK(weir_ip_parse(weir_str_of(text), &ip));
    return ip;
}

TEST(resolver_ip_reads_literals) {
    static const struct {
        const char *text;
        int version; /* 0 = no literal */
    } rows[] = {
        {"127.0.0.1", 4},
        {"::1", 6},
        {"[::1]", 6},
        {"2001:db8::1", 6},
        {"::ffff:1.2.3.4", 6},
        {"[127.0.0.1]", 0},
        {"1.2.3", 0},
        {"01.2.3.4", 0},
        {"1.2.3.4.", 0},
        {"", 0},
        {"[]", 0},
        {"fe80::1%lo", 0},
        {"example.com", 0},
        {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct weir_ip ip = {0};
        bool is = weir_ip_parse(weir_str_of(rows[i].text), &ip);
        if (is != (rows[i].version != 0) || ip.version != rows[i].version)
            test_fail(__FILE__, __LINE__, "\"%s\" is of version %d",
                      rows[i].text, is ? ip.version : 0);
    }
}

TEST(resolver_order_alternates_versions) {
    static const char *const text[] = {"10.0.0.1", "10.0.0.2", "10.0.0.3",
                                       "2001:db8::1", "2001:db8::2"};
    struct weir_ip_set set = {0};
    for (size_t i = 0; i < 5; i++) {
        struct weir_ip ip = ip_of(text[i]);
        weir_ip_set_add(&set, &ip);
        weir_ip_set_add(&set, &ip); /* not twice */
    }
    CHECK_STR(text_of(&set, true),
              WEIR_STR("2001:db8::1 10.0.0.1 2001:db8::2 10.0.0.2 10.0.0.3"));
    CHECK_STR(text_of(&set, false),
              WEIR_STR("10.0.0.1 2001:db8::1 10.0.0.2 2001:db8::2 10.0.0.3"));
    weir_ip_set_only(&set, 6);
    CHECK_STR(text_of(&set, false), WEIR_STR("2001:db8::1 2001:db8::2"));
}

TEST(resolver_order_starts_loopback_with_ipv4) {
    struct weir_ip_set set = {0};
    struct weir_ip six = ip_of("::1"), four = ip_of("127.0.0.1");
    weir_ip_set_add(&set, &six);
    weir_ip_set_add(&set, &four);
    CHECK_STR(text_of(&set, true), WEIR_STR("127.0.0.1 ::1"));
}

static struct weir_str override(const struct weir_overrides *o,
                                const char *host, uint16_t port) {
    const struct weir_ip_set *set =
        weir_overrides_find(o, weir_str_of(host), port);
    return set ? text_of(set, false) : WEIR_STR("none");
}

TEST(resolver_overrides_take_curls_form) {
    static const char *const entries[] = {
        "Example.COM:443:1.2.3.4,[::1]",
        "+b.test.:80:10.0.0.1",
        "*:8080:127.0.0.9",
        "c.test:8080:127.0.0.1",
        "v6.test:80:2001:db8::7",
        "[2001:db8::1]:80:127.0.0.3",
        "gone.test:80:127.0.0.1",
        "-gone.test:80",
        "twice.test:80:127.0.0.1",
        "twice.test:80:127.0.0.2",
    };
    struct weir_overrides *o = weir_overrides_create();
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        CHECK_OK(weir_overrides_add(o, weir_str_of(entries[i]), NULL));
    CHECK_STR(override(o, "example.com", 443), WEIR_STR("1.2.3.4 ::1"));
    CHECK_STR(override(o, "example.com", 80), WEIR_STR("none"));
    CHECK_STR(override(o, "b.test", 80), WEIR_STR("10.0.0.1"));
    CHECK_STR(override(o, "any.test", 8080), WEIR_STR("127.0.0.9"));
    CHECK_STR(override(o, "c.test", 8080), WEIR_STR("127.0.0.1"));
    CHECK_STR(override(o, "v6.test", 80), WEIR_STR("2001:db8::7"));
    CHECK_STR(override(o, "2001:db8::1", 80), WEIR_STR("127.0.0.3"));
    CHECK_STR(override(o, "gone.test", 80), WEIR_STR("none"));
    CHECK_STR(override(o, "twice.test", 80), WEIR_STR("127.0.0.2"));
    weir_overrides_destroy(o);
}

TEST(resolver_overrides_refuse_what_is_none) {
    static const char *const entries[] = {
        "",
        "a",
        "a:80",
        "a:80:",
        "a:80:name",
        "a:99999:1.2.3.4",
        ":80:1.2.3.4",
        "a:x:1.2.3.4",
        "-a:80:1.2.3.4",
        "-a",
        "[::1:80:1.2.3.4",
        "a:80:1.2.3.4,",
    };
    struct weir_overrides *o = weir_overrides_create();
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        struct weir_error error = {0};
        enum weir_err code =
            weir_overrides_add(o, weir_str_of(entries[i]), &error);
        if (code != WEIR_E_USAGE || !strstr(error.message, entries[i]))
            test_fail(__FILE__, __LINE__, "\"%s\": %d %s", entries[i], code,
                      error.message);
    }
    weir_overrides_destroy(o);
}

TEST(resolver_hosts_reads_the_file_format) {
    struct weir_hosts *h = weir_hosts_create("/nonexistent");
    struct weir_ip_set set;
    CHECK_OK(
        weir_hosts_parse(h, WEIR_STR("# comment\n"
                                     "127.0.0.1\tlocalhost a.test # b.test\r\n"
                                     "\n"
                                     "   10.0.0.1   UPPER.test   alias.\n"
                                     "::1 a.test\n"
                                     "fe80::1%eth0 scoped.test\n"
                                     "not-an-address c.test\n"
                                     "10.0.0.9 last.test")));
    CHECK(weir_hosts_find(h, WEIR_STR("a.test"), &set));
    CHECK_STR(text_of(&set, false), WEIR_STR("127.0.0.1 ::1"));
    CHECK(weir_hosts_find(h, WEIR_STR("upper.test"), &set));
    CHECK(weir_hosts_find(h, WEIR_STR("alias"), &set));
    CHECK_STR(text_of(&set, false), WEIR_STR("10.0.0.1"));
    CHECK(weir_hosts_find(h, WEIR_STR("last.test"), &set));
    CHECK(!weir_hosts_find(h, WEIR_STR("b.test"), &set));
    CHECK(!weir_hosts_find(h, WEIR_STR("scoped.test"), &set));
    CHECK(!weir_hosts_find(h, WEIR_STR("c.test"), &set));
    weir_hosts_destroy(h);
}

static void write_file(const char *path, const char *text) {
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    CHECK(fputs(text, f) >= 0);
    CHECK_INT(fclose(f), 0);
}

TEST(resolver_hosts_reads_again_what_changed) {
    char path[300];
    struct weir_ip_set set;
    struct weir_hosts *h;
    snprintf(path, sizeof path, "%s/hosts", test_dir());
    h = weir_hosts_create(path);
    weir_hosts_refresh(h, 0); /* not there yet */
    CHECK(!weir_hosts_find(h, WEIR_STR("a.test"), &set));
    write_file(path, "10.0.0.1 a.test\n");
    weir_hosts_refresh(h, SECOND - 1); /* too early to look */
    CHECK(!weir_hosts_find(h, WEIR_STR("a.test"), &set));
    weir_hosts_refresh(h, SECOND);
    CHECK(weir_hosts_find(h, WEIR_STR("a.test"), &set));
    write_file(path, "10.0.0.22 a.test b.test\n");
    weir_hosts_refresh(h, 2 * SECOND);
    CHECK(weir_hosts_find(h, WEIR_STR("b.test"), &set));
    CHECK(weir_hosts_find(h, WEIR_STR("a.test"), &set));
    CHECK_STR(text_of(&set, false), WEIR_STR("10.0.0.22"));
    CHECK_INT(remove(path), 0);
    weir_hosts_refresh(h, 3 * SECOND);
    CHECK(!weir_hosts_find(h, WEIR_STR("a.test"), &set));
    weir_hosts_destroy(h);
}

/* "first second third" of the names asked for a host. */
static struct weir_str asked(const struct weir_search *s, const char *host) {
    static char text[2048];
    char one[WEIR_SEARCH_BYTES];
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0;
         weir_search_candidate(s, weir_str_of(host), i, one, sizeof one); i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "",
                              one);
    return weir_str_make(text, n);
}

TEST(resolver_search_list_serves_short_names) {
    struct weir_search s;
    weir_search_parse(&s, WEIR_STR("nameserver 10.0.0.1\n"
                                   "domain ignored.test\n"
                                   "search Corp.test. lab.test\n"
                                   "options rotate ndots:2 timeout:1\n"));
    CHECK_INT(s.count, 2);
    CHECK_STR(asked(&s, "host"), WEIR_STR("host.corp.test host.lab.test host"));
    CHECK_STR(asked(&s, "host."), WEIR_STR("host."));
    CHECK_STR(asked(&s, "a.b"), WEIR_STR("a.b a.b.corp.test a.b.lab.test"));
    CHECK_STR(asked(&s, "a.b."), WEIR_STR("a.b."));
    CHECK_STR(asked(&s, "a.b.c"), WEIR_STR("a.b.c"));
    weir_search_parse(&s, WEIR_STR("search a b c d e f g h\n"));
    CHECK_INT(s.count, WEIR_SEARCH_MAX);
    CHECK_INT(s.ndots, 1);
    weir_search_parse(&s, WEIR_STR(""));
    CHECK_STR(asked(&s, "host"), WEIR_STR("host"));
    CHECK_STR(asked(&s, "a.b"), WEIR_STR("a.b"));
}

static struct weir_dns_known positive(const char *address, int64_t expires) {
    struct weir_dns_known k = {.code = WEIR_OK, .expires = expires};
    struct weir_ip ip = ip_of(address);
    weir_ip_set_add(&k.set, &ip);
    return k;
}

TEST(resolver_cache_forgets_in_time) {
    struct weir_dns_cache *c = weir_dns_cache_create(10);
    struct weir_dns_known k = positive("10.0.0.1", 100), got;
    struct weir_dns_known none = {
        .code = WEIR_E_DNS, .message = "no", .expires = 50};
    weir_dns_cache_put(c, WEIR_STR("a"), &k);
    weir_dns_cache_put(c, WEIR_STR("b"), &none);
    CHECK(weir_dns_cache_get(c, WEIR_STR("a"), 99, &got));
    CHECK_STR(text_of(&got.set, false), WEIR_STR("10.0.0.1"));
    CHECK_INT(got.expires, 100);
    CHECK(weir_dns_cache_get(c, WEIR_STR("b"), 49, &got));
    CHECK_INT(got.code, WEIR_E_DNS);
    CHECK_Z(got.message, "no");
    CHECK_INT(got.set.count, 0);
    CHECK(!weir_dns_cache_get(c, WEIR_STR("a"), 100, &got));
    CHECK(!weir_dns_cache_get(c, WEIR_STR("a"), 0, &got));
    CHECK_INT(weir_dns_cache_count(c), 1);
    weir_dns_cache_destroy(c);
}

TEST(resolver_cache_drops_the_least_used) {
    struct weir_dns_cache *c = weir_dns_cache_create(3);
    struct weir_dns_known k = positive("10.0.0.1", 100), got;
    weir_dns_cache_put(c, WEIR_STR("a"), &k);
    weir_dns_cache_put(c, WEIR_STR("b"), &k);
    weir_dns_cache_put(c, WEIR_STR("c"), &k);
    CHECK(weir_dns_cache_get(c, WEIR_STR("a"), 0, &got));
    k = positive("10.0.0.2", 100);
    weir_dns_cache_put(c, WEIR_STR("c"), &k); /* replaced, nothing dropped */
    CHECK_INT(weir_dns_cache_count(c), 3);
    weir_dns_cache_put(c, WEIR_STR("d"), &k);
    CHECK_INT(weir_dns_cache_count(c), 3);
    CHECK(weir_dns_cache_get(c, WEIR_STR("a"), 0, &got));
    CHECK(!weir_dns_cache_get(c, WEIR_STR("b"), 0, &got));
    CHECK(weir_dns_cache_get(c, WEIR_STR("c"), 0, &got));
    CHECK_STR(text_of(&got.set, false), WEIR_STR("10.0.0.2"));
    weir_dns_cache_destroy(c);
}

TEST(resolver_cache_survives_without_memory) {
    struct weir_dns_known k = positive("10.0.0.1", 100), got;
    for (unsigned long nth = 1; nth <= 3; nth++) {
        struct weir_dns_cache *c = weir_dns_cache_create(3);
        CHECK(c != NULL);
        weir_mem_fail_nth(nth);
        weir_dns_cache_put(c, WEIR_STR("a"), &k);
        weir_mem_fail_nth(0);
        CHECK_INT(weir_dns_cache_get(c, WEIR_STR("a"), 0, &got),
                  weir_dns_cache_count(c) == 1);
        weir_dns_cache_destroy(c);
    }
}

/* A negative answer for "a." with one record in the authority section. */
static struct weir_str negative_packet(char *p, unsigned type, uint32_t ttl,
                                       uint32_t minimum) {
    static const char head[] = {0, 1, (char)0x81, (char)0x83, 0,  1,   0, 0,
                                0, 1, 0,          0,          1,  'a', 0, 0,
                                1, 0, 1,          (char)0xc0, 12, 0};
    size_t n = sizeof head;
    memcpy(p, head, n);
    p[n++] = (char)type;
    p[n++] = 0;
    p[n++] = 1;
    for (int shift = 24; shift >= 0; shift -= 8)
        p[n++] = (char)(ttl >> shift);
    p[n++] = 0;
    p[n++] = 24;
    memcpy(p + n, "\xc0\x0c\xc0\x0c", 4);
    memset(p + n + 4, 0, 16);
    n += 20;
    for (int shift = 24; shift >= 0; shift -= 8)
        p[n++] = (char)(minimum >> shift);
    return weir_str_make(p, n);
}

TEST(resolver_negative_ttl_follows_the_soa) {
    char p[128];
    struct weir_str packet = negative_packet(p, 6, 100, 60);
    CHECK_INT(weir_dns_negative_ttl(packet), 60 * SECOND);
    CHECK_INT(weir_dns_negative_ttl(weir_str_sub(packet, 0, packet.n - 1)),
              30 * SECOND);
    CHECK_INT(weir_dns_negative_ttl(negative_packet(p, 6, 40, 60)),
              40 * SECOND);
    CHECK_INT(weir_dns_negative_ttl(negative_packet(p, 6, 86400, 86400)),
              300 * SECOND);
    CHECK_INT(weir_dns_negative_ttl(negative_packet(p, 6, 0, 60)), SECOND);
    CHECK_INT(weir_dns_negative_ttl(negative_packet(p, 2, 40, 60)),
              30 * SECOND);
    CHECK_INT(weir_dns_negative_ttl(WEIR_STR("")), 30 * SECOND);
}

TEST(resolver_servers_are_checked) {
    static const struct {
        const char *list, *want; /* NULL = refused */
    } rows[] = {
        {"1.2.3.4", "1.2.3.4:53"},
        {"1.2.3.4:5353, [::1]:54", "1.2.3.4:5353,[::1]:54"},
        {"::1", "[::1]:53"},
        {"[2001:db8::1]", "[2001:db8::1]:53"},
        {"", NULL},
        {"1.2.3.4,", NULL},
        {"dns.example", NULL},
        {"1.2.3.4:0", NULL},
        {"1.2.3.4:65536", NULL},
        {"1.2.3.4:", NULL},
        {"[::1]5", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct weir_buf out;
        struct weir_error error = {0};
        weir_buf_init(&out, 0);
        enum weir_err code = weir_channel_servers(rows[i].list, &out, &error);
        if (rows[i].want)
            CHECK_Z(out.p, rows[i].want);
        CHECK_INT(code, rows[i].want ? WEIR_OK : WEIR_E_USAGE);
        weir_buf_release(&out);
    }
}
