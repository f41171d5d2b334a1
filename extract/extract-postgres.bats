#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2012,SC2154,SC2317
#
# extract-postgres.bats - extract out of a real PostgreSQL
#
# The stream is compared with what psql's \copy writes, in a session whose
# settings are the stream's; the database's own settings are hostile.

bats_require_minimum_version 1.5.0
load postgres-helpers

# same_query SQL [EXTRACT_ARGUMENT...]: extract's stream and \copy's
same_query()
{
	local sql=$1
	shift
	pg -c "\\copy ($sql) TO 'want.csv' CSV HEADER"
	extract "$URI" "$@" >got.csv
	cmp want.csv got.csv
}

@test "the stream is PostgreSQL's CSV, whatever the database's settings" {
	pg -c "CREATE TABLE kinds (id int PRIMARY KEY, t text, v varchar(9), c char(5), b bytea, o bool, d date,
		ts timestamp, tz timestamptz(3), i interval, f float4, g float8, n numeric, a text[], j json)" \
		-c "INSERT INTO kinds VALUES
		(1, '', '', '', '', true, 'infinity', '-infinity', '2021-03-04 05:06:07.891+03', '1 year -2 days 03:04:05.6', 0.1, 1e308, 'NaN', '{}', '{\"a\": [1,2]}'),
		(2, 'a,b', E'\"', E'x\ny', '\\x00ff5c', false, '0044-03-15 BC', '294276-12-31 23:59:59.999999', '4713-01-01 00:00:00+00 BC', '-1 mon', '-0', 'NaN', 1e-20, '{NULL,\"\",\"a,b\"}', ' [] '),
		(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
		(4, E'\\\\.', 'NULL', '\\N', '\\x', true, '2000-02-29', '1999-12-31 23:59:59.5', 'infinity', '0', 'Infinity', 4.9e-324, -0.10, '{{1,2},{3,4}}', 'null'),
		(5, E' \t\r\n', 'é😀', '  a', '\\x0a', false, '0001-01-01', '2000-01-01', '2000-01-01 00:00+00', '178000000 years', 3.4028235e38, 0.30000000000000004, 123456789012345678901234567890.5, '{\"\\\"\"}', '\"x\"')"
	same_query "SELECT * FROM kinds" kinds
	# told apart in one column, too
	pg -c "CREATE TABLE one (t text); INSERT INTO one VALUES (NULL), (''), (E'\\\\.'), ('a')"
	same_query "SELECT * FROM one" one
	[ "$(wc -l <got.csv)" -eq 5 ]
	# no limit of the database's on time
	echo "SELECT 1 AS a, pg_sleep(1) IS NULL AS b" >q.sql
	run -0 extract --query q=q.sql "$URI"
	[ "$output" = $'a,b\n1,f' ]
	# the address in libpq's other form
	run -0 extract "host=$PGHOST port=$PGPORT user=$PGUSER dbname=$DB" few -w 'id = 2'
	[ "$output" = $'id,name\n2,""' ]
}

@test "names, columns and conditions; schemas, quotes and case" {
	pg -c 'CREATE SCHEMA "Other"; CREATE TABLE "Other"."My.Table" ("a b" int, "C""d" text, e int GENERATED ALWAYS AS (1) STORED);
		INSERT INTO "Other"."My.Table" VALUES (1, NULL), (NULL, $$$$); CREATE TABLE "Mixed" (a int); CREATE TABLE "dot.ted" (a int)'
	run -0 extract "$URI" 'Other.My.Table'
	[ "$output" = $'a b,"C""d",e\n1,,1\n,"",1' ]
	run -0 extract -c '"C""d",a b' "$URI" '"Other"."My.Table"'
	[ "$output" = $'"C""d",a b\n,1\n"",' ]
	[ "$(extract "$URI" Mixed)" = a ]
	[ "$(extract "$URI" dot.ted)" = a ]
	[ "$(extract "$URI" FEW | wc -l)" -eq 7 ]
	[ "$(extract -c name,id -w "id > 4 OR name = '' -- these" "$URI" few)" = $'name,id\n"",2\ne,5\nf,6' ]
	# the search_path decides what a bare name is
	pg -c "CREATE SCHEMA s2; CREATE TABLE s2.few (x int)"
	[ "$(PGOPTIONS='-c search_path=s2' extract "$URI" few)" = x ]
	[ "$(extract "$URI" s2.few)" = x ]
	extract -d out "$URI" 'Other.My.Table' few
	[ "$(ls out)" = $'Other.My.Table\nfew' ]
}

