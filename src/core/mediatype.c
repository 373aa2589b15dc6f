/* Why: an enclosure must have a type even where a server names none. The table
 * holds what feeds enclose and what pages link to; audio/x-m4a and video/x-m4v
 * are what podcast directories call them. */
#include "core/mediatype.h"

static const struct {
    const char *extension, *type;
} types[] = {
    {"mp3", "audio/mpeg"},
    {"m4a", "audio/x-m4a"},
    {"m4b", "audio/x-m4a"},
    {"aac", "audio/aac"},
    {"ogg", "audio/ogg"},
    {"oga", "audio/ogg"},
    {"opus", "audio/opus"},
    {"wav", "audio/wav"},
    {"flac", "audio/flac"},
    {"wma", "audio/x-ms-wma"},
    {"mp4", "video/mp4"},
    {"m4v", "video/x-m4v"},
    {"mov", "video/quicktime"},
    {"webm", "video/webm"},
    {"mkv", "video/x-matroska"},
    {"ogv", "video/ogg"},
    {"avi", "video/x-msvideo"},
    {"mpg", "video/mpeg"},
    {"mpeg", "video/mpeg"},
    {"pdf", "application/pdf"},
    {"epub", "application/epub+zip"},
    {"zip", "application/zip"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"png", "image/png"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"svg", "image/svg+xml"},
    {"html", "text/html"},
    {"htm", "text/html"},
    {"txt", "text/plain"},
    {"vtt", "text/vtt"},
    {"srt", "application/x-subrip"},
    {"json", "application/json"},
    {"xml", "application/xml"},
};

static const struct {
    const char *said, *meant;
} aliases[] = {
    {"audio/mp3", "audio/mpeg"},        {"audio/x-mp3", "audio/mpeg"},
    {"audio/mpeg3", "audio/mpeg"},      {"audio/x-mpeg-3", "audio/mpeg"},
    {"audio/x-mpeg", "audio/mpeg"},     {"audio/m4a", "audio/x-m4a"},
    {"video/m4v", "video/x-m4v"},       {"application/octet-stream", ""},
    {"binary/octet-stream", ""},        {"application/x-download", ""},
    {"application/force-download", ""},
};

const char *weir_mediatype_of_path(struct weir_str path) {
    struct weir_str head, tail, extension = {NULL, 0};
    weir_str_cut(path, '#', &head, &tail);
    weir_str_cut(head, '?', &path, &tail);
    for (size_t i = path.n; i-- > 0 && path.p[i] != '/';)
        if (path.p[i] == '.') {
            extension = weir_str_sub(path, i + 1, path.n);
            break;
        }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (weir_str_eq_nocase(extension, weir_str_of(types[i].extension)))
            return types[i].type;
    return NULL;
}

/* RFC 6838 section 4.2: restricted-name-chars. */
static bool is_name(struct weir_str s) {
    static const char others[] = "!#$&-^_.+";
    for (size_t i = 0; i < s.n; i++)
        if (!weir_is_alnum(s.p[i]) &&
            weir_str_find(WEIR_STR(others), s.p[i], 0) == sizeof others - 1)
            return false;
    return s.n > 0 && weir_is_alnum(s.p[0]);
}

struct weir_str weir_mediatype_clean(struct weir_str type) {
    struct weir_str tail, kind, name;
    weir_str_cut(type, ';', &type, &tail);
    type = weir_str_trim(type);
    if (!weir_str_cut(type, '/', &kind, &name) || !is_name(kind) ||
        !is_name(name))
        return weir_str_make(NULL, 0);
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (weir_str_eq_nocase(type, weir_str_of(aliases[i].said)))
            return weir_str_of(aliases[i].meant);
    return type;
}
