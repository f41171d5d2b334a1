#!/usr/bin/env bats
# shellcheck disable=SC2016
#
# extract-postgres-types.bats - every type of PostgreSQL goes out by extract and comes back by load
#
# The copy is compared row by row with the original, by the server itself, and
# so is the order of both tables' rows where two values are equal but not the same.

bats_require_minimum_version 1.5.0
load ../scripts/test-helpers

setup_file()
{
	need_servers
	export DB=extract_types_$$
	export URI
	URI=$(database_uri "$POSTGRES_URI" $DB)
	psql_client postgres -c "CREATE DATABASE $DB ENCODING 'UTF8' TEMPLATE template0"
}

teardown_file()
{
	psql_client postgres -c "DROP DATABASE IF EXISTS $DB WITH (FORCE)"
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
}

# there_and_back TABLE: through a pipe, and through shards, into tables of the same kind
there_and_back()
{
	local way
	for way in pipe shards; do
		psql_client "$DB" -c "DROP TABLE IF EXISTS back" -c "CREATE TABLE back (LIKE $1 INCLUDING ALL)"
		if [ $way = pipe ]; then
			extract --end-mark "$URI" "$1" | command load -q --end-mark "$URI" back
		else
			extract -j2 -n 3 -d "shards.$1" "$URI" "$1" 3>&-
			command load -q "$URI" back "shards.$1"/part-*
		fi
		echo "$1 by $way: $(table_hash "$DB" "$1") $(table_hash "$DB" back)"
		[ "$(table_hash "$DB" "$1")" = "$(table_hash "$DB" back)" ]
		# also what two texts do not tell apart
		[ "$(psql_client "$DB" -c "SELECT count(*) FROM $1 one JOIN back two ON one.id = two.id
			AND pg_catalog.record_image_eq(one, two)")" = "$(psql_client "$DB" -c "SELECT count(*) FROM $1")" ]
	done
}

@test "numbers" {
	psql_client "$DB" -c "CREATE TABLE numbers (id int PRIMARY KEY, s smallint, i int, b bigint, n numeric, p numeric(40,20),
		neg numeric(3,-2), r real, d double precision, m money, o oid, bo boolean)" -c "INSERT INTO numbers VALUES
		(1, -32768, -2147483648, -9223372036854775808, 'NaN', 12345678901234567890.12345678901234567890, 99900, 'NaN', 'NaN', '-92233720368547758.08', 4294967295, true),
		(2, 32767, 2147483647, 9223372036854775807, 'Infinity', -0.00000000000000000001, -99900, 'Infinity', 'Infinity', '92233720368547758.07', 0, false),
		(3, 0, 0, 0, '-Infinity', 0, 0, '-Infinity', '-Infinity', '1,234.50', 1, NULL),
		(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
		(5, 1, 1, 1, 1.500, 1, 100, '-0', '-0', 0, 1, true), (6, 1, 1, 1, 1e-16383, 1, 100, 1e-45, 4.9406564584124654e-324, 0.01, 1, true),
		(7, 1, 1, 1, 10::numeric ^ 131071, 1, 100, 3.4028235e38, 1.7976931348623157e308, -0.01, 1, true),
		(8, 1, 1, 1, -0.10, 1, 100, 0.1, 0.1, 0, 1, true), (9, 1, 1, 1, 1e-20, 1, 0, 16777217, 9007199254740993, 0, 1, true)" \
		-c "INSERT INTO numbers SELECT 100 + i, i, i, i, i / 7::numeric, i / 7::numeric, i * 100, sin(i), exp(i - 300), i, i, i % 2 = 0
			FROM generate_series(1, 500) i"
	there_and_back numbers
}

