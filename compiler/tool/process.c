/* Takes a command, gives what it says and how it ended. The C compiler, ar and dot run through
 * here. */
#include "tool/process.h"
#include "tool/file.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

const char *process_find(Arena *arena, const char *program) {
    if (strchr(program, '/')) return access(program, X_OK) == 0 ? program : NULL;
    const char *path = getenv("PATH");
    for (const char *part = path ? path : "/usr/bin:/bin"; *part;) {
        size_t length = strcspn(part, ":");
        const char *found =
            arena_format(arena, "%.*s%s%s", (int)length, part, length ? "/" : "", program);
        struct stat about;
        if (access(found, X_OK) == 0 && stat(found, &about) == 0 && S_ISREG(about.st_mode))
            return found;
        part += length + (part[length] == ':');
    }
    return NULL;
}

static pid_t process_start(const char *program, char *const *arguments, int out, int *error) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, out, 2);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    pid_t child = 0;
    *error = posix_spawn(&child, program, &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return *error ? -1 : child;
}

static void process_listen(int in, Text *said) {
    char part[4096];
    for (;;) {
        ssize_t got = read(in, part, sizeof part);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return;
        text_add_bytes(said, part, (size_t)got);
    }
}

bool process_run(Arena *arena, const Strings *command, Text *said, const char **reason) {
    const char *program = process_find(arena, command->items[0]);
    if (!program) {
        *reason = "it was not found";
        return false;
    }
    char **arguments = ARENA_ARRAY(arena, char *, command->count + 1);
    for (int i = 0; i < command->count; i++)
        arguments[i] = arena_format(arena, "%s", command->items[i]);
    int ends[2], error = 0;
    if (pipe(ends) < 0) {
        *reason = arena_format(arena, "%s", strerror(errno));
        return false;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    pid_t child = process_start(program, arguments, ends[1], &error);
    close(ends[1]);
    if (child > 0) signals_child(child);
    if (child > 0) process_listen(ends[0], said);
    close(ends[0]);
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    signals_child(0);
    if (child < 0)
        *reason = arena_format(arena, "%s", strerror(error));
    else if (WIFSIGNALED(status))
        *reason = arena_format(arena, "it was ended by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        *reason = arena_format(arena, "it ended with status %d", WEXITSTATUS(status));
    else
        return true;
    return false;
}
