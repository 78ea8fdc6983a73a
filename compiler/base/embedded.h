/* Files of this repository that the compiler carries inside itself: runtime/, library/ and what
 * measures the machine. */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

typedef struct Embedded {
    const char *name; /* "runtime/steelyard.h", "library/losses.sy" */
    const char *text;
} Embedded;

extern const Embedded embedded_files[]; /* sorted by name; ends with {NULL, NULL} */

/* The text of the file of that name, or NULL. */
const char *embedded_file(const char *name);
#endif
