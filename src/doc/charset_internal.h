/* charset_internal.h - what the files of doc/charset share. */
#ifndef WEIR_DOC_CHARSET_INTERNAL_H
#define WEIR_DOC_CHARSET_INTERNAL_H

#include "doc/charset.h"

enum weir_encoding {
#define ENCODING(id, name, converter) WEIR_ENC_##id,
#include "doc/charset_labels.def"
#undef ENCODING
    WEIR_ENC_COUNT /* none */
};

enum weir_encoding weir_encoding_of_label(struct weir_str label);
const char *weir_encoding_name(enum weir_encoding e);
/* ICU's name for it, NULL if it is decoded by hand. */
const char *weir_encoding_converter(enum weir_encoding e);

/* "Prescan a byte stream to determine its encoding", over the first 1,024
 * bytes; WEIR_ENC_COUNT when that finds nothing. */
enum weir_encoding weir_charset_prescan(struct weir_str bytes);
/* "Extracting a character encoding from a meta element", also good for the
 * value of Content-Type. */
enum weir_encoding weir_charset_extract(struct weir_str content);

enum weir_err weir_encoding_decode(enum weir_encoding e, struct weir_str bytes,
                                   struct weir_buf *out);

#endif
