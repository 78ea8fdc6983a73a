/* Small sizes, and nothing of OpenMP in the program: whatever it calls of it ends it. */
#include "average.h"
#include <stdio.h>
#include <stdlib.h>

#define ABSENT(NAME)                                                                               \
    void NAME(void);                                                                               \
    void NAME(void) {                                                                              \
        fputs(#NAME " is called\n", stderr);                                                       \
        abort();                                                                                   \
    }
/* what clang's code and gcc's call */
ABSENT(__kmpc_fork_call)
ABSENT(__kmpc_global_thread_num)
ABSENT(__kmpc_serialized_parallel)
ABSENT(__kmpc_end_serialized_parallel)
ABSENT(__kmpc_for_static_init_8)
ABSENT(__kmpc_for_static_fini)
ABSENT(GOMP_parallel)
ABSENT(omp_get_thread_num)
ABSENT(omp_get_num_threads)

int main(void) {
    float values[20000], trust[20000], average_of_them = 0.0f;
    for (int i = 0; i < 20000; i++) {
        values[i] = (float)(i % 7);
        trust[i] = (float)(i % 3);
    }
    int status = average(20000, values, trust, &average_of_them);
    printf("%d %.6f\n", status, (double)average_of_them);
    return status != 0 || !(average_of_them > 2.9f && average_of_them < 3.1f);
}
