/* Files: read whole, and written whole or not at all.
 *
 * A Files is a set of files that appear together. Each is first written under a temporary name in
 * the folder where it will stand; files_commit flushes them to the disk and renames them,
 * files_discard removes them. What is still temporary when a signal ends the program is removed
 * too. */
#ifndef TOOL_FILE_H
#define TOOL_FILE_H
#include "base/compiler.h"
#include <signal.h>
#include <sys/types.h>

typedef struct Files Files;

/* The whole of a file, `-` for standard input, with a NUL after it; one of more than limit bytes is
 * refused. NULL when it cannot be had: *reason says why. */
char *file_read(Arena *arena, const char *path, size_t limit, size_t *length, const char **reason);
/* The same, reported as an error of the user's. */
const Source *file_source(Compiler *compiler, const char *path);

bool folder_make(Compiler *compiler,
                 const char *path); /* and the folders above it; false: reported */
const char *path_join(Arena *arena, const char *folder, const char *name);
const char *path_base(Arena *arena, const char *path); /* "a/b.sy" -> "b" */

Files *files_new(Compiler *compiler);
/* What another run makes again in a moment need not outlast a loss of power: it is not flushed to
 * the disk, which takes longer than to compile it. */
void files_fleeting(Files *files);
/* False when it cannot be written: reported, and the whole set is as good as discarded. */
bool files_add(Files *files, const char *path, const void *bytes, size_t length);
bool files_add_parts(Files *files, const char *path, const void *head, size_t head_length,
                     const void *body, size_t body_length);
/* A new, empty folder beside the result, for other programs to work in; it goes in the end. NULL:
 * reported of what is to be written, `shown`, or, where that is NULL, of the folder beside. */
const char *files_folder(Files *files, const char *beside, const char *shown);
/* The path of a file in it that some program will write. With a path it becomes that file on
 * commit, else it is removed. */
const char *files_expect(Files *files, const char *folder, const char *name, const char *path);
/* Writes such a file ourselves. */
bool files_scratch(Files *files, const char *temporary, const void *bytes, size_t length);
bool files_commit(Files *files);
void files_discard(Files *files);

/* Signals: what is temporary is removed, a running child is ended. To be called once, at the start.
 */
void signals_catch(void);
/* Before the program ends by itself: a signal that another thread is handling, and whose work that
 * has cut off, ends it instead, as the signal means to. */
void signals_settle(void);
void signals_child(pid_t child); /* the program that runs for us now; 0: none */
/* Nothing ends the program in between: the signals wait. */
sigset_t signals_block(void);
void signals_restore(sigset_t old);
#endif
