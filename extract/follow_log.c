/*
 * follow_log.c - see follow_log.h
 *
 * A transaction is written while it is read, so it may be larger than memory:
 * the server logs it only when it is committed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extract/binlog_statement.h"
#include "extract/follow_log.h"

enum { STATEMENT_SHOWN = 200 };

/* A transaction without an end is one that the server did not come to log in full. */
static int
begin(struct follow_log *log, const struct binlog_position *start, struct error *err)
{
	for (size_t i = 0; i < log->nsinks; i++) {
		const struct follow_sink *s = &log->sinks[i];
		struct binlog_position had;

		if (!s->open)
			continue;
		snprintf(
			had.file, sizeof had.file, "%.*s", (int)s->last.file_len, s->last.file);
		had.offset = s->last.start;
		if (binlog_position_compare(&had, start) != 0)
			return error_set(err, ERROR_RUNTIME,
				"the transaction that begins at %s:%llu has no end in the "
				"log: its changes of table '%s' cannot be told",
				had.file, (unsigned long long)had.offset, s->table->label);
	}
	log->inside = true;
	log->until_commit = log->prepared = log->has_gtid = false;
	log->start = *start;
	log->nids = 0;
	return 0;
}

static int
end(struct follow_log *log, const struct binlog_position *behind, struct error *err)
{
	for (size_t i = 0; i < log->nsinks; i++) {
		if (follow_sink_commit(&log->sinks[i], err) < 0)
			return -1;
	}
	if (log->has_gtid && binlog_gtids_put(&log->gtids, &log->gtid, err) < 0)
		return -1;
	log->inside = log->has_gtid = false;
	log->nids = 0;
	log->position = *behind;
	return 0;
}

static int
take_gtid(struct follow_log *log, const struct binlog_event *e,
	const struct binlog_position *start, struct error *err)
{
	if (begin(log, start, err) < 0)
		return -1;
	if (e->type != BINLOG_GTID)
		return 0; /* MySQL's says nothing that is needed */
	if (binlog_gtid_read(e, &log->gtid, err) < 0)
		return -1;
	log->has_gtid = true;
	log->until_commit = (log->gtid.flags & BINLOG_GTID_STANDALONE) == 0;
	log->prepared = (log->gtid.flags & BINLOG_GTID_PREPARED_XA) != 0;
	return 0;
}

/* A statement that changes one of the tables, or their rows behind the log's back. */
static int
check_statement(const struct follow_log *log, enum binlog_statement kind,
	const struct binlog_text *used, const struct binlog_text *statement,
	const struct binlog_position *end_of_it, struct error *err)
{
	int shown = statement->len < STATEMENT_SHOWN ? (int)statement->len : STATEMENT_SHOWN;
	char behind[BINLOG_POSITION_MAX];

	binlog_position_text(end_of_it, behind);
	for (size_t i = 0; i < log->nsinks; i++) {
		const struct binlog_table *t = log->sinks[i].table;

		if (kind == BINLOG_STATEMENT_TABLE &&
			binlog_statement_is_about(statement, used, t->database, t->name))
			return error_set(err, ERROR_RUNTIME,
				"table '%s' was changed by: %.*s; behind it (--from %s) the "
				"changes do not fit to what was copied before",
				t->label, shown, statement->ptr, behind);
		if (kind == BINLOG_STATEMENT_ROWS && used->len == strlen(t->database) &&
			memcmp(used->ptr, t->database, used->len) == 0)
			return error_set(err, ERROR_RUNTIME,
				"a statement in database '%s' is logged as such, without the "
				"rows that it changes (a session's binlog_format is not ROW): "
				"%.*s; behind it (--from %s) its changes are missing",
				t->database, shown, statement->ptr, behind);
	}
	return 0;
}

static int
rolled_back(struct follow_log *log, const struct binlog_position *behind, struct error *err)
{
	for (size_t i = 0; i < log->nsinks; i++) {
		if (log->sinks[i].open)
			return error_set(err, ERROR_RUNTIME,
				"a transaction with changes of table '%s' was rolled back in "
				"part, which the log tells only now",
				log->sinks[i].table->label);
	}
	return end(log, behind, err);
}

static int
take_statement(struct follow_log *log, const struct binlog_event *e,
	const struct binlog_position *start, const struct binlog_position *behind,
	struct error *err)
{
	struct binlog_text used, statement;
	enum binlog_statement kind = BINLOG_STATEMENT_ROWS;

	if (binlog_query_read(e, &log->inflated, &used, &statement, err) < 0)
		return -1;
	if (e->type != BINLOG_EXECUTE_LOAD)
		kind = binlog_statement_kind(&statement);
	switch (kind) {
	case BINLOG_STATEMENT_BEGIN:
		if (!log->inside && begin(log, start, err) < 0)
			return -1;
		log->until_commit = true;
		return 0;
	case BINLOG_STATEMENT_COMMIT: return end(log, behind, err);
	case BINLOG_STATEMENT_ROLLBACK: return rolled_back(log, behind, err);
	case BINLOG_STATEMENT_TABLE:
	case BINLOG_STATEMENT_ROWS:
		if (check_statement(log, kind, &used, &statement, behind, err) < 0)
			return -1;
		break;
	case BINLOG_STATEMENT_OTHER: break;
	}
	return log->inside && log->until_commit ? 0 : end(log, behind, err);
}

