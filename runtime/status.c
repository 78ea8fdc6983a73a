/* Takes the status of a generated function and the detail that it left; gives a sentence for
 * people. */
#include "steelyard_call.h"
#include <float.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

STEELYARD_API const char *steelyard_status(int status) {
    switch (status) {
    case STEELYARD_OK: return "ok";
    case STEELYARD_NULL_POINTER: return "a pointer is NULL";
    case STEELYARD_SIZE: return "sizes disagree, or a computed extent is below 0";
    case STEELYARD_OVERFLOW: return "an extent is too large";
    case STEELYARD_INDEX: return "an index is out of range";
    case STEELYARD_WEIGHT: return "a weight is negative or not finite";
    case STEELYARD_MASK: return "a mask holds a byte that is neither 0 nor 1";
    case STEELYARD_MEMORY: return "no memory";
    case STEELYARD_WORKSPACE: return "the given memory is too small or not aligned to 64 bytes";
    case STEELYARD_STATE: return "the state has not been initialised";
    case STEELYARD_FILE: return "a file could not be read or written";
    case STEELYARD_FORMAT: return "a file is damaged, or of something else";
    default: return "not a status of Steelyard";
    }
}

/* The sentence without the constant detail. */
static int steelyard_describe_call(int status, const steelyard_call *call, char *text,
                                   size_t size) {
    const char *name = call->name;
    long long integer = (long long)call->integer;
    if (status == STEELYARD_MEMORY || status == STEELYARD_WORKSPACE)
        return snprintf(text, size, "%s: %lld", steelyard_status(status), integer);
    if (name == NULL && status == STEELYARD_INDEX)
        return snprintf(text, size, "an index, %lld at position %zu, is out of range", integer,
                        call->position);
    if (name == NULL) return snprintf(text, size, "%s", steelyard_status(status));
    switch (status) {
    case STEELYARD_NULL_POINTER: return snprintf(text, size, "%s is NULL", name);
    case STEELYARD_SIZE: return snprintf(text, size, "the extent of %s is %lld", name, integer);
    case STEELYARD_OVERFLOW: return snprintf(text, size, "%s is too large", name);
    case STEELYARD_INDEX:
        return snprintf(text, size,
                        "%s holds the index %lld at position %zu, which is out of range", name,
                        integer, call->position);
    case STEELYARD_WEIGHT:
        if (integer != 0) /* an integer's weight */
            return snprintf(text, size,
                            "%s holds the weight %lld at position %zu, which is negative", name,
                            integer, call->position);
        return snprintf(text, size, "%s holds the weight %.9g at position %zu, which is not %s",
                        name, call->value, call->position,
                        call->value < 0 && call->value >= -DBL_MAX ? "0 or more" : "finite");
    case STEELYARD_MASK:
        return snprintf(text, size, "%s holds the byte %lld at position %zu, which is not 0 or 1",
                        name, integer, call->position);
    case STEELYARD_FILE: return snprintf(text, size, "%s: %s", name, strerror((int)call->integer));
    case STEELYARD_FORMAT: return snprintf(text, size, "%s", name);
    default: return snprintf(text, size, "%s: %s", name, steelyard_status(status));
    }
}

STEELYARD_API int steelyard_describe(int status, const steelyard_call *call, char *text,
                                     size_t size) {
    bool told = status > STEELYARD_OK && status <= STEELYARD_FORMAT && call != NULL;
    int length = told ? steelyard_describe_call(status, call, text, size)
                      : snprintf(text, size, "%s", steelyard_status(status));
    if (told && call->detail != NULL && length >= 0) {
        bool counts = status == STEELYARD_MEMORY || status == STEELYARD_WORKSPACE;
        size_t used = (size_t)length < size ? (size_t)length : size;
        int more = snprintf(used < size ? text + used : NULL, size - used, "%s%s",
                            counts ? " " : ": ", call->detail);
        length = more < 0 ? more : length + more;
    }
    return length;
}
