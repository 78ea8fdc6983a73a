/* A hash table from pointers to pointers (names and nodes are pointers). */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H
#include "base/arena.h"
#include <stdbool.h>

typedef struct TableSlot {
    const void *key; /* NULL: free */
    void *value;
} TableSlot;

typedef struct Table {
    Arena *arena;
    TableSlot *slots;
    int count, capacity;
} Table;

Table table_new(Arena *arena);
void table_set(Table *table, const void *key, void *value); /* key is not NULL */
/* Sets the key to itself; false where the table has it already. For tables of what was seen. */
bool table_add(Table *table, const void *key);
void *table_get(const Table *table, const void *key); /* NULL when absent */
bool table_has(const Table *table, const void *key);
#endif