/* The table with that number in this transaction, or -1. */
static int
find_id(const struct follow_log *log, uint64_t id)
{
	for (size_t i = log->nids; i-- > 0;) {
		if (log->ids[i].id == id)
			return (int)log->ids[i].table;
	}
	return -1;
}

static int
add_id(struct follow_log *log, uint64_t id, size_t table, struct error *err)
{
	struct follow_id *ids;

	if (find_id(log, id) == (int)table)
		return 0;
	ids = realloc(log->ids, (log->nids + 1) * sizeof *ids);
	if (ids == NULL)
		return error_nomem(err);
	log->ids = ids;
	log->ids[log->nids++] = (struct follow_id){id, table};
	return 0;
}

static int
take_map(struct follow_log *log, const struct binlog_event *e, struct error *err)
{
	struct binlog_map map;

	if (binlog_map_read(e, &map, err) < 0)
		return -1;
	for (size_t i = 0; i < log->nsinks; i++) {
		struct binlog_table *t = log->sinks[i].table;

		if (!binlog_table_is(t, &map))
			continue;
		if (binlog_table_map(t, &map, err) < 0)
			return -1;
		return add_id(log, map.id, i, err);
	}
	return 0;
}

/* One row of the event as one record, or as two where the key changed. */
static int
put_row(struct follow_sink *s, enum binlog_change change, struct change_pos *pos,
	struct error *err)
{
	struct binlog_table *t = s->table;
	bool moved = change == BINLOG_UPDATE && binlog_table_key_changed(t);
	char op = change == BINLOG_INSERT || moved ? 'i' : 'u';

	if (change == BINLOG_DELETE || moved) {
		if (follow_sink_put(s, 'd', t->before, pos, err) < 0)
			return -1;
		pos->row++;
	}
	if (change == BINLOG_DELETE)
		return 0;
	if (follow_sink_put(s, op, t->after, pos, err) < 0)
		return -1;
	pos->row++;
	return 0;
}

static int
take_rows(struct follow_log *log, const struct binlog_event *e,
	const struct binlog_position *start, struct error *err)
{
	struct change_pos pos = {.file = log->start.file,
		.file_len = strlen(log->start.file),
		.start = log->start.offset,
		.event = start->offset};
	struct binlog_rows rows;
	uint64_t id;
	int table, more;

	if (binlog_rows_table(e, &id, err) < 0)
		return -1;
	table = find_id(log, id);
	if (table < 0)
		return 0;
	if (!log->inside)
		return error_set(err, ERROR_RUNTIME, "there are rows outside of a transaction");
	if (log->prepared)
		return error_set(err, ERROR_RUNTIME,
			"table '%s' is changed by a transaction of XA PREPARE, of which the "
			"log tells only later whether it was committed: such cannot be "
			"followed",
			log->sinks[table].table->label);
	change_pos_file_number(pos.file, pos.file_len, &pos.number);
	if (binlog_rows_read(e, &log->inflated, &rows, err) < 0)
		return -1;
	while ((more = binlog_table_next(log->sinks[table].table, &rows, err)) > 0) {
		if (put_row(&log->sinks[table], rows.change, &pos, err) < 0)
			return -1;
		log->changes++;
	}
	return more;
}

static int
take(struct follow_log *log, const struct binlog_event *e, const struct binlog_position *start,
	const struct binlog_position *behind, struct error *err)
{
	if (binlog_event_has_rows(e))
		return take_rows(log, e, start, err);
	switch (e->type) {
	case BINLOG_GTID:
	case BINLOG_MYSQL_GTID:
	case BINLOG_MYSQL_ANONYMOUS_GTID: return take_gtid(log, e, start, err);
	case BINLOG_TABLE_MAP: return take_map(log, e, err);
	case BINLOG_QUERY:
	case BINLOG_QUERY_COMPRESSED:
	case BINLOG_EXECUTE_LOAD: return take_statement(log, e, start, behind, err);
	case BINLOG_XID:
	case BINLOG_XA_PREPARE: return end(log, behind, err);
	case BINLOG_INCIDENT:
		return error_set(err, ERROR_RUNTIME,
			"the server says that events are missing here from the log");
	case BINLOG_FORMAT:
		if (e->end != 0)
			log->inside = false; /* the server was started anew: see begin */
		break;
	default: break;
	}
	/* by GTID the server begins with the start of a file, of which it leaves out a part */
	if (!log->inside && log->position.file[0] != '\0')
		log->position = *behind;
	return 0;
}

int
follow_log_take(struct follow_log *log, const struct binlog_event *e,
	const struct binlog_position *start, const struct binlog_position *behind,
	struct error *err)
{
	char where[BINLOG_POSITION_MAX];

	if (e->time > 0)
		log->time = e->time;
	if (take(log, e, start, behind, err) == 0)
		return 0;
	if (err->kind == ERROR_RUNTIME) {
		binlog_position_text(start, where);
		error_prefix(err, "binary log at %s", where);
	}
	return -1;
}

void
follow_log_rewind(struct follow_log *log)
{
	log->inside = false;
	log->nids = 0;
}

bool
follow_log_is_open(const struct follow_log *log)
{
	for (size_t i = 0; i < log->nsinks; i++) {
		if (log->sinks[i].open)
			return true;
	}
	return log->inside;
}

void
follow_log_release(struct follow_log *log)
{
	free(log->gtids.list);
	free(log->ids);
	free(log->inflated.data);
	memset(log, 0, sizeof *log);
}
