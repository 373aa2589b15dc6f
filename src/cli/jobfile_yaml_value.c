/* jobfile_yaml_value.c - what plain scalars mean: the core schema of YAML 1.2
 * (section 10.3.2), written as JSON. */
#include "cli/jobfile_yaml.h"

static bool is_word(const struct weir_yaml *node, const char *lower,
                    const char *title, const char *upper) {
    return node->kind == WEIR_YAML_SCALAR && node->plain &&
           (weir_str_eq(node->text, weir_str_of(lower)) ||
            weir_str_eq(node->text, weir_str_of(title)) ||
            weir_str_eq(node->text, weir_str_of(upper)));
}

bool weir_yaml_is_null(const struct weir_yaml *node) {
    return is_word(node, "null", "Null", "NULL") || is_word(node, "", "~", "~");
}

bool weir_yaml_is_bool(const struct weir_yaml *node, bool *value) {
    *value = is_word(node, "true", "True", "TRUE");
    return *value || is_word(node, "false", "False", "FALSE");
}

const struct weir_yaml *weir_yaml_get(const struct weir_yaml *map,
                                      const char *key) {
    const struct weir_yaml *m = map->kind == WEIR_YAML_MAP ? map->first : NULL;
    while (m && !weir_str_eq(m->key, weir_str_of(key)))
        m = m->next;
    return m;
}

/* --- numbers ---------------------------------------------------------------
 */

static size_t digits_at(struct weir_str s, size_t from) {
    size_t i = from;
    while (i < s.n && weir_is_digit(s.p[i]))
        i++;
    return i - from;
}

/* 0o17 and 0x1F, which JSON has not. */
static bool put_based(struct weir_str s, struct weir_buf *out) {
    unsigned base = 0;
    uint64_t value = 0;
    if (weir_str_starts(s, WEIR_STR("0x")))
        base = 16;
    else if (weir_str_starts(s, WEIR_STR("0o")))
        base = 8;
    if (!base || s.n < 3)
        return false;
    for (size_t i = 2; i < s.n; i++) {
        int digit = weir_hex_value(s.p[i]);
        if (digit < 0 || (unsigned)digit >= base ||
            value > (UINT64_MAX - (unsigned)digit) / base)
            return false;
        value = value * base + (unsigned)digit;
    }
    weir_buf_fmt(out, "%llu", (unsigned long long)value);
    return true;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
 * as JSON spells it: no plus, no leading zeros, digits around the point. */
static bool put_decimal(struct weir_str s, struct weir_buf *out) {
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+') ? 1 : 0;
    size_t whole = digits_at(s, i), whole_at = i, part = 0, part_at = 0;
    bool negative = i == 1 && s.p[0] == '-';
    struct weir_str exponent = {0};
    i += whole;
    if (i < s.n && s.p[i] == '.') {
        part_at = i + 1;
        part = digits_at(s, part_at);
        i = part_at + part;
    }
    if (whole + part == 0)
        return false;
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        size_t sign =
            i + 1 < s.n && (s.p[i + 1] == '-' || s.p[i + 1] == '+') ? 1 : 0;
        size_t n = digits_at(s, i + 1 + sign);
        if (n == 0)
            return false;
        exponent = weir_str_sub(s, i, 1 + sign + n);
        i += exponent.n;
    }
    if (i < s.n)
        return false;
    while (whole > 1 && s.p[whole_at] == '0') {
        whole_at++;
        whole--;
    }
    weir_buf_z(out, negative ? "-" : "");
    weir_buf_str(out, whole ? weir_str_sub(s, whole_at, whole) : WEIR_STR("0"));
    if (part) {
        weir_buf_byte(out, '.');
        weir_buf_str(out, weir_str_sub(s, part_at, part));
    }
    weir_buf_str(out, exponent);
    return true;
}

bool weir_yaml_put_plain(const struct weir_yaml *node, struct weir_buf *out) {
    bool value;
    if (node->kind != WEIR_YAML_SCALAR || !node->plain)
        return false;
    if (weir_yaml_is_null(node))
        weir_buf_z(out, "null");
    else if (weir_yaml_is_bool(node, &value))
        weir_buf_z(out, value ? "true" : "false");
    else
        return put_based(node->text, out) || put_decimal(node->text, out);
    return true;
}