@test "views, partitioned, inherited, foreign and materialized tables, generated and dropped columns" {
	pg -c "CREATE TABLE parted (k int, v text, PRIMARY KEY (k, v)) PARTITION BY RANGE (k);
		CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (500);
		CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (500) TO (2000) PARTITION BY HASH (v);
		CREATE TABLE parted_3 PARTITION OF parted_2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
		CREATE TABLE parted_4 PARTITION OF parted_2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
		INSERT INTO parted SELECT i, md5(i::text) FROM generate_series(0, 999) i;
		CREATE TABLE mother (a int PRIMARY KEY); INSERT INTO mother SELECT generate_series(1, 100);
		CREATE TABLE child (b int) INHERITS (mother); INSERT INTO child SELECT generate_series(51, 150), 1;
		CREATE VIEW seen AS SELECT k AS id, v FROM parted WHERE k < 10;
		CREATE MATERIALIZED VIEW kept AS SELECT * FROM seen; CREATE UNIQUE INDEX ON kept (id);
		CREATE TABLE computed (gone int, a int, g int GENERATED ALWAYS AS (a * 2) STORED,
			i bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
		ALTER TABLE computed DROP COLUMN gone; INSERT INTO computed (a) VALUES (4), (5)"
	extract -j2 -n 100 -d out "$URI" parted mother seen kept computed parted_2 3>&-
	shard_rows out/parted | cmp - <(pg -F, -c "SELECT * FROM parted ORDER BY k, v")
	[ "$(find out/parted -name 'part-*' | wc -l)" -eq 10 ]
	[ "$(package_json out/parted '{caravan,key}')" = '["k", "v"]' ]
	# the children's rows are the mother's, and her key is not unique over them
	shard_rows out/mother | sort -n | cmp - <(pg -c "SELECT a FROM mother ORDER BY a")
	[ "$(shard_rows out/mother | wc -l)" -eq 200 ]
	[ -z "$(package_json out/mother '{caravan,key}')" ]
	[ "$(shard_rows out/seen | wc -l)" -eq 10 ]
	[ "$(shard_rows out/kept | wc -l)" -eq 10 ]
	[ "$(shard_rows out/computed)" = $'4,8,1\n5,10,2' ]
	[ "$(shard_rows out/parted_2 | wc -l)" -eq 500 ]
	pg -c "CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
		CREATE FOREIGN TABLE strange (a int) SERVER nowhere"
	run -0 --separate-stderr extract --describe "$URI" strange
	[[ $output = *'"type": "foreign table"'* ]]
	run --separate-stderr extract "$URI" strange
	[ "$status" -eq 3 ]
	[[ $stderr = *"foreign-data wrapper"* ]]
}

@test "ranges of keys of all kinds: every row once, in the key's order" {
	pg -c "CREATE COLLATION german (provider = icu, locale = 'de-u-co-phonebk');
		CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
		CREATE DOMAIN code AS text NOT NULL CHECK (value <> 'never');
		CREATE TYPE mood AS ENUM ('zzz', 'sad', 'aaa', 'ok'); CREATE TYPE pair AS (a int, b text);
		CREATE TABLE k_sparse (id bigint PRIMARY KEY, v int);
		INSERT INTO k_sparse SELECT i * i * i * 8762189::numeric - 4611686018427387904, i FROM generate_series(1, 1018::bigint) i;
		INSERT INTO k_sparse VALUES (9223372036854775807, 0), (-9223372036854775808, 0);
		CREATE TABLE k_composite (v int, c timestamp(3), b varchar(20), a smallint, PRIMARY KEY (a, b, c));
		INSERT INTO k_composite SELECT i, '2020-01-01'::timestamp + i * 7 % 1013 * interval '1 ms',
			(ARRAY['a', 'É', 'z', 'Ähm', 'e2', '', E'q''\\\\'])[i % 7 + 1], i % 5 - 3 FROM generate_series(1, 1000) i;
		CREATE TABLE k_german (name text COLLATE german PRIMARY KEY);
		INSERT INTO k_german SELECT (ARRAY['ä', 'Ae', 'z', 'Ö', 'oe', E'\\\\', '''', 'a b'])[i % 8 + 1] || i FROM generate_series(1, 1000) i;
		CREATE TABLE k_loose (name text COLLATE loose NOT NULL UNIQUE);
		INSERT INTO k_loose SELECT (ARRAY['e', 'É', 'X', 'y'])[i % 4 + 1] || i FROM generate_series(1, 1000) i;
		CREATE TABLE k_char (c char(8) PRIMARY KEY); INSERT INTO k_char SELECT i::text FROM generate_series(1, 1000) i;
		CREATE TABLE k_domain (d code PRIMARY KEY); INSERT INTO k_domain SELECT 'd' || i FROM generate_series(1, 1000) i;
		CREATE TABLE k_uuid (u uuid PRIMARY KEY); INSERT INTO k_uuid SELECT md5(i::text)::uuid FROM generate_series(1, 1000) i;
		CREATE TABLE k_bytea (b bytea PRIMARY KEY); INSERT INTO k_bytea SELECT decode(md5(i::text), 'hex') FROM generate_series(1, 998) i;
		INSERT INTO k_bytea VALUES (''), ('\\x00');
		CREATE TABLE k_time (t timestamptz PRIMARY KEY); INSERT INTO k_time SELECT '2001-01-01 00:00+00'::timestamptz + i * interval '1 day 1 us' FROM generate_series(1, 998) i;
		INSERT INTO k_time VALUES ('infinity'), ('-infinity');
		CREATE TABLE k_float (f float8 PRIMARY KEY); INSERT INTO k_float SELECT sin(i) * 10 ^ (i % 600 - 300) FROM generate_series(1, 997) i;
		INSERT INTO k_float VALUES ('NaN'), ('Infinity'), ('-Infinity');
		CREATE TABLE k_odd (m mood, a int[], r int4range, p pair, n numeric, i inet, PRIMARY KEY (m, a, r, p, n, i));
		INSERT INTO k_odd SELECT (enum_range(NULL::mood))[i % 4 + 1], ARRAY[i % 3, NULL], int4range(i % 5, 9),
			ROW(i % 7, 'x,\"' || i)::pair, i % 11 / 7.0, '10.0.0.0'::inet + i FROM generate_series(1, 1000) i;
		CREATE TABLE k_second (id int NOT NULL UNIQUE, d int, n int UNIQUE, PRIMARY KEY (d)) WITH (fillfactor = 50);
		INSERT INTO k_second SELECT i, i, NULL FROM generate_series(1, 1000) i;
		CREATE TABLE k_name (\"odd\"\"name\" int PRIMARY KEY, x int);
		INSERT INTO k_name SELECT i, -i FROM generate_series(1, 1000) i"
	local t columns
	while IFS='|' read -r t columns; do
		extract -j3 -n 100 -d "out.$t" "$URI" "$t" 3>&-
		pg -c "\\copy (SELECT * FROM $t ORDER BY $columns) TO 'want' CSV"
		echo "$t: $(wc -l <want) rows"
		shard_rows "out.$t" | cmp want -
		[ "$(find "out.$t" -name 'part-*' | wc -l)" -eq $((($(wc -l <want) + 99) / 100)) ]
		[ "$(package_json "out.$t" '{caravan,rows}')" -eq "$(wc -l <want)" ]
	done <<-'END'
		k_sparse|id
		k_composite|a, b, c
		k_german|name
		k_loose|name
		k_char|c
		k_domain|d
		k_uuid|u
		k_bytea|b
		k_time|t
		k_float|f
		k_odd|m, a, r, p, n, i
		k_second|d
		k_name|"odd""name"
	END
	[ "$(package_json out.k_composite '{caravan,key}')" = '["a", "b", "c"]' ]
	# each range begins where the one before it ended
	[ "$(package_json out.k_german '{resources,3,caravan,upto}')" = "$(package_json out.k_german '{resources,4,caravan,after}')" ]
	[ "$(package_json out.k_german '{resources,0,caravan,after}')" = "" ]
	# also of some columns, without the key among them, and of some rows
	extract -j2 -n 100 -d some -c v -w 'v % 2 = 0 OR v = 7 -- these' "$URI" k_composite 3>&-
	shard_rows some | sort -n | cmp - <(pg -c "SELECT v FROM k_composite WHERE v % 2 = 0 OR v = 7 ORDER BY v")
	[ "$(find some -name 'part-*' | wc -l)" -eq 6 ]
}

@test "keys that will not do: the table is read from end to end" {
	pg -c "CREATE TABLE n_none (v int); CREATE TABLE n_null (v int UNIQUE); CREATE TABLE n_some (v int NOT NULL);
		CREATE UNIQUE INDEX ON n_some (v) WHERE v > 0; CREATE TABLE n_expression (v int NOT NULL);
		CREATE UNIQUE INDEX ON n_expression ((v + 1)); CREATE TABLE n_down (v int NOT NULL);
		CREATE UNIQUE INDEX ON n_down (v DESC); CREATE TABLE n_other (v text NOT NULL);
		CREATE UNIQUE INDEX ON n_other (v text_pattern_ops); CREATE TABLE n_collated (v text NOT NULL);
		CREATE UNIQUE INDEX ON n_collated (v COLLATE \"POSIX\"); CREATE VIEW n_view AS SELECT * FROM n_none"
	local t
	for t in n_none n_null n_some n_expression n_down n_other n_collated; do
		pg -c "INSERT INTO $t SELECT generate_series(1, 1000)"
	done
	for t in n_none n_null n_some n_expression n_down n_other n_collated n_view; do
		extract -j2 -n 300 -d "out.$t" "$URI" "$t" 3>&-
		shard_rows "out.$t" | sort -n | cmp - <(seq 1000)
		[ "$(find "out.$t" -name 'part-*' | wc -l)" -eq 4 ]
		[ -z "$(package_json "out.$t" '{caravan,key}')" ]
	done
}

@test "a key of an operator class that lies in another schema is compared by its own operators" {
	# a type whose order is the reverse of text's, which it is coerced to
	pg <<-'SQL'
		CREATE SCHEMA ops;
		CREATE FUNCTION ops.cmp(inet, inet) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.network_cmp($2, $1)';
		CREATE FUNCTION ops.lt(inet, inet) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.network_cmp($2, $1) < 0';
		CREATE FUNCTION ops.le(inet, inet) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.network_cmp($2, $1) <= 0';
		CREATE FUNCTION ops.gt(inet, inet) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.network_cmp($2, $1) > 0';
		CREATE OPERATOR ops.< (LEFTARG = inet, RIGHTARG = inet, FUNCTION = ops.lt);
		CREATE OPERATOR ops.<= (LEFTARG = inet, RIGHTARG = inet, FUNCTION = ops.le);
		CREATE OPERATOR ops.> (LEFTARG = inet, RIGHTARG = inet, FUNCTION = ops.gt);
		CREATE OPERATOR CLASS ops.reverse FOR TYPE inet USING btree AS OPERATOR 1 ops.<, OPERATOR 2 ops.<=,
			OPERATOR 3 pg_catalog.=, OPERATOR 5 ops.>, FUNCTION 1 ops.cmp(inet, inet);
		CREATE TABLE k_class (i inet NOT NULL);
		CREATE UNIQUE INDEX ON k_class (i ops.reverse);
		INSERT INTO k_class SELECT '10.0.0.0'::inet + i FROM generate_series(1, 500) i;
	SQL
	# not the order that ORDER BY has: no key
	extract -n 100 -d out "$URI" k_class
	[ -z "$(package_json out '{caravan,key}')" ]
	[ "$(shard_rows out | sort -u | wc -l)" -eq 500 ]
}

@test "a large table is walked by its index, not sorted for each shard" {
	pg -c "CREATE TABLE big (id uuid PRIMARY KEY, pad text); INSERT INTO big
		SELECT md5(i::text)::uuid, repeat('x', 300) FROM generate_series(1, 100000) i" -c "ANALYZE big"
	local before after
	before=$(pg -c "SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_user_tables WHERE relname = 'big'")
	extract -n 5000 -d out "$URI" big
	[ "$(find out -name 'part-*' | wc -l)" -eq 20 ]
	[ "$(shard_rows out | cut -d, -f1 | sort -u | wc -l)" -eq 100000 ]
	pg -c "SELECT pg_stat_force_next_flush()" >/dev/null
	after=$(pg -c "SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_user_tables WHERE relname = 'big'")
	echo "sequential scans: $before before, $after after"
	[ "$after" -le $((before + 1)) ]
}

@test "queries" {
	echo "SELECT id, name AS \"the name\", now() IS NULL AS x FROM few WHERE id < 3 ORDER BY id DESC; -- end" >q.sql
	run -2 extract --query q=q.sql "$URI"
	echo "SELECT id, name AS \"the name\", now() IS NULL AS x FROM few WHERE id < 3 ORDER BY id DESC; " >q.sql
	run -0 extract --query q=q.sql "$URI"
	[ "$output" = $'id,the name,x\n2,"",f\n1,a,f' ]
	echo "WITH w AS (VALUES (1, NULL::numeric(10,2)), (2, 0.5)) TABLE w -- all" >q.sql
	run -0 extract -d out --query q=q.sql "$URI"
	[ "$(shard_rows out)" = $'1,\n2,0.5' ]
	[ "$(package_json out '{caravan,sql}')" = "$(cat q.sql)" ]
	[ "$(package_json out '{resources,0,schema,fields,1}')" = '{"name": "column2", "type": "number", "caravan": {"type": "numeric"}}' ]
}

@test "what is wrong: exit 2, one line, nothing written" {
	local arguments text
	while IFS='|' read -r arguments text; do
		# shellcheck disable=SC2086
		run --separate-stderr extract $arguments
		echo "$arguments: $status: $stderr"
		[ "$status" -eq 2 ]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr = *"$text"* ]]
		[ -z "$output" ]
		[ ! -e out ]
	done <<-END
		$URI nosuch|has no table 'nosuch'
		$URI fe|has no table 'fe' (is 'few' meant?)
		$URI -d out few nosuch|has no table 'nosuch'
		$URI a.b.c.d|has no table
		$URI pg_class_oid_index|is not a table
		$URI few -c nme|did you mean 'name'
		$URI few -c id,id|named twice
		$URI -d out few -w nosuch=1|column "nosuch" does not exist
		$URI -d out few -w id=|syntax error
		$URI -d out few -w id='a'|invalid input syntax for type integer
		$URI few -j2 -d out --no-lock|--no-lock is for MySQL
		$URI few --defaults-file x|--defaults-file is for MySQL
		$URI few --max-load Threads_running=1|PostgreSQL has no counter 'Threads_running'
		$DB few|the source must be of the form
		postgres://%zz/x few|wrong address
		nosuch=x few|wrong address
	END
	while read -r text; do
		echo "$text" >q.sql
		run --separate-stderr extract -d out --query q=q.sql "$URI"
		echo "$text: $status: $stderr"
		[ "$status" -eq 2 ]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[ ! -e out ]
	done <<-'END'
		SELECT
		SELECT 1) TO '/tmp/x' --
		SELECT 1 AS a; SELECT 2 AS a
		SELECT 1 AS a, 2 AS a
		SELECT $1 AS a
		SELECT * FROM nosuch
		SELECT 1/0 AS a
		SELECT 'x'::int AS a
		SHOW ALL
		EXPLAIN SELECT 1
		CREATE TABLE x (a int)
		SELECT 1 AS a INTO y
		DELETE FROM few RETURNING id
		WITH d AS (DELETE FROM few RETURNING id) SELECT * FROM d
	END
	[ "$(pg -c "SELECT count(*) FROM few")" -eq 6 ]
}

@test "rights: of tables, columns and rows; nothing is left out silently" {
	pg -c "CREATE ROLE ${DB}_user LOGIN; CREATE TABLE secret (id int PRIMARY KEY, a text, b text);
		INSERT INTO secret VALUES (1, 'a', 'b'); GRANT SELECT (id, a) ON secret TO ${DB}_user;
		CREATE TABLE rowwise (id int PRIMARY KEY); INSERT INTO rowwise VALUES (1), (2);
		ALTER TABLE rowwise ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON rowwise USING (id = 1);
		GRANT SELECT ON rowwise TO ${DB}_user"
	local as
	as="host=$PGHOST port=$PGPORT user=${DB}_user dbname=$DB"
	run --separate-stderr extract -d out "$as" few
	[ "$status" -eq 3 ]
	[[ $stderr = *"table 'few': 42501: permission denied for table few" ]]
	[ ! -e out ]
	run --separate-stderr extract "$as" secret
	[ "$status" -eq 3 ]
	[[ $stderr = *"permission denied"* ]]
	extract -j2 -d out -c id,a "$as" secret 3>&-
	[ "$(shard_rows out)" = 1,a ]
	run --separate-stderr extract -d rowwise "$as" rowwise
	[ "$status" -eq 3 ]
	[[ $stderr = *"row-level security"* ]]
	run --separate-stderr extract --max-load active=5 "$as" secret -c id
	[ "$status" -eq 3 ]
	[[ $stderr = *pg_read_all_stats* ]]
}

@test "a password is nowhere to be seen" {
	local with=${URI/:\/\//:\/\/u:S3cret%2Fword@}
	with="postgres://u:S3cret%2Fword@/$DB?host=$PGHOST&port=$PGPORT&user=$PGUSER"
	run -0 --separate-stderr extract -d out "$with" few
	[[ $stderr = *"warning: a password on the command line"*"PGPASSWORD"* ]]
	run ! grep -rq S3cret out
	hold
	extract -q --query q=lock.sql "$with" >/dev/null 3>&- &
	local pid=$!
	wait_for is_waiting pg_advisory
	run -0 tr '\0' ' ' <"/proc/$pid/cmdline"
	[[ $output != *S3cret* ]]
	release
	wait $pid
	run --separate-stderr extract "postgres://u:S3cret@127.0.0.1:1/d" few
	[ "$status" -eq 3 ]
	[[ $stderr = *"cannot connect to PostgreSQL at '127.0.0.1' port 1, database 'd'"* ]]
	[[ $stderr != *S3cret* ]]
}

@test "--list and --describe" {
	pg -c "CREATE SCHEMA lists; CREATE TABLE lists.parent (id bigint PRIMARY KEY);
		CREATE TABLE lists.described (a int NOT NULL DEFAULT 7, b varchar(9), e text CHECK (e IN ('x', 'y')),
		g int GENERATED ALWAYS AS (a + 1) STORED, p bigint REFERENCES lists.parent, ts timestamptz,
		PRIMARY KEY (b, a), UNIQUE (e, p)); COMMENT ON TABLE lists.described IS 'a table, \"so\"';
		COMMENT ON COLUMN lists.described.a IS 'how many'; INSERT INTO lists.parent VALUES (1); ANALYZE lists.parent"
	run -0 extract --list "$URI"
	[ "${lines[0]}" = "database,schema,table,type,rows,data_bytes,index_bytes,comment" ]
	[[ $output = *$'\n'"$DB,lists,described,table,,8192,16384,\"a table, \"\"so\"\"\""* ]]
	[[ $output = *$'\n'"$DB,lists,parent,table,1,8192,16384,"* ]]
	extract --describe "$URI" lists.described >described.json
	cat described.json
	j() { pg -v j="$(cat described.json)" <<<"SELECT :'j'::jsonb $1"; }
	[ "$(j "#>> '{fields,0,caravan}'")" = '{"type": "integer", "default": "7"}' ]
	[ "$(j "#>> '{fields,0,description}'")" = 'how many' ]
	[ "$(j "#>> '{fields,1,constraints}'")" = '{"required": true, "maxLength": 9}' ]
	[ "$(j "#>> '{fields,2,constraints,enum}'")" = '["x", "y"]' ]
	[ "$(j "#>> '{fields,3,caravan,generated}'")" = '(a + 1)' ]
	[ "$(j "->> 'primaryKey'")" = '["b", "a"]' ]
	[ "$(j "->> 'uniqueKeys'")" = '[["e", "p"]]' ]
	[ "$(j "#>> '{foreignKeys,0,reference}'")" = '{"fields": ["id"], "resource": "parent"}' ]
	[ "$(j "->> 'description'")" = 'a table, "so"' ]
	[ "$(j "#>> '{caravan,type}'")" = table ]
	[ "$(j "->> 'fieldsMatch'")" = "" ]
	# of some columns only what is about them
	extract --describe -c p,a "$URI" lists.described >described.json
	[ "$(j "->> 'primaryKey'")" = "" ]
	[ "$(j "#>> '{fields,0,name}'")" = p ]
	# validate takes it for a contract
	extract --describe "$URI" few >few.json
	extract "$URI" few | validate few.json | cmp - <(extract "$URI" few)
}

@test "memory does not grow with the table" {
	[ -z "${CARAVAN_SANITIZED:-}" ] || skip "sanitizers have memory of their own"
	local n
	for n in 1000 1000000; do
		echo "SELECT i, repeat('x', 100) AS x FROM generate_series(1, $n) i" >q.sql
		/usr/bin/time -o "rss.$n" -f %M extract --query q=q.sql "$URI" >/dev/null
	done
	echo "1000 rows: $(cat rss.1000) KiB, 1000000 rows: $(cat rss.1000000) KiB"
	[ "$(cat rss.1000000)" -lt $((32 * 1024)) ]
	[ "$(cat rss.1000000)" -lt $(($(cat rss.1000) + 2048)) ]
}
