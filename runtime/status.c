/* Takes the status of a generated function and the detail that it left; gives a sentence for
 * people. */
#include "steelyard_call.h"
#include <stdio.h>

STEELYARD_API const char *steelyard_status(int status) {
    switch (status) {
    case STEELYARD_OK: return "ok";
    case STEELYARD_NULL_POINTER: return "a pointer is NULL";
    case STEELYARD_SIZE: return "sizes disagree, or a computed extent is below 0";
    case STEELYARD_OVERFLOW: return "an extent is too large";
    case STEELYARD_INDEX: return "an index is out of range";
    case STEELYARD_WEIGHT: return "a weight is negative or not finite";
    case STEELYARD_MASK: return "a mask holds a byte that is neither 0 nor 1";
    case STEELYARD_MEMORY: return "no memory for the workspace";
    case STEELYARD_WORKSPACE: return "the workspace is too small or not aligned to 64 bytes";
    default: return "not a status of Steelyard";
    }
}

/* The sentence without the constant detail. */
static int steelyard_describe_call(int status, const steelyard_call *call, char *text,
                                   size_t size) {
    const char *name = call->name;
    long long integer = (long long)call->integer;
    switch (status) {
    case STEELYARD_NULL_POINTER: return snprintf(text, size, "%s is NULL", name);
    case STEELYARD_SIZE:
        return snprintf(text, size, "the size of %s is %lld, which does not fit", name, integer);
    case STEELYARD_OVERFLOW: return snprintf(text, size, "the size of %s is too large", name);
    case STEELYARD_INDEX:
        return snprintf(text, size,
                        "%s holds the index %lld at position %zu, which is out of range", name,
                        integer, call->position);
    case STEELYARD_WEIGHT:
        return snprintf(text, size, "%s holds the weight %.9g at position %zu, which is not %s",
                        name, call->value, call->position,
                        call->value < 0 ? "0 or more" : "finite");
    case STEELYARD_MASK:
        return snprintf(text, size,
                        "%s holds the byte %lld at position %zu, which is neither 0 nor 1", name,
                        integer, call->position);
    default: return snprintf(text, size, "%s: %s", name, steelyard_status(status));
    }
}

STEELYARD_API int steelyard_describe(int status, const steelyard_call *call, char *text,
                                     size_t size) {
    int length;
    if (status == STEELYARD_OK || call == NULL || call->name == NULL)
        length = snprintf(text, size, "%s", steelyard_status(status));
    else
        length = steelyard_describe_call(status, call, text, size);
    if (status != STEELYARD_OK && call != NULL && call->detail != NULL && length >= 0) {
        size_t used = (size_t)length < size ? (size_t)length : size;
        int more = snprintf(used < size ? text + used : NULL, size - used, ": %s", call->detail);
        length = more < 0 ? more : length + more;
    }
    return length;
}
