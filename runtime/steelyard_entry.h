/* Steelyard runtime: what the entry of a generated function does with sizes: element counts and
 * bytes that say when they do not fit, and the report of what is wrong. */
#ifndef STEELYARD_ENTRY_H
#define STEELYARD_ENTRY_H
#include "steelyard_base.h"
#include "steelyard_call.h"
#include <stdlib.h>

/* The product of two counts, or -1 where it does not fit or one of them is -1. */
SY_FN int64_t sy_count(int64_t a, int64_t b) {
    if (a < 0 || b < 0) return -1;
    return b == 0 || a <= INT64_MAX / 16 / b ? a * b : -1;
}

/* A product in a computed extent. What lies beyond 2^60 stays there, whatever sizes are added to
 * it, and is refused as too large. */
SY_FN int64_t sy_product(int64_t a, int64_t b) {
    const int64_t most = (int64_t)1 << 60;
    if (a == 0 || b == 0) return 0;
    const int64_t size = a > most || a < -most ? most : a < 0 ? -a : a;
    if (size == most || b > most / size || b < -(most / size))
        return (a < 0) == (b < 0) ? most : -most;
    return a * b;
}

/* The bytes of an array of a workspace, a multiple of 64; SIZE_MAX where they do not fit. */
SY_FN size_t sy_bytes(int64_t count, size_t size) {
    if (count < 0 || (uint64_t)count > (SIZE_MAX - 64) / size) return SIZE_MAX;
    return ((size_t)count * size + 63) & ~(size_t)63;
}

SY_FN size_t sy_add_bytes(size_t a, size_t b) {
    return a <= SIZE_MAX - b ? a + b : SIZE_MAX;
}

#if defined(__linux__)
/* As <sys/mman.h> has it, which C11 alone does not let see it. */
int madvise(void *address, size_t length, int advice);
#endif

/* Asks for large pages, where the system gives them to those who ask: panels and rows of matrices
 * lie in hundreds of small ones, more than a processor has at hand. Whatever the answer is, the
 * memory is there. */
SY_FN_LARGE void sy_ask_for_large_pages(unsigned char *memory, size_t bytes) {
    const size_t page = 65536, least = (size_t)4 << 20; /* no system has larger small ones */
    if (bytes < least) return;
#if defined(__linux__)
    const int huge_pages = 14; /* MADV_HUGEPAGE */
    const size_t before = page - (size_t)((uintptr_t)memory % page);
    (void)madvise(&memory[before], (bytes - before) / page * page, huge_pages);
#else
    (void)memory, (void)page;
#endif
}

/* Memory for a workspace, aligned to 64, with what malloc gave right before it; NULL where there is
 * none. (aligned_alloc hands back what lies before such a block, and sorts its free lists whenever
 * it is called again: for a tiny model that takes a sixth of the time.) */
SY_FN_LARGE void *sy_allocate(size_t bytes) {
    unsigned char *whole =
        bytes <= SIZE_MAX - 64 ? (unsigned char *)malloc(bytes + 64) : (unsigned char *)NULL;
    if (whole == NULL) return NULL;
    sy_ask_for_large_pages(whole, bytes);
    const size_t after = 64 - (size_t)((uintptr_t)whole % 64); /* as malloc aligns: 8 or more */
    void **memory = (void **)(void *)&whole[after];
    memory[-1] = whole;
    return memory;
}

SY_FN_LARGE void sy_release(void *memory) {
    free(((void **)memory)[-1]);
}

/* Fills in the detail, where the caller wants it, and gives the status back. */
SY_FN_LARGE int sy_fail(steelyard_call *call, int status, const char *name, size_t position,
                        double value, int64_t integer, const char *detail) {
    if (call != NULL) {
        call->name = name;
        call->position = position;
        call->value = value;
        call->integer = integer;
        call->detail = detail;
    }
    return status;
}
#endif