@test "dates, times, intervals" {
	psql_client "$DB" -c "CREATE TABLE times (id int PRIMARY KEY, d date, t time, tz timetz, ts timestamp, tstz timestamptz,
		ts0 timestamp(0), i interval, iy interval year to month, t3 time(3))" -c "INSERT INTO times VALUES
		(1, '4713-01-01 BC', '00:00', '00:00+15:59:59', '4713-01-01 00:00:00 BC', '4713-01-01 00:00:00+00 BC', '2000-01-01', '178000000 years', '1-2', '23:59:59.999'),
		(2, '5874897-12-31', '24:00', '24:00-15:59:59', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '1999-12-31 23:59:59', '-178000000 years', '-1-2', '24:00'),
		(3, 'infinity', '23:59:59.999999', '12:34:56.000001+05:30', 'infinity', 'infinity', 'infinity', '1 mon -1 day +00:00:00.000001', '0', '0:0'),
		(4, '-infinity', '12:00', '12:00+00', '-infinity', '-infinity', '-infinity', '-1 mon +2 days -03:04:05.6', NULL, NULL),
		(5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
		(6, '0001-01-01', '00:00:00.000001', '00:00:00.1-00:30', '0001-12-31 23:59:59.5 BC', '0001-12-31 23:59:59.5+00 BC', '0001-01-01 BC', '1 year 30 days 24:00:00', '1-0', '1:2:3'),
		(7, '1582-10-10', '04:05:06', '04:05:06+03', '1900-01-01', '1900-01-01 00:00:00+00:28', '1970-01-01', '2562047788:00:54.775807', '0-1', '0:0'),
		(8, '2000-02-29', '04:05:06', '04:05:06+03', '1900-01-01', '2038-01-19 03:14:08+00', '1970-01-01', '-2562047788:00:54.775807', '0-1', '0:0')"
	there_and_back times
}

@test "texts, bytes, bits" {
	psql_client "$DB" -c "CREATE TABLE texts (id int PRIMARY KEY, t text, v varchar(12), c char(6), ch \"char\", n name, b bytea,
		bit bit(5), vb varbit, vb3 varbit(3))" -c "INSERT INTO texts VALUES
		(1, '', '', '', '', '', '', '00000', '', ''), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
		(3, E'\\\\.', 'NULL', E'\\\\N', 'a', 'x', '\\x00', '10101', '1', '101'),
		(4, E'a\tb\nc\rd\r\n', ' \"\" ', '  x ', E'\\\\', 'é', '\\xff0a0d2c22', '11111', repeat('10', 500)::varbit, '0'),
		(5, ',', '\"', E'\n', ',', '\"', '\\x5c2e', '00001', '0', '1'), (6, 'é😀ع\u00a0', 'ééééééééééé', 'ünïcö', 'z', 'ж', '\\x', '01010', '', ''),
		(7, repeat('long \"text\", ', 100000), 'x', 'x', 'x', 'x', decode(repeat('00ff', 300000), 'hex'), '00000', '', '')" \
		-c "INSERT INTO texts SELECT 100 + i, chr(i), chr(i) || chr(i), NULL, NULL, NULL, set_byte('\\x00', 0, i % 256), NULL, NULL, NULL
			FROM generate_series(1, 700) i"
	there_and_back texts
}

