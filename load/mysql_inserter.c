/*
 * mysql_inserter.c - see mysql_inserter.h
 *
 * Trap: a read callback of LOAD DATA that fails leaves the connection in
 * doubt, so the rows are made before the statement, and the callback only
 * copies.
 */
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/mysql.h"
#include "load/mysql_inserter.h"
#include "load/mysql_refusal.h"

/* So many bytes of rows go to the server in one statement; one row may be larger. */
enum { PORTION = 1 << 20 };

/* Of max_allowed_packet, beside the rows. */
enum { PACKET_SLACK = 1024 };

/* MariaDB's and MySQL's, of which the header has only one each. */
enum { LOAD_INFILE_DISABLED = 4166, CLIENT_LOCAL_FILES_DISABLED = 3948 };

static struct mysql_inserter *
inserter_of(struct inserter *i)
{
	return (struct mysql_inserter *)i;
}

static bool
is_upsert(const struct mysql_inserter *m)
{
	return m->statements->stage.len > 0;
}

/* ---- LOAD DATA from memory */

struct reading {
	const char *next;
	size_t left;
};

static int
read_init(void **handle, const char *name, void *arg)
{
	(void)name;
	*handle = arg;
	return 0;
}

static int
read_some(void *handle, char *buf, unsigned size)
{
	struct reading *r = handle;
	size_t n = r->left < size ? r->left : size;

	memcpy(buf, r->next, n);
	r->next += n;
	r->left -= n;
	return (int)n;
}

static void
read_end(void *handle)
{
	(void)handle;
}

static int
read_error(void *handle, char *buf, unsigned size)
{
	(void)handle;
	if (size > 0)
		buf[0] = '\0';
	return 0;
}

/* Any other file that a server asks for is refused. */
static int
refuse_init(void **handle, const char *name, void *arg)
{
	(void)name;
	(void)arg;
	*handle = NULL;
	return 1;
}

static int
run_load(struct mysql_inserter *m)
{
	struct reading reading = {m->text.text, m->text.len};
	const struct sql *load = &m->statements->load;
	int status;

	mysql_set_local_infile_handler(
		m->conn, read_init, read_some, read_end, read_error, &reading);
	status = mysql_real_query(m->conn, load->text, load->len);
	mysql_set_local_infile_handler(
		m->conn, refuse_init, read_some, read_end, read_error, NULL);
	return status;
}

/* ---- rows as text */

static void
empty(struct mysql_inserter *m)
{
	sql_clear(&m->text);
	m->from = m->to;
}

/*
 * Append the next row, m->to, in m->form.  1 when done; 0 with m->why when it
 * is refused; -1 for want of memory.
 */
static int
append_row(struct mysql_inserter *m, struct error *err)
{
	const struct target *t = m->target->target;
	const struct csv_record record = batch_record(m->batch, m->to);
	struct csv_field field;
	int status = 1;

	if (cells_start(&m->cells, &record, err) < 0)
		return -1;
	if (m->form == MYSQL_INSERT && m->text.len == 0)
		sql_append(&m->text, m->statements->values.text, m->statements->values.len);
	else if (m->form == MYSQL_INSERT)
		sql_append(&m->text, ",", 1);
	for (size_t i = 0; status > 0 && cells_next(&m->cells, &field); i++) {
		if (m->form == MYSQL_INSERT)
			sql_append(&m->text, i > 0 ? "," : "(", 1);
		else if (i > 0)
			sql_append(&m->text, "\t", 1);
		status = mysql_value_put(
			&m->target->values[t->stream[i]], &field, m->form, &m->text, &m->why);
	}
	sql_append(&m->text, m->form == MYSQL_INSERT ? ")" : "\n", 1);
	return m->text.failed ? error_nomem(err) : status;
}

static void
note_refusal(struct mysql_inserter *m, size_t row)
{
	m->refused = true;
	m->why.row = row;
}

static bool
is_load_refused(unsigned code)
{
	return code == ER_NOT_ALLOWED_COMMAND || code == LOAD_INFILE_DISABLED ||
	       code == CLIENT_LOCAL_FILES_DISABLED;
}

static int add_rows(struct mysql_inserter *m, size_t to, struct error *err);
static int flush(struct mysql_inserter *m, struct error *err);

