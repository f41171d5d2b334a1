/*
 * old_rejects.c - see old_rejects.h
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/sql.h"
#include "load/old_rejects.h"

int
old_rejects_keep(const char *path, void (*say)(void *arg, const char *message), void *arg,
	struct error *err)
{
	struct sql name = SQL_INIT;
	struct stat st;
	char text[512];
	int status = 0;

	if (path == NULL || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	for (unsigned i = 1; status == 0; i++) {
		sql_release(&name);
		sql_add(&name, "%s.%u", path, i);
		if (sql_text(&name, err) == NULL)
			status = -1;
		else if (link(path, name.text) == 0)
			break;
		else if (errno != EEXIST)
			status = error_errno(err, ERROR_RUNTIME, "cannot keep '%s' as '%s'",
				path, name.text);
	}
	if (status == 0) {
		(void)snprintf(text, sizeof text, "'%s' of an earlier run is kept as '%s'",
			path, name.text);
		say(arg, text);
	}
	sql_release(&name);
	return status;
}