@test "json, xml, networks, shapes, search" {
	psql_client "$DB" -c "CREATE TABLE others (id int PRIMARY KEY, j json, jb jsonb, jp jsonpath, x xml, u uuid, i inet, ci cidr, m macaddr, m8 macaddr8,
		p point, l line, ls lseg, bx box, pa path, po polygon, c circle, tv tsvector, tq tsquery, lsn pg_lsn, sn pg_snapshot, x8 xid8, ti tid, rc regclass)" \
		-c "INSERT INTO others VALUES
		(1, ' {\"b\" : 1, \"a\": [1.0, null, \"\\u00e9\"], \"a\": 2} ', '{\"b\": 1.50, \"a\": {\"x\\\"y\": [true, null, \"é,\"]}}', '\$.a[*] ? (@.b > 1)', '<a b=\"c\">d &amp; é</a>',
		'ffffffff-ffff-ffff-ffff-ffffffffffff', '::ffff:1.2.3.4/128', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05',
		'(1e-300,-0)', '{1,-1,0.1}', '[(0,0),(1,1)]', '(2,2),(0,0)', '[(0,0),(1,1),(2,0)]', '((0,0),(1,1),(2,0))', '<(0.1,0.2),3>',
		'''a b'':1A,2B ''c,'' d''''e:16383', '''fat cat'':*A & !(rat | \"x\")', 'FFFFFFFF/FFFFFFFF', '10:20:10,14,15', '18446744073709551615', '(4294967295,65535)', 'others'),
		(2, 'null', 'null', 'strict \$', '', '00000000-0000-0000-0000-000000000000', '0.0.0.0/0', '::/0', '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff:ff:ff',
		'(Infinity,NaN)', '{0,1,0}', '[(0,0),(0,0)]', '(0,0),(0,0)', '((0,0))', '((0,0))', '<(0,0),0>', '', '', '0/0', '1:1:', '0', '(0,0)', 'pg_class'),
		(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
		(4, '\"\"', '\"\"', '\$', 'just text, \"quoted\"', gen_random_uuid(), '192.168.1.5/24', '192.168.1.0/24', '01-02-03-04-05-06', '01-02-03-04-05-06',
		'(0,0)', '{1,1,1}', '[(0,0),(1,1)]', '(2,2),(0,0)', '[(0,0)]', '((0,0))', '<(0,0),1>', 'a:1', '!a', '0/1', '1:1:', '1', '(0,1)', NULL)"
	there_and_back others
}

@test "arrays, enums, composites, domains, ranges" {
	psql_client "$DB" -c "CREATE TYPE mood AS ENUM ('sad', 'o,k', 'very \"happy\"', '');
		CREATE TYPE pair AS (a int, \"B b\" text); CREATE TYPE nested AS (p pair, l pair[]);
		CREATE DOMAIN positive AS numeric(10,2) CHECK (value > 0); CREATE DOMAIN twice AS positive;
		CREATE DOMAIN list AS int[] CHECK (cardinality(value) < 5); CREATE TYPE spans AS RANGE (subtype = float8);
		CREATE TABLE built (id int PRIMARY KEY, e mood, ea mood[], p pair, ne nested, d twice, l list, ia int[], ta text[], ba bytea[], za timestamptz[],
		r4 int4range, r8 int8range, rn numrange, rt tsrange, rz tstzrange, rd daterange, mr int4multirange, sp spans, v int2vector)" \
		-c "INSERT INTO built VALUES
		(1, 'sad', '{sad,\"o,k\"}', ROW(1, 'x'), ROW(ROW(1, 'a,\"b\\'), ARRAY[ROW(2, NULL)::pair, NULL]), 0.01, '{1,2}', '{{1,2},{3,NULL}}', '{\"\",NULL,\"NULL\",\"a\\\"b\",\"{}\"}',
		ARRAY['\\x00ff'::bytea], '{infinity,2020-01-01 00:00:00+03}', '[1,10)', '(,)', '[1.5,)', '[2000-01-01,2001-01-01]', '(-infinity,2020-01-01 00:00+03]', 'empty',
		'{[1,3),[5,)}', '[0.1,NaN]', '1 2 3'),
		(2, '', '{}', ROW(NULL, NULL), ROW(NULL, '{}'), 99999999.99, '{}', '[2:3]={7,8}', '{}', '{}', '{}', 'empty', '[,5]', '(,)', 'empty', '(,)', '[2000-01-01,infinity]', '{}', 'empty', ''),
		(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
		(4, 'very \"happy\"', '{NULL}', ROW(-1, ''), ROW(ROW(NULL, ''), NULL), 1, '{NULL}', '{{{1}}}', E'{\"a\nb\"}', '{NULL}', '{NULL}', '(1,2)', '[1,1]', '(1,1)', '(,2000-01-01)', '[2000-01-01 00:00+00,)', '(,)', '{(,)}', '(,-0.0)', '0')"
	there_and_back built
}

@test "a table with all that columns can be: identity, generated, defaults, odd names" {
	psql_client "$DB" -c "CREATE TABLE odd (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, \"a,b\" text DEFAULT 'x',
		\"c\"\"d\" int GENERATED ALWAYS AS (length(\"a,b\")) STORED, \"_x\" int, \"é\" int)" \
		-c "INSERT INTO odd (\"a,b\", \"é\") VALUES (NULL, 1), (DEFAULT, NULL), ('', 2)" -c "DROP TABLE IF EXISTS back" \
		-c "CREATE TABLE back (LIKE odd INCLUDING ALL)"
	# what is generated there again cannot be loaded
	run --separate-stderr bash -c 'extract "$0" odd | load "$0" back' "$URI"
	[ "$status" -eq 2 ]
	extract -c 'id,"a,b",é' "$URI" odd | command load -q "$URI" back
	[ "$(table_hash "$DB" odd)" = "$(table_hash "$DB" back)" ]
}
