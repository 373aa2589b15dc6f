/* Command lines, their words ended by NUL: taken, or refused with a message. */
#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/parse.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *argv[WORDS_MAX + 1], *operands[WORDS_MAX];
    struct weir_options *options = weir_options_create();
    struct weir_error error = {0};
    struct weir_buf line;
    char *text = weir_memdup(data, size);
    int words = 0, operand_count = -1;
    weir_buf_init(&line, 0);
    if (!text || !options)
        goto out;
    for (char *p = text; p < text + size && words < WORDS_MAX;
         p += strlen(p) + 1)
        argv[words++] = p;
    argv[words] = NULL;
    if (weir_options_parse(options, CMD_get, argv, operands, &operand_count,
                           &error)) {
        if (error.message[0] == '\0')
            abort();
    } else if (operand_count < 0 || operand_count > words) {
        abort();
    }
    weir_arguments_put_public(&line, CMD_get, argv);
out:
    weir_buf_release(&line);
    weir_options_destroy(options);
    weir_free(text);
    return 0;
}
