/*
 * function.c - the list of all tables of functions and casts; see function.h
 */
#include "expr/function.h"

const struct function *const function_tables[] = {
	text_functions,
	text_part_functions,
	text_case_functions,
	text_code_functions,
	bytes_functions,
	uuid_functions,
	like_functions,
	regex_functions,
	regex_call_functions,
	similar_functions,
	bool_functions,
	number_functions,
	numeric_functions,
	float8_functions,
	time_functions,
	interval_functions,
	interval_call_functions,
	time_field_functions,
	time_format_functions,
	time_zone_functions,
	json_functions,
	json_set_functions,
	array_functions,
	series_functions,
	legacy_functions,
	refused_functions,
	NULL,
};

const struct cast *const cast_tables[] = {
	text_casts,
	bool_casts,
	number_casts,
	numeric_casts,
	float8_casts,
	time_casts,
	json_casts,
	json_text_casts,
	bytes_casts,
	uuid_casts,
	NULL,
};
