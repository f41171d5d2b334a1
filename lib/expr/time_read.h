/*
 * time_read.h - shared by the readers of dates, times and intervals
 */
#ifndef EXPR_TIME_READ_H
#define EXPR_TIME_READ_H

#include "expr/time.h"
#include "expr/time_token.h"

/* What is wrong with a time as written. */
enum time_status {
	TIME_OK,
	TIME_BAD_FORMAT,
	TIME_OUT_OF_RANGE,
	TIME_ZONE_OUT_OF_RANGE,
	TIME_INTERVAL_OUT_OF_RANGE,
	TIME_FAILED, /* ctx->error is filled already */
};

/* Fill ctx->error for a status other than TIME_OK and TIME_FAILED.  Returns -1. */
int time_fail(
	struct eval_context *ctx, enum time_status status, const char *type, struct text s);

/* strtol's decimal integer, *end behind it; false when it exceeds an int. */
bool read_int(const char *s, const char **end, int *v);

/* The same for 64 bits. */
bool read_int64(const char *s, const char **end, int64_t *v);

/* s is a point and digits up to its end; a point alone is 0. */
enum time_status read_fraction(const char *s, double *fraction);
enum time_status read_microseconds(const char *s, int *usec);

/* The hour is not bounded; the rest is as a clock has it, 60 seconds allowed. */
struct clock {
	int64_t hour;
	int minute;
	int second;
	int usec;
};

/* hh:mm, hh:mm:ss[.f] or mm:ss.f */
enum time_status read_clock(const char *s, struct clock *c);

/* ±hh[:mm[:ss]] or ±hhmm; *offset in seconds east. */
enum time_status read_offset(const char *s, int32_t *offset);

/* A date and time as read: a word (infinity, -infinity, epoch), or a clock and its offset. */
struct time_value {
	bool special;
	enum reserved_word word;
	struct civil c;
	int32_t offset; /* seconds east; 0 where none was written */
};

/* room: how many bytes the fields may fill, at most TIME_WORK_MAX. */
enum time_status time_read(
	struct eval_context *ctx, struct text s, size_t room, struct time_value *v);

/* A time of day, in microseconds; a date or zone beside it is read and left out. */
enum time_status time_read_clock(
	struct eval_context *ctx, struct text s, size_t room, int64_t *t);

#endif
