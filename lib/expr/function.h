/*
 * function.h - the tables of functions, operators and casts
 *
 * One table a family (text.c, number.c, time.c, json.c, legacy.c, …); the
 * compiler finds an entry by name and argument types, with PostgreSQL's rules
 * (manual, chapter 10), and keeps it in the call site.  Adding a function is
 * adding an entry.
 */
#ifndef EXPR_FUNCTION_H
#define EXPR_FUNCTION_H

#include "expr/value.h"

enum { FUNCTION_ARGS_MAX = 7 };

enum function_flags {
	FUNCTION_STRICT = 1,   /* NULL when any argument is NULL; the call is not made */
	FUNCTION_VARIADIC = 2, /* the last argument type repeats, 0 or more times */
	FUNCTION_ANY = 4,      /* the last argument type stands for any type: see site->types */
	FUNCTION_VOLATILE = 8, /* not folded when all arguments are constant */
	FUNCTION_ANY_FIRST = 16, /* the first argument type stands for any type but unknown */
	FUNCTION_CAST_TEXT = 32, /* arguments of any type arrive as text, by their cast */
	FUNCTION_OUTPUT_TEXT =
		64, /* the same by their output function: of true "t", not "true" */
	FUNCTION_ANY_RESULT = 128, /* never returns; fits wherever an unknown literal does */
	FUNCTION_REFUSED =
		256, /* takes part in resolution; a mapping that means it is refused */
	FUNCTION_REVERSED =
		1024, /* strict, and the second of two arguments is evaluated first */
	FUNCTION_SET =
		512, /* makes a value_set, whose rows are of the type result; only in FROM */
};

/* One place in a compiled expression where a function is called. */
struct call_site {
	const struct function *function;
	int nargs;
	const enum value_type *types; /* of the arguments, after implicit casts */
	void *prepared;               /* what prepare made of constant arguments, or NULL */
};

/* NULL fields of args mean NULL; result->null is false when the call begins. */
struct function {
	const char *
		name; /* "lower", "||", "legacy.zero_date"; prefix operators too, with nargs 1 */
	enum value_type result;
	int nargs; /* with FUNCTION_VARIADIC: of args[], of which the last repeats */
	enum value_type args[FUNCTION_ARGS_MAX];
	unsigned flags; /* enum function_flags */

	/* Returns 0, or -1 with ctx->error filled. */
	int (*call)(struct eval_context *ctx, const struct call_site *site,
		const struct value *args, struct value *result);

	/*
	 * Optional.  Asked once, when the expression is compiled:
	 * constants[i] is NULL where the argument is not constant.  What it
	 * puts into site->prepared is given back to release.  ctx->arena
	 * lives as long as the compiled expression.
	 */
	int (*prepare)(struct eval_context *ctx, struct call_site *site,
		const struct value *const *constants);
	void (*release)(void *prepared);
};

enum cast_context {
	CAST_IMPLICIT,   /* found wherever types are matched (int4 -> int8) */
	CAST_ASSIGNMENT, /* only to the type of a target column */
	CAST_EXPLICIT,   /* only by x::type or CAST (text -> int8) */
};

/*
 * typmod is -1 or the modifier as PostgreSQL's catalog counts it: of numeric
 * ((precision << 16) | scale) + 4, of varchar and char length + 4, of
 * timestamp(tz) and time the digits.
 */
struct cast {
	enum value_type from;
	enum value_type to;
	enum cast_context context;
	int (*call)(struct eval_context *ctx, const struct value *arg, int32_t typmod,
		struct value *result);
};

/*
 * Each table ends with an entry whose name is NULL, or whose call is NULL.
 * All of them, in two lists that end with NULL: the compiler needs only these.
 */
extern const struct function *const function_tables[];
extern const struct cast *const cast_tables[];

extern const struct function text_functions[];       /* comparison, concatenation, length */
extern const struct function text_part_functions[];  /* substr, trim, replace, split_part … */
extern const struct function text_case_functions[];  /* lower, upper, initcap */
extern const struct function like_functions[];       /* LIKE, ILIKE */
extern const struct function regex_functions[];      /* ~ and its like */
extern const struct function regex_call_functions[]; /* substring, regexp_… */
extern const struct function text_code_functions[];  /* ascii, chr, overlay, format */
extern const struct function bytes_functions[];      /* bytea, hashes, encode and decode */
extern const struct function bytes_part_functions[]; /* substr, trim … of bytea */
extern const struct function normalize_functions[];  /* Unicode's forms */
extern const struct function uuid_functions[];       /* comparison */
extern const struct function inet_functions[];       /* inet and cidr */
extern const struct function similar_functions[];    /* SIMILAR TO */
extern const struct function bool_functions[];       /* comparison */
extern const struct function number_functions[];     /* of the integers */
extern const struct function numeric_functions[];    /* of numeric */
extern const struct function width_bucket_functions[];
extern const struct function number_format_functions[]; /* to_char of numbers, to_number */
extern const struct function float8_functions[];        /* of double precision, and of both */
extern const struct function float4_functions[];        /* of reals alone */
extern const struct function time_functions[];          /* date, timestamp(tz): operators */
extern const struct function time_of_day_functions[];   /* time */
extern const struct function interval_functions[];      /* interval: operators */
extern const struct function time_field_functions[];    /* extract, date_part, date_trunc */
extern const struct function time_make_functions[];     /* age, make_date … */
extern const struct function time_format_functions[];   /* to_char, to_date, to_timestamp */
extern const struct function time_zone_functions[];     /* timezone(zone, …) */
extern const struct function interval_call_functions[]; /* make_interval, justify_… */
extern const struct function json_functions[];
extern const struct function json_compare_functions[];
extern const struct function json_change_functions[];     /* ||, -, jsonb_set … */
extern const struct function json_raw_functions[];        /* of json, the text */
extern const struct function json_build_text_functions[]; /* json of other values */
extern const struct function json_build_functions[];      /* jsonb of other values */
extern const struct function json_set_functions[];        /* their rows */
extern const struct function array_functions[];
extern const struct function series_functions[]; /* generate_series */
extern const struct function legacy_functions[];
extern const struct function refused_functions[]; /* what PostgreSQL has, and we have not */

extern const struct cast text_casts[];    /* among text, varchar(n), char(n) */
extern const struct cast bool_casts[];    /* text and bool */
extern const struct cast number_casts[];  /* from or to an integer; numeric, float8 excepted */
extern const struct cast numeric_casts[]; /* from or to numeric; float8 excepted */
extern const struct cast float8_casts[];  /* from or to double precision; real to integers */
extern const struct cast float4_casts[];  /* from or to real */
extern const struct cast time_casts[]; /* from or to date, timestamp, timestamptz, interval */
extern const struct cast time_of_day_casts[]; /* from or to time */
extern const struct cast json_casts[];        /* from or to jsonb */
extern const struct cast json_text_casts[];   /* from or to json */
extern const struct cast bytes_casts[];       /* text and bytea */
extern const struct cast uuid_casts[];        /* text and uuid */
extern const struct cast inet_casts[];        /* text, inet and cidr */

#endif
