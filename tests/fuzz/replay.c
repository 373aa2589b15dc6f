/* replay.c - runs a fuzz target on each file of a folder, without libFuzzer.
 *
 * Crashers that a fuzzer found lie in the corpus, so a plain ctest sees to it
 * that they stay mended. Each input is an allocation of exactly its size: a
 * read beyond it shows under the address sanitizer. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* 1 = run, 0 = not a file, -1 = could not be read. */
static int replay(const char *path) {
    struct stat st;
    uint8_t *bytes = NULL;
    size_t size;
    FILE *f;
    int result = -1;
    if (stat(path, &st) != 0)
        return -1;
    if (!S_ISREG(st.st_mode))
        return 0;
    size = (size_t)st.st_size;
    f = fopen(path, "rb");
    if (!f)
        return -1;
    bytes = malloc(size);
    if ((bytes || size == 0) && fread(bytes, 1, size, f) == size) {
        LLVMFuzzerTestOneInput(bytes, size);
        result = 1;
    }
    free(bytes);
    fclose(f);
    return result;
}

int main(int argc, char **argv) {
    struct dirent **names;
    int count, ran = 0, unread = 0;
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    count = scandir(argv[1], &names, NULL, alphasort);
    if (count < 0) {
        perror(argv[1]);
        return 2;
    }
    for (int i = 0; i < count; i++) {
        char path[4096];
        int result;
        snprintf(path, sizeof path, "%s/%s", argv[1], names[i]->d_name);
        result = replay(path);
        ran += result > 0;
        if (result < 0) {
            perror(path);
            unread++;
        }
        free(names[i]);
    }
    free(names);
    printf("%d inputs replayed\n", ran);
    return ran == 0 || unread > 0;
}
