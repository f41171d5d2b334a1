/*
 * binlog_event.h - events of the binary log of MySQL and MariaDB, taken apart
 *
 * All of this reads bytes that came from a server and trusts none of them:
 * what does not fit is ERROR_RUNTIME.  What is read borrows from the bytes
 * given, which have to stay.
 *
 * Source: "Replication Protocol" of MariaDB's knowledge base and "Binary Log
 * Event" of MySQL's internals manual; the compressed events are MariaDB's.
 */
#ifndef EXTRACT_BINLOG_EVENT_H
#define EXTRACT_BINLOG_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* The types that are looked into; the numbers are the log's. */
enum binlog_event_type {
	BINLOG_QUERY = 2,
	BINLOG_STOP = 3,
	BINLOG_ROTATE = 4,
	BINLOG_FORMAT = 15,
	BINLOG_XID = 16,
	BINLOG_EXECUTE_LOAD = 18,
	BINLOG_TABLE_MAP = 19,
	BINLOG_WRITE_ROWS_V1 = 23,
	BINLOG_UPDATE_ROWS_V1 = 24,
	BINLOG_DELETE_ROWS_V1 = 25,
	BINLOG_INCIDENT = 26,
	BINLOG_HEARTBEAT = 27,
	BINLOG_WRITE_ROWS = 30,
	BINLOG_UPDATE_ROWS = 31,
	BINLOG_DELETE_ROWS = 32,
	BINLOG_MYSQL_GTID = 33,
	BINLOG_MYSQL_ANONYMOUS_GTID = 34,
	BINLOG_XA_PREPARE = 38,
	BINLOG_GTID = 162,
	BINLOG_GTID_LIST = 163,
	BINLOG_QUERY_COMPRESSED = 165,
	BINLOG_WRITE_ROWS_COMPRESSED_V1 = 166,
	BINLOG_UPDATE_ROWS_COMPRESSED_V1 = 167,
	BINLOG_DELETE_ROWS_COMPRESSED_V1 = 168,
};

enum { BINLOG_ARTIFICIAL = 0x20 }; /* a flag: the event is in no file */

/* In binlog_gtid.flags. */
enum { BINLOG_GTID_STANDALONE = 1, BINLOG_GTID_PREPARED_XA = 0x40 };

struct binlog_event {
	uint32_t time; /* when the statement began, seconds since 1970 */
	unsigned type;
	uint32_t server_id;
	uint32_t length; /* in the file */
	uint32_t end;    /* offset behind it in the file, modulo 2^32; 0: it is in none */
	unsigned flags;
	const unsigned char *body; /* without header and checksum */
	size_t len;
};

/*
 * Read the header of an event and look at its checksum (CRC32), if it has one:
 * checksum tells so, but a format event tells it for itself and all behind it.
 */
int binlog_event_read(struct binlog_event *e, const unsigned char *data, size_t len,
	bool *checksum, struct error *err);

struct binlog_text {
	const char *ptr;
	size_t len;
};

/* Where the log goes on. */
int binlog_rotate_read(const struct binlog_event *e, struct binlog_text *file, uint64_t *offset,
	struct error *err);

struct binlog_gtid {
	uint32_t domain;
	uint32_t server_id;
	uint64_t number;
	unsigned flags;
};

/* Of BINLOG_GTID, MariaDB's. */
int binlog_gtid_read(const struct binlog_event *e, struct binlog_gtid *gtid, struct error *err);

/* Memory for what was compressed; all zero at first, released with free(data). */
struct binlog_inflated {
	unsigned char *data;
	size_t cap;
};

/* A statement and the database that it was run in (of BINLOG_EXECUTE_LOAD too). */
int binlog_query_read(const struct binlog_event *e, struct binlog_inflated *memory,
	struct binlog_text *database, struct binlog_text *statement, struct error *err);

/* What the rows behind it look like. */
struct binlog_map {
	uint64_t id;
	struct binlog_text database;
	struct binlog_text table;
	size_t ncolumns;
	const unsigned char *types; /* of each column */
	struct binlog_text meta; /* what the types need beside, in the order of the columns */
};

int binlog_map_read(const struct binlog_event *e, struct binlog_map *map, struct error *err);

enum binlog_change { BINLOG_INSERT, BINLOG_UPDATE, BINLOG_DELETE };

struct binlog_rows {
	enum binlog_change change;
	uint64_t id; /* of the table, in the event's transaction */
	size_t ncolumns;
	bool full;                 /* all columns are there, before and after */
	const unsigned char *data; /* row after row; of an update, before and after by turns */
	size_t len;
};

bool binlog_event_has_rows(const struct binlog_event *e);

/* The number of the table alone, for rows that nobody wants. */
int binlog_rows_table(const struct binlog_event *e, uint64_t *id, struct error *err);

int binlog_rows_read(const struct binlog_event *e, struct binlog_inflated *memory,
	struct binlog_rows *rows, struct error *err);

#endif