/* The rows once more, by INSERT. */
static int
insert_instead(struct mysql_inserter *m, struct error *err)
{
	size_t to = m->to;

	m->may_load = false;
	m->to = m->from;
	m->form = MYSQL_INSERT;
	sql_clear(&m->text);
	return add_rows(m, to, err) < 0 ? -1 : flush(m, err);
}

/* Send what there is.  A refusal shows in m->refused. */
static int
flush(struct mysql_inserter *m, struct error *err)
{
	size_t n = m->to - m->from;
	uint64_t affected;
	int failed, found;

	if (n == 0 || m->refused)
		return 0;
	if (m->form == MYSQL_LOAD)
		failed = run_load(m);
	else
		failed = mysql_real_query(m->conn, m->text.text, m->text.len);
	if (failed && m->form == MYSQL_LOAD && is_load_refused(mysql_errno(m->conn)))
		return insert_instead(m, err);
	affected = mysql_affected_rows(m->conn);
	found = mysql_refusal_find(m->conn, failed != 0, m->tells_row, &m->why, err);
	if (found < 0)
		return -1;
	if (found > 0) {
		note_refusal(m, m->why.row > 0 ? m->taken + m->why.row : 0);
	} else if (!is_upsert(m) && affected != n) {
		/* left out without a word */
		memset(&m->why, 0, sizeof m->why);
		note_refusal(m, 0);
		(void)snprintf(m->why.code, sizeof m->why.code, "%d", ER_UNKNOWN_ERROR);
		(void)snprintf(m->why.message, sizeof m->why.message,
			"the server did not insert the row");
	}
	m->taken += n;
	empty(m);
	return 0;
}

/*
 * The last row made the statement larger than the server would read: those
 * before it are sent, and it is made again, alone.
 */
static int
split_statement(struct mysql_inserter *m, size_t before, struct error *err)
{
	if (m->to > m->from) {
		m->text.len = before;
		if (flush(m, err) < 0)
			return -1;
		return m->refused ? 0 : append_row(m, err);
	}
	if (m->may_load) {
		m->form = MYSQL_LOAD;
		sql_clear(&m->text);
		return append_row(m, err);
	}
	memset(&m->why, 0, sizeof m->why);
	(void)snprintf(m->why.code, sizeof m->why.code, "%d", ER_NET_PACKET_TOO_LARGE);
	(void)snprintf(m->why.message, sizeof m->why.message,
		"The row needs %zu bytes, max_allowed_packet is %zu", m->text.len,
		m->packet + PACKET_SLACK);
	return 0;
}

