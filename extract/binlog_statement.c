/*
 * binlog_statement.c - see binlog_statement.h
 *
 * Trap: in comments for the server itself stand words that count
 * ("DROP /+!40005 TEMPORARY +/ TABLE", with asterisks), so of such only the
 * marks are passed over.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "extract/binlog_statement.h"

enum { WORD_MAX = 256 };

struct scanner {
	const char *p, *end;
	char word[WORD_MAX]; /* the present one, without its quotes */
	bool quoted;
	bool sign; /* it is one character that is no word */
};

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static bool
starts(const struct scanner *s, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(s->end - s->p) >= n && memcmp(s->p, text, n) == 0;
}

static void
skip_past(struct scanner *s, const char *mark)
{
	const char *at = memmem(s->p, (size_t)(s->end - s->p), mark, strlen(mark));

	s->p = at ? at + strlen(mark) : s->end;
}

/* Blanks and comments; of a comment for the server its marks and number. */
static void
skip_blanks(struct scanner *s)
{
	while (s->p < s->end) {
		if (strchr(" \t\r\n\f", *s->p) != NULL) {
			s->p++;
		} else if (starts(s, "/*!") || starts(s, "/*M!")) {
			s->p += s->p[2] == 'M' ? 4 : 3;
			while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
				s->p++;
		} else if (starts(s, "*/")) {
			s->p += 2;
		} else if (starts(s, "/*")) {
			skip_past(s, "*/");
		} else if (starts(s, "-- ") || *s->p == '#') {
			skip_past(s, "\n");
		} else {
			return;
		}
	}
}

/* The next word, name or sign into s->word; false at the end. */
static bool
next(struct scanner *s)
{
	size_t n = 0;

	skip_blanks(s);
	s->quoted = s->sign = false;
	if (s->p == s->end)
		return false;
	if (*s->p == '`' || *s->p == '"') {
		char quote = *s->p++;

		s->quoted = true;
		for (; s->p < s->end; s->p++) {
			if (*s->p == quote && (++s->p == s->end || *s->p != quote))
				break;
			if (n < WORD_MAX - 1)
				s->word[n++] = *s->p;
		}
	} else if (is_word(*s->p)) {
		for (; s->p < s->end && is_word(*s->p); s->p++) {
			if (n < WORD_MAX - 1)
				s->word[n++] = *s->p;
		}
	} else {
		s->sign = true;
		s->word[n++] = *s->p++;
	}
	s->word[n] = '\0';
	return true;
}

static bool
is(const struct scanner *s, const char *word)
{
	return !s->quoted && strcasecmp(s->word, word) == 0;
}

/* Pass over the word, if it stands there. */
static bool
skip_word(struct scanner *s, const char *word)
{
	struct scanner before = *s;

	if (next(s) && is(s, word))
		return true;
	*s = before;
	return false;
}

static void
skip_words(struct scanner *s, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (skip_word(s, words[i]))
			i = (size_t)-1; /* in any order */
	}
}

static bool
any_of(const struct scanner *s, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (is(s, words[i]))
			return true;
	}
	return false;
}

/* What the beginning of a statement makes it, up to before the names of its tables. */
struct head {
	enum binlog_statement kind;
	bool database; /* the names are those of databases */
	bool only_new; /* IF NOT EXISTS: it does nothing to what is there */
};

static struct head
read_head(struct scanner *s)
{
	static const char *const row_words[] = {"insert", "update", "delete", "replace", "load",
		"call", "with", "do", "select", "execute", NULL};
	static const char *const modifiers[] = {"or", "replace", "online", "ignore", NULL};
	static const char *const exists[] = {"if", "not", "exists", "wait", "nowait", NULL};
	struct head head = {BINLOG_STATEMENT_OTHER, false, false};
	struct scanner rest;
	bool creates, drops;

	if (!next(s))
		return head;
	if (is(s, "begin") || is(s, "start") || is(s, "xa")) {
		bool xa = is(s, "xa");

		if (!xa)
			head.kind = BINLOG_STATEMENT_BEGIN;
		else if (next(s) && (is(s, "start") || is(s, "begin")))
			head.kind = BINLOG_STATEMENT_BEGIN;
		else if (is(s, "commit"))
			head.kind = BINLOG_STATEMENT_COMMIT;
		else if (is(s, "rollback"))
			head.kind = BINLOG_STATEMENT_ROLLBACK;
		return head;
	}
	if (is(s, "commit"))
		head.kind = BINLOG_STATEMENT_COMMIT;
	else if (is(s, "rollback"))
		head.kind = BINLOG_STATEMENT_ROLLBACK;
	else if (any_of(s, row_words))
		head.kind = BINLOG_STATEMENT_ROWS;
	if (head.kind != BINLOG_STATEMENT_OTHER)
		return head;
	creates = is(s, "create");
	drops = is(s, "drop");
	if (is(s, "truncate")) {
		(void)skip_word(s, "table");
		head.kind = BINLOG_STATEMENT_TABLE;
		return head;
	}
	if (!creates && !drops && !is(s, "alter") && !is(s, "rename"))
		return head;
	skip_words(s, modifiers);
	if (drops && (skip_word(s, "database") || skip_word(s, "schema")))
		head.database = true;
	else if (!skip_word(s, "table") && !skip_word(s, "tables"))
		return head; /* TEMPORARY TABLE, INDEX, VIEW, USER, … */
	rest = *s;
	head.only_new = creates && next(&rest) && is(&rest, "if");
	skip_words(s, exists);
	head.kind = BINLOG_STATEMENT_TABLE;
	return head;
}

enum binlog_statement
binlog_statement_kind(const struct binlog_text *statement)
{
	struct scanner s = {.p = statement->ptr, .end = statement->ptr + statement->len};

	return read_head(&s).kind;
}

/* A name at the scanner, perhaps with its database before it. */
static bool
read_name(struct scanner *s, const struct binlog_text *used, char *database, char *name)
{
	struct scanner before;

	if (!next(s) || s->sign)
		return false;
	snprintf(name, WORD_MAX, "%s", s->word);
	snprintf(database, WORD_MAX, "%.*s", (int)used->len, used->len > 0 ? used->ptr : "");
	before = *s;
	if (next(s) && s->sign && s->word[0] == '.' && next(s) && !s->sign) {
		snprintf(database, WORD_MAX, "%s", name);
		snprintf(name, WORD_MAX, "%s", s->word);
		return true;
	}
	*s = before;
	return true;
}

bool
binlog_statement_is_about(const struct binlog_text *statement, const struct binlog_text *used,
	const char *database, const char *table)
{
	struct scanner s = {.p = statement->ptr, .end = statement->ptr + statement->len};
	struct head head = read_head(&s);
	char in[WORD_MAX], name[WORD_MAX];

	if (head.kind != BINLOG_STATEMENT_TABLE || head.only_new)
		return false;
	while (read_name(&s, used, in, name)) {
		struct scanner before = s;

		if (head.database)
			return strcasecmp(name, database) == 0;
		if (strcasecmp(name, table) == 0 && strcasecmp(in, database) == 0)
			return true;
		/* DROP TABLE a, b; RENAME TABLE a TO b, c TO d */
		if (!next(&s) || !((s.sign && s.word[0] == ',') || is(&s, "to"))) {
			s = before;
			break;
		}
	}
	return false;
}
