/* domain.c - asks the list that Debian builds into libpsl. */
#include "net/domain.h"

#include <libpsl.h>
#include <string.h>

struct weir_str weir_domain_of(struct weir_str host) {
    char name[256];
    const char *domain;
    if (host.n == 0 || host.n >= sizeof name || host.p[0] == '[' ||
        weir_is_digit(host.p[host.n - 1]))
        return host;
    memcpy(name, host.p, host.n);
    name[host.n] = '\0';
    domain = psl_registrable_domain(psl_builtin(), name);
    if (!domain)
        return host;
    return weir_str_sub(host, (size_t)(domain - name), host.n);
}
