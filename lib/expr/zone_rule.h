/*
 * zone_rule.h - a POSIX description of a time zone: "CET-1CEST,M3.5.0,M10.5.0/3"
 */
#ifndef EXPR_ZONE_RULE_H
#define EXPR_ZONE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ZONE_NAME_MAX = 15 };

/* Jn, n or Mm.w.d, and seconds after midnight */
struct rule_day {
	char kind; /* 'J', '0' or 'M' */
	int day;
	int week;
	int month;
	int32_t seconds;
};

/* Offsets are seconds east; names are empty where the description has none. */
struct zone_rule {
	int32_t standard;
	int32_t summer;
	bool has_summer;
	char standard_name[ZONE_NAME_MAX + 1];
	char summer_name[ZONE_NAME_MAX + 1];
	struct rule_day begin; /* of summer time, on the standard clock */
	struct rule_day end;   /* on the summer clock */
};

/* One change of the clock. */
struct zone_change {
	int64_t time; /* the first second of the new offset */
	bool summer;  /* what it changes to */
};

/* s is NUL-terminated.  False when it is no description, or one without its rule. */
bool zone_rule_parse(const char *s, struct zone_rule *rule);

/* The last change not after t and the first after it.  The rule has a summer time. */
void zone_rule_changes(const struct zone_rule *rule, int64_t t, struct zone_change *before,
	struct zone_change *after);

#endif
