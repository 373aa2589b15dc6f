/* The decision, and the table of labels behind it. */
#include "doc/charset_internal.h"

#include "base/escape.h"

#include <string.h>
#include <uchardet.h>

enum {
    LABEL_BYTES = 32,        /* longer than any label */
    GUESS_BYTES = 256 * 1024 /* what the guess is made of */
};

static const struct {
    const char *name, *converter;
} encodings[] = {
#define ENCODING(id, name, converter) {name, converter},
#include "doc/charset_labels.def"
#undef ENCODING
};

static const struct {
    const char *label;
    enum weir_encoding encoding;
} labels[] = {
#define LABEL(id, label) {label, WEIR_ENC_##id},
#include "doc/charset_labels.def"
#undef LABEL
};

const char *weir_encoding_name(enum weir_encoding e) {
    return encodings[e].name;
}

const char *weir_encoding_converter(enum weir_encoding e) {
    return encodings[e].converter;
}

enum weir_encoding weir_encoding_of_label(struct weir_str label) {
    char z[LABEL_BYTES];
    size_t low = 0, high = sizeof labels / sizeof *labels;
    label = weir_str_trim(label);
    if (label.n == 0 || label.n >= sizeof z)
        return WEIR_ENC_COUNT;
    for (size_t i = 0; i < label.n; i++)
        z[i] = weir_to_lower(label.p[i]);
    z[label.n] = '\0';
    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = strcmp(z, labels[mid].label);
        if (c == 0)
            return labels[mid].encoding;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return WEIR_ENC_COUNT;
}

const char *weir_charset_lookup(struct weir_str label) {
    enum weir_encoding e = weir_encoding_of_label(label);
    return e == WEIR_ENC_COUNT ? NULL : weir_encoding_name(e);
}

static enum weir_encoding of_bom(struct weir_str bytes) {
    if (weir_str_starts(bytes, WEIR_STR("\xEF\xBB\xBF")))
        return WEIR_ENC_UTF_8;
    if (weir_str_starts(bytes, WEIR_STR("\xFE\xFF")))
        return WEIR_ENC_UTF_16BE;
    if (weir_str_starts(bytes, WEIR_STR("\xFF\xFE")))
        return WEIR_ENC_UTF_16LE;
    return WEIR_ENC_COUNT;
}

static enum weir_encoding of_transport(struct weir_str content_type) {
    enum weir_encoding e = weir_charset_extract(content_type);
    return e == WEIR_ENC_COUNT ? weir_encoding_of_label(content_type) : e;
}

static bool is_ascii(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    }
    return true;
}

/* uchardet's opinion in the standard's names. It calls some by names that are
 * no labels; those, and no opinion, are nothing. */
static enum weir_encoding guess(struct weir_str bytes) {
    enum weir_encoding e = WEIR_ENC_COUNT;
    struct weir_str part = weir_str_sub(bytes, 0, GUESS_BYTES);
    uchardet_t detector;
    if (is_ascii(bytes))
        return e;
    if (weir_utf8_valid(bytes))
        return WEIR_ENC_UTF_8;
    detector = uchardet_new();
    if (!detector)
        return e;
    if (uchardet_handle_data(detector, part.p, part.n) == 0) {
        uchardet_data_end(detector);
        e = weir_encoding_of_label(weir_str_of(uchardet_get_charset(detector)));
    }
    uchardet_delete(detector);
    return e;
}

static enum weir_encoding decide(struct weir_str bytes,
                                 struct weir_str content_type,
                                 enum weir_charset_source *source) {
    enum weir_encoding e = of_bom(bytes);
    *source = WEIR_CHARSET_BOM;
    if (e != WEIR_ENC_COUNT)
        return e;
    *source = WEIR_CHARSET_TRANSPORT;
    e = of_transport(content_type);
    if (e != WEIR_ENC_COUNT)
        return e;
    *source = WEIR_CHARSET_META;
    e = weir_charset_prescan(bytes);
    if (e != WEIR_ENC_COUNT)
        return e;
    *source = WEIR_CHARSET_GUESS;
    e = guess(bytes);
    if (e != WEIR_ENC_COUNT && e != WEIR_ENC_REPLACEMENT)
        return e;
    *source = WEIR_CHARSET_DEFAULT;
    return WEIR_ENC_WINDOWS_1252;
}

struct weir_charset weir_charset_decide(struct weir_str bytes,
                                        struct weir_str content_type) {
    struct weir_charset c;
    c.name = weir_encoding_name(decide(bytes, content_type, &c.source));
    return c;
}

/* Without the byte order mark, if it is that of the encoding. */
static struct weir_str skip_bom(struct weir_str bytes, enum weir_encoding e) {
    if (of_bom(bytes) == e && e != WEIR_ENC_COUNT)
        return weir_str_sub(bytes, e == WEIR_ENC_UTF_8 ? 3 : 2, bytes.n);
    return bytes;
}

enum weir_err weir_charset_decode(struct weir_str bytes, const char *name,
                                  struct weir_buf *out) {
    enum weir_encoding e = weir_encoding_of_label(weir_str_of(name));
    if (e == WEIR_ENC_COUNT)
        return WEIR_E_INVALID;
    return weir_encoding_decode(e, skip_bom(bytes, e), out);
}

enum weir_err weir_charset_to_utf8(struct weir_str bytes,
                                   struct weir_str content_type,
                                   struct weir_buf *room, struct weir_str *utf8,
                                   struct weir_charset *found) {
    enum weir_charset_source source;
    enum weir_encoding e = decide(bytes, content_type, &source);
    enum weir_err err;
    weir_buf_clear(room);
    if (found)
        *found = (struct weir_charset){weir_encoding_name(e), source};
    bytes = skip_bom(bytes, e);
    if ((e == WEIR_ENC_UTF_8 && weir_utf8_valid(bytes)) ||
        (e == WEIR_ENC_WINDOWS_1252 && is_ascii(bytes))) {
        *utf8 = bytes;
        return WEIR_OK;
    }
    err = weir_encoding_decode(e, bytes, room);
    if (!err)
        *utf8 = weir_buf_view(room);
    return err;
}