static int
add_rows(struct mysql_inserter *m, size_t to, struct error *err)
{
	while (m->to < to && !m->refused) {
		size_t before = m->text.len;
		int taken = append_row(m, err);

		while (taken > 0 && m->form == MYSQL_INSERT && m->text.len > m->packet &&
			!m->refused) {
			taken = split_statement(m, before, err);
			before = 0;
		}
		if (taken < 0)
			return -1;
		if (taken == 0 && !m->refused)
			note_refusal(m, m->taken + (m->to - m->from) + 1);
		m->to++;
		if (m->text.len >= PORTION && flush(m, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the inserter */

static int
insert_begin(struct inserter *i, struct error *err)
{
	struct mysql_inserter *m = inserter_of(i);
	bool undo = m->savepoint == MYSQL_SAVEPOINT_REFUSED;

	if (is_upsert(m) && m->savepoint == MYSQL_SAVEPOINT_TAKEN &&
		mydb_do(m->conn, "DELETE FROM caravan_stage", err) < 0)
		return -1;
	m->from = m->to = m->taken = 0;
	m->batch = NULL;
	m->refused = false;
	sql_clear(&m->text);
	m->inserter.active = true;
	return mydb_do(
		m->conn, undo ? "ROLLBACK TO SAVEPOINT caravan" : "SAVEPOINT caravan", err);
}

static int
insert_put(struct inserter *i, const struct batch *b, size_t from, size_t to, struct error *err)
{
	struct mysql_inserter *m = inserter_of(i);

	if (m->batch == NULL) {
		m->batch = b;
		m->from = m->to = from;
		m->form = m->may_load && to - from > 1 ? MYSQL_LOAD : MYSQL_INSERT;
	}
	return add_rows(m, to, err);
}

/* One statement of the merge: 1 with the rows affected, 0 refused, -1 on error. */
static int
run_merge(struct mysql_inserter *m, const struct sql *s, uint64_t *affected, struct error *err)
{
	int failed = mysql_real_query(m->conn, s->text, s->len), found;

	*affected = mysql_affected_rows(m->conn);
	found = mysql_refusal_find(m->conn, failed != 0, false, &m->why, err);
	if (found <= 0)
		return found < 0 ? -1 : 1;
	note_refusal(m, 0);
	return 0;
}

static int
count_found(struct mysql_inserter *m, uint64_t *found, struct error *err)
{
	MYSQL_RES *r =
		mydb_query(m->conn, "SELECT COUNT(*) FROM caravan_stage WHERE _found", err);

	if (r == NULL)
		return -1;
	*found = strtoull(mysql_fetch_row(r)[0], NULL, 10);
	mysql_free_result(r);
	return 1;
}

/* 1, 0 refused, -1 on error. */
static int
merge(struct mysql_inserter *m, struct copied *copied, struct error *err)
{
	const struct mysql_statements *s = m->statements;
	uint64_t same, changed, found, added;
	int status = run_merge(m, &s->same, &same, err);

	copied->updated = 0;
	if (status > 0 && s->update.len > 0) {
		status = run_merge(m, &s->update, &changed, err);
		if (status > 0)
			status = count_found(m, &found, err);
		/* the marks were counted as well */
		if (status > 0)
			copied->updated = changed - found;
	}
	if (status > 0)
		status = run_merge(m, &s->insert_new, &added, err);
	if (status > 0)
		copied->inserted = added;
	return status;
}

static int
insert_end(
	struct inserter *i, struct copied *copied, struct refusal *refusal, struct error *err)
{
	struct mysql_inserter *m = inserter_of(i);
	int status;

	m->inserter.active = false;
	memset(copied, 0, sizeof *copied);
	if (flush(m, err) < 0)
		return -1;
	copied->rows = m->taken;
	copied->inserted = m->taken;
	status = m->refused ? 0 : 1;
	if (status > 0 && is_upsert(m))
		status = merge(m, copied, err);
	if (status == 0)
		*refusal = m->why;
	m->savepoint = status > 0 ? MYSQL_SAVEPOINT_TAKEN : MYSQL_SAVEPOINT_REFUSED;
	return status;
}

/* No statement is under way between calls. */
static void
insert_abort(struct inserter *i, const char *reason)
{
	(void)reason;
	i->active = false;
}

static int
insert_settle(struct inserter *i, struct error *err)
{
	struct mysql_inserter *m = inserter_of(i);
	enum mysql_savepoint before = m->savepoint;

	m->savepoint = MYSQL_SAVEPOINT_NONE;
	if (before == MYSQL_SAVEPOINT_NONE)
		return 0;
	if (before == MYSQL_SAVEPOINT_REFUSED &&
		mydb_do(m->conn, "ROLLBACK TO SAVEPOINT caravan", err) < 0)
		return -1;
	if (is_upsert(m) && mydb_do(m->conn, "DELETE FROM caravan_stage", err) < 0)
		return -1;
	return mydb_do(m->conn, "RELEASE SAVEPOINT caravan", err);
}

static const struct inserter_class mysql_inserter_class = {
	.begin = insert_begin,
	.put = insert_put,
	.end = insert_end,
	.abort = insert_abort,
	.settle = insert_settle,
};

void
mysql_inserter_init(struct mysql_inserter *m, MYSQL *conn, const struct mysql_target *target,
	const struct mysql_statements *statements, size_t packet, bool may_load)
{
	*m = (struct mysql_inserter){
		.inserter = {.class = &mysql_inserter_class},
		.conn = conn,
		.target = target,
		.statements = statements,
		.packet = packet > (size_t)2 * PACKET_SLACK ? packet - PACKET_SLACK : packet,
		.may_load = may_load,
		.tells_row = mydb_is_mariadb(conn) && mysql_get_server_version(conn) >= 100700,
		.cells = CELLS_INIT,
		.text = SQL_INIT,
	};
	mysql_set_local_infile_handler(
		conn, refuse_init, read_some, read_end, read_error, NULL);
}

void
mysql_inserter_release(struct mysql_inserter *m)
{
	cells_release(&m->cells);
	sql_release(&m->text);
}
