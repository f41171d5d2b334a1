/*
 * binlog_stream.c - see binlog_stream.h
 *
 * Of the library's events only the bytes are used (raw_data): see
 * binlog_event.c.  Traps: mariadb_rpl_fetch frees the event it is given when it
 * fails, so it is given none; and an end of the stream, which is how a server
 * that shuts down takes leave, is no error to it.
 */
#include <errmsg.h>
#include <inttypes.h>
#include <mysqld_error.h>
#include <mysql.h>
#include <mariadb_rpl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "db/mysql.h"
#include "db/sql.h"
#include "extract/binlog_stream.h"

struct binlog_stream {
	MYSQL *conn;
	MARIADB_RPL *rpl;
	MARIADB_RPL_EVENT *event;
	bool checksum; /* the events have one now */
	bool lost;
	bool damaged;
	bool read; /* an event at least */
	struct binlog_position at;
};

bool
binlog_error_passes(const struct binlog_stream *s, bool *damaged)
{
	*damaged = s != NULL && s->damaged;
	return s == NULL || s->lost || s->damaged;
}

/* What a replica says of itself, before it asks for the log. */
static int
introduce(struct binlog_stream *s, const struct binlog_gtids *gtids, struct error *err)
{
	struct sql sql = SQL_INIT;
	char *text = NULL;
	int status = -1;

	/* checksums as they are in the log; GTID events as such (capability 4) */
	sql_add(&sql,
		"SET @master_binlog_checksum = @@global.binlog_checksum, "
		"@source_binlog_checksum = @@global.binlog_checksum, "
		"@master_heartbeat_period = %d000000, @source_heartbeat_period = %d000000, "
		"@mariadb_slave_capability = 4, net_write_timeout = 86400",
		BINLOG_HEARTBEAT_MS, BINLOG_HEARTBEAT_MS);
	if (gtids != NULL) {
		text = binlog_gtids_text(gtids);
		sql_add(&sql, ", @slave_gtid_strict_mode = 0, @slave_gtid_ignore_duplicates = 0"
			      ", @slave_connect_state = ");
		mydb_literal(&sql, text ? text : "");
	}
	if (text != NULL || gtids == NULL)
		status = sql_text(&sql, err) ? mydb_do(s->conn, sql.text, err) : -1;
	else
		error_nomem(err);
	free(text);
	sql_release(&sql);
	return status;
}

/* Whether the server's events have checksums, until a format event says so. */
static int
ask_for_checksum(struct binlog_stream *s, struct error *err)
{
	MYSQL_RES *result = mydb_query(s->conn, "SELECT @master_binlog_checksum", err);
	MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;

	if (result == NULL)
		return -1;
	s->checksum = row != NULL && row[0] != NULL && strcmp(row[0], "CRC32") == 0;
	mysql_free_result(result);
	return 0;
}

/* Of two replicas with one number the server ends the first, so each has its own. */
static int
replica_number(unsigned *number, struct error *err)
{
	if (getrandom(number, sizeof *number, 0) != (ssize_t)sizeof *number)
		return error_errno(err, ERROR_RUNTIME, "cannot get random bytes");
	*number = (*number & 0x3fffffff) | 0x40000000;
	return 0;
}

static int
ask_for_log(struct binlog_stream *s, const struct binlog_position *from, struct error *err)
{
	unsigned number;

	if (replica_number(&number, err) < 0)
		return -1;
	s->rpl = mariadb_rpl_init(s->conn);
	if (s->rpl == NULL)
		return error_nomem(err);
	mariadb_rpl_optionsv(s->rpl, MARIADB_RPL_SERVER_ID, number);
	mariadb_rpl_optionsv(s->rpl, MARIADB_RPL_START, (unsigned long)from->offset);
	mariadb_rpl_optionsv(s->rpl, MARIADB_RPL_FLAGS, 0U);
	mariadb_rpl_optionsv(s->rpl, MARIADB_RPL_FILENAME, from->file, strlen(from->file));
	if (mariadb_rpl_open(s->rpl) != 0)
		return mydb_failed(s->conn, NULL, err);
	return 0;
}

struct binlog_stream *
binlog_stream_open(const char *address, const char *defaults_file,
	const struct binlog_position *from, const struct binlog_gtids *gtids, struct error *err)
{
	static const struct binlog_position start = {"", 4};
	struct binlog_stream *s = calloc(1, sizeof *s);
	bool by_gtid = from->file[0] == '\0' || from->offset > UINT32_MAX;

	if (s == NULL) {
		error_nomem(err);
		return NULL;
	}
	s->at = *from;
	s->conn = mydb_connect_timed(address, defaults_file, "extract", BINLOG_SILENCE_S, err);
	if (s->conn == NULL)
		goto fail;
	if (introduce(s, by_gtid ? gtids : NULL, err) < 0 || ask_for_checksum(s, err) < 0 ||
		ask_for_log(s, by_gtid ? &start : from, err) < 0)
		goto fail;
	return s;
fail:
	binlog_stream_close(s);
	return NULL;
}

