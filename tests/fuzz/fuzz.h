/* fuzz.h - what a fuzz target defines; libFuzzer or replay.c calls it. */
#ifndef WEIR_FUZZ_H
#define WEIR_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Returns 0; an invariant that does not hold aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