static bool
is_lost(unsigned code)
{
	switch (code) {
	case 0: /* the stream ended, without an error */
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case CR_SERVER_LOST_EXTENDED:
	case ER_SERVER_SHUTDOWN:
	case ER_CONNECTION_KILLED:
	case ER_QUERY_INTERRUPTED:
	case ER_NET_READ_ERROR:
	case ER_NET_READ_INTERRUPTED:
	case ER_NET_ERROR_ON_WRITE:
	case ER_NET_WRITE_INTERRUPTED: return true;
	default: return false;
	}
}

static int
fetch_failed(struct binlog_stream *s, struct error *err)
{
	unsigned code = mysql_errno(s->conn);
	char where[BINLOG_POSITION_MAX];

	if (code == 0 && mariadb_rpl_errno(s->rpl) != 0) {
		error_set(err, ERROR_RUNTIME, "%s (%u)", mariadb_rpl_error(s->rpl),
			mariadb_rpl_errno(s->rpl));
	} else if (code == CR_BINLOG_ERROR && !s->checksum) {
		error_set(err, ERROR_RUNTIME,
			"the client library cannot read an event; where log_bin_compress is "
			"ON it needs binlog_checksum=CRC32 (%u)",
			code);
	} else if (code == 0) {
		s->lost = true;
		error_set(err, ERROR_RUNTIME, "the server ended the stream");
	} else {
		s->lost = is_lost(code);
		mydb_failed(s->conn, NULL, err);
		if (!s->lost && !s->read) /* the right to replicate is missing, or the place */
			err->kind = ERROR_USAGE;
	}
	if (s->at.file[0] == '\0') {
		error_prefix(err, "binary log");
		return -1;
	}
	binlog_position_text(&s->at, where);
	error_prefix(err, "binary log at %s", where);
	return -1;
}

/* The log goes on in another file. */
static int
rotate(struct binlog_stream *s, const struct binlog_event *e, struct error *err)
{
	struct binlog_text file;
	uint64_t offset, number;

	if (binlog_rotate_read(e, &file, &offset, err) < 0)
		return -1;
	if (file.len > CHANGE_POS_FILE_MAX ||
		change_pos_file_number(file.ptr, file.len, &number) < 0)
		return error_set(err, ERROR_RUNTIME,
			"the server names a file '%.*s' of its binary log, which has no number",
			(int)file.len, file.ptr);
	memcpy(s->at.file, file.ptr, file.len);
	s->at.file[file.len] = '\0';
	s->at.offset = offset;
	return 0;
}

int
binlog_stream_next(struct binlog_stream *s, struct binlog_event *e,
	struct binlog_position *start, struct error *err)
{
	size_t skip;

	mariadb_free_rpl_event(s->event);
	s->event = mariadb_rpl_fetch(s->rpl, NULL);
	if (s->event == NULL)
		return fetch_failed(s, err);
	skip = s->event->raw_data_ofs;
	if (binlog_event_read(e, s->event->raw_data + skip, s->event->raw_data_size - skip,
		    &s->checksum, err) < 0) {
		char where[BINLOG_POSITION_MAX];

		binlog_position_text(&s->at, where);
		error_prefix(err, "binary log at %s", where);
		s->damaged = true;
		return -1;
	}
	s->read = s->read || (e->end != 0 && !(e->flags & BINLOG_ARTIFICIAL));
	*start = s->at;
	if (e->type == BINLOG_ROTATE)
		return rotate(s, e, err);
	if (e->end == 0 || e->flags & BINLOG_ARTIFICIAL || e->type == BINLOG_HEARTBEAT)
		return 0;
	/* an offset has 32 bits here, but a large transaction may lie behind those */
	s->at.offset += (uint32_t)(e->end - (uint32_t)s->at.offset);
	start->offset = s->at.offset - e->length;
	return 0;
}

const struct binlog_position *
binlog_stream_position(const struct binlog_stream *s)
{
	return &s->at;
}

bool
binlog_stream_would_wait(const struct binlog_stream *s)
{
	struct pollfd p = {.fd = (int)mysql_get_socket(s->conn), .events = POLLIN};

	return poll(&p, 1, 0) == 0;
}

void
binlog_stream_close(struct binlog_stream *s)
{
	if (s == NULL)
		return;
	mariadb_free_rpl_event(s->event);
	if (s->rpl != NULL)
		mariadb_rpl_close(s->rpl);
	if (s->conn != NULL) {
		if (s->rpl != NULL)
			mariadb_cancel(s->conn); /* the server goes on sending otherwise */
		mysql_close(s->conn);
	}
	free(s);
}
