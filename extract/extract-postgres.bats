#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2012,SC2154,SC2317
#
# extract-postgres.bats - extract out of a real PostgreSQL
#
# The stream is compared with what psql's \copy writes, in a session whose
# settings are the stream's; the database's own settings are hostile.

bats_require_minimum_version 1.5.0
load ../scripts/test-helpers

setup_file()
{
	need_servers
	export DB=extract_postgres_$$
	export URI
	URI=$(database_uri "$POSTGRES_URI" $DB)
	psql_client postgres -c "CREATE DATABASE $DB ENCODING 'UTF8' TEMPLATE template0"
	pg -c "ALTER DATABASE $DB SET datestyle = 'German'" -c "ALTER DATABASE $DB SET timezone = 'Asia/Riyadh'" \
		-c "ALTER DATABASE $DB SET bytea_output = 'escape'" \
		-c "ALTER DATABASE $DB SET extra_float_digits = -3" \
		-c "ALTER DATABASE $DB SET intervalstyle = 'sql_standard'" \
		-c "ALTER DATABASE $DB SET statement_timeout = '700ms'" \
		-c "ALTER DATABASE $DB SET standard_conforming_strings = off" \
		-c "CREATE TABLE few (id int PRIMARY KEY, name text);
		INSERT INTO few VALUES (1, 'a'), (2, ''), (3, NULL), (4, 'd'), (5, 'e'), (6, 'f')"
}

teardown_file()
{
	psql_client postgres -c "DROP DATABASE IF EXISTS $DB WITH (FORCE)" \
		-c "DROP ROLE IF EXISTS ${DB}_user"
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
}

# A session whose settings are not the database's, but the stream's.
pg()
{
	PGOPTIONS="-c datestyle=ISO -c timezone=UTC -c bytea_output=hex -c extra_float_digits=1 \
		-c intervalstyle=postgres -c statement_timeout=0 -c standard_conforming_strings=on \
		-c client_min_messages=warning" \
		psql -qXAt -v ON_ERROR_STOP=1 "$(database_uri "$POSTGRES_URI" "$DB")" "$@"
}

# same_query SQL [EXTRACT_ARGUMENT...]: extract's stream and \copy's
same_query()
{
	local sql=$1
	shift
	pg -c "\\copy ($sql) TO 'want.csv' CSV HEADER"
	extract "$URI" "$@" >got.csv
	cmp want.csv got.csv
}

# The backends that wait for the advisory lock in a statement that names MARK.
waiting()
{
	pg -c "SELECT pid FROM pg_stat_activity WHERE datname = '$DB' AND wait_event = 'advisory'
		AND query LIKE '%$1%' ORDER BY pid"
}

is_waiting()
{
	[ -n "$(waiting "$1")" ]
}

is_held()
{
	[ "$(pg -c "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
		WHERE d.datname = '$DB' AND locktype = 'advisory' AND objid = $1 AND granted")" -gt 0 ]
}

# A session holds advisory lock 1 until release; lock.sql waits for it.
hold()
{
	pg -c "SELECT pg_advisory_lock(1)" -c "SELECT pg_sleep(600) AS holder" >/dev/null 2>&1 3>&- &
	wait_for is_held 1
	echo "SELECT pg_advisory_lock_shared(1) IS NULL AS got_it" >lock.sql
}

release()
{
	pg -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$DB'
		AND query LIKE '%AS holder%' AND pid <> pg_backend_pid()" >/dev/null
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
		postgres://%zz/x few|wrong target
		nosuch=x few|wrong target
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

@test "one snapshot over all connections, tables and queries; what the manifest says of it" {
	hold
	echo "SELECT count(*) AS n FROM few" >count.sql
	extract -j2 -n 2 -d out --query lock=lock.sql --query count=count.sql "$URI" few 3>&- &
	local pid=$!
	wait_for is_waiting pg_advisory
	wait_for test -e out/few/part-00002.csv.zst
	pg -c "INSERT INTO few VALUES (7, 'late')"
	release
	wait $pid
	pg -c "DELETE FROM few WHERE id = 7"
	[ "$(shard_rows out/few | wc -l)" -eq 6 ]
	[ "$(shard_rows out/count)" = 6 ]
	[ "$(package_json out/few '{caravan,snapshot}')" = "$(package_json out/count '{caravan,snapshot}')" ]
	[ "$(package_json out/few '{caravan,snapshot,method}')" = exported ]
	[ "$(package_json out/few '{caravan,snapshot,shared}')" = true ]
	[[ "$(package_json out/few '{caravan,snapshot,id}')" = *-*-* ]]
	[ "$(package_json out/few '{caravan,consistent}')" = true ]
	[ "$(package_json out/few '{caravan,server,system_identifier}')" = "$(pg -c "SELECT system_identifier FROM pg_control_system()")" ]
	[ "$(package_json out/few '{caravan,server,database}')" = "$DB" ]
	# the position lies behind what the snapshot has, and before the row that came late
	[ "$(pg -c "SELECT '$(package_json out/few '{caravan,snapshot,wal_position}')'::pg_lsn < pg_current_wal_lsn()")" = t ]
	extract -d one "$URI" few
	[ "$(package_json one '{caravan,snapshot,method}')" = "one connection" ]
	run -2 --separate-stderr extract -d one "$URI" few
	[[ $stderr = *"has shards already: --again replaces them"* ]]
	extract --again -d one "$URI" few
}

@test "transfers while several connections read: sums are exact over all tables and shards" {
	pg -c "CREATE TABLE sum_a (id int PRIMARY KEY, v int); INSERT INTO sum_a SELECT i, 100 FROM generate_series(1, 3000) i;
		CREATE TABLE sum_b (LIKE sum_a INCLUDING ALL); INSERT INTO sum_b TABLE sum_a;
		CREATE TABLE sum_moved (n int); INSERT INTO sum_moved VALUES (0);
		CREATE PROCEDURE transfer() LANGUAGE plpgsql AS \$\$
		DECLARE i int := 0;
		BEGIN
			WHILE i < 10000000 LOOP
				UPDATE sum_a SET v = v - 1 WHERE id = 1 + i::bigint * 7 % 3000;
				UPDATE sum_b SET v = v + 1 WHERE id = 1 + i::bigint * 11 % 3000;
				UPDATE sum_moved SET n = n + 1;
				COMMIT;
				i := i + 1;
			END LOOP;
		END \$\$"
	pg -c "CALL transfer()" >/dev/null 2>&1 3>&- &
	local writer=$! i before after a b moved
	for i in 1 2 3; do
		before=$(pg -c "SELECT n FROM sum_moved")
		wait_for moved_over "$before"
		extract -j2 -n 100 --max-rows-per-second 30000 -d "out$i" "$URI" sum_a sum_b sum_moved 3>&-
		after=$(pg -c "SELECT n FROM sum_moved")
		a=$(shard_rows "out$i/sum_a" | awk -F, '{ s += $2 } END { print s }')
		b=$(shard_rows "out$i/sum_b" | awk -F, '{ s += $2 } END { print s }')
		moved=$(shard_rows "out$i/sum_moved")
		echo "run $i: a $a, b $b, moved $moved, of $before to $after"
		[ "$a" -eq $((300000 - moved)) ]
		[ "$b" -eq $((300000 + moved)) ]
		# the writer went on meanwhile
		[ "$moved" -ge "$before" ]
		[ "$moved" -lt "$after" ]
	done
	pg -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$DB' AND query LIKE 'CALL%'" >/dev/null
	wait $writer || true
}

moved_over()
{
	[ "$(pg -c "SELECT n FROM sum_moved")" -gt "$1" ]
}

# another_waits PID CLIENT: a backend other than PID waits for the lock, or CLIENT has ended
another_waits()
{
	local pid
	pid=$(waiting pg_advisory)
	! kill -0 "$2" 2>/dev/null || { [ -n "$pid" ] && [ "$pid" != "$1" ]; }
}

# kill_waiting CLIENT: cut its connection that waits for the lock; wait until another waits
kill_waiting()
{
	local pid
	pid=$(waiting pg_advisory)
	pg -c "SELECT pg_terminate_backend($pid)" >/dev/null
	wait_for another_waits "$pid" "$1"
}

@test "a lost connection: another takes over; all lost: begun again, once" {
	hold
	extract -j2 -n 2 -d out --query lock=lock.sql "$URI" few 2>err 3>&- &
	local pid=$! status=0
	wait_for is_waiting pg_advisory
	kill_waiting $pid
	release
	wait $pid
	[ ! -s err ]
	[ "$(package_json out/lock '{caravan,attempts}')" = 1 ]
	[ "$(shard_rows out/lock)" = f ]
	[ "$(shard_rows out/few | wc -l)" -eq 6 ]

	hold
	extract -n 2 -d again --query lock=lock.sql "$URI" few 2>err 3>&- &
	pid=$!
	wait_for is_waiting pg_advisory
	kill_waiting $pid
	release
	wait $pid
	cat err
	grep -q "warning: query 'lock': .*lost the connection to PostgreSQL at '.*; everything is begun again" err
	[ "$(package_json again/few '{caravan,attempts}')" = 2 ]
	[[ "$(package_json again/few '{caravan,begun_again}')" = *"lost the connection to PostgreSQL"* ]]
	[ "$(shard_rows again/few | wc -l)" -eq 6 ]

	hold
	extract -q -n 2 -d never --query lock=lock.sql "$URI" few 2>err 3>&- &
	pid=$!
	wait_for is_waiting pg_advisory
	kill_waiting $pid
	kill_waiting $pid
	wait $pid || status=$?
	release
	cat err
	[ "$status" -eq 3 ]
	[ "$(wc -l <err)" -eq 1 ]
	grep -q "lost the connection to PostgreSQL at '" err
	[ "$(package_json never/few '{caravan,complete}')" = false ]
}

no_backend()
{
	[ "$(pg -c "SELECT count(*) FROM pg_stat_activity WHERE datname = '$DB' AND query LIKE '%$1%'
		AND query NOT LIKE '%pg_stat_activity%' AND state <> 'idle'")" -eq 0 ]
}

@test "a failure of one connection stops the others, also those that wait for the server" {
	local status=0
	hold
	echo "SELECT 1 AS a FROM few WHERE (SELECT id FROM few) = 1" >fails.sql
	timeout 30 extract -j2 -d out --query lock=lock.sql --query fails=fails.sql "$URI" 2>err 3>&- ||
		status=$?
	cat err
	[ "$status" -eq 3 ]
	[ "$(wc -l <err)" -eq 1 ]
	grep -q "query 'fails'.*more than one row" err
	# and the server does not go on with what nobody waits for
	wait_for no_backend got_it
	release
}

@test "a stream that is given up ends the server's work, too" {
	echo "SELECT generate_series(1, 1000000000000) AS endless_one" >q.sql
	run --separate-stderr bash -c 'extract --query q=q.sql "$0" | head -1; exit ${PIPESTATUS[0]}' "$URI"
	[ "$status" -eq 141 ]
	[ "$output" = endless_one ]
	[ -z "$stderr" ]
	wait_for no_backend endless_one
}

is_blocked()
{
	[ -n "$(pg -c "SELECT pid FROM pg_stat_activity WHERE datname = '$DB' AND wait_event_type = 'Lock'
		AND application_name = 'extract'")" ]
}

# A table that others have locked keeps extract waiting between its snapshot and its first look.
@test "a table that is changed after the snapshot: exit 3, nothing of it written" {
	local statement status pid
	while read -r statement; do
		status=0
		pg -c "DROP TABLE IF EXISTS drift, drift2, drift_part, drift_one CASCADE;
			CREATE TABLE drift (id int PRIMARY KEY, a int); INSERT INTO drift VALUES (1, 2);
			CREATE TABLE drift_part (id int) PARTITION BY LIST (id);
			CREATE TABLE drift_one PARTITION OF drift_part FOR VALUES IN (1); INSERT INTO drift_part VALUES (1)"
		mkfifo gate
		pg <gate >/dev/null 2>&1 3>&- &
		exec 4>gate
		echo "BEGIN; LOCK TABLE few;" >&4
		wait_for is_locked few
		extract -q -d out "$URI" few drift drift_part 2>err 3>&- 4>&- &
		pid=$!
		wait_for is_blocked
		pg -c "$statement"
		echo "COMMIT;" >&4
		exec 4>&-
		wait $pid || status=$?
		echo "$statement: $status: $(cat err)"
		[ "$status" -eq 3 ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -qE "table 'drift(_part)?' was changed" err
		[ ! -e out ]
		rm gate
	done <<-'END'
		ALTER TABLE drift ADD COLUMN b int DEFAULT 5
		ALTER TABLE drift ALTER a TYPE text
		ALTER TABLE drift DROP COLUMN a
		ALTER TABLE drift RENAME COLUMN a TO b
		TRUNCATE drift
		TRUNCATE drift_one
		ALTER TABLE drift_part DETACH PARTITION drift_one
		CREATE TABLE drift2 PARTITION OF drift_part FOR VALUES IN (2)
	END
}

is_locked()
{
	[ "$(pg -c "SELECT count(*) FROM pg_locks WHERE relation = '$1'::regclass AND mode = 'AccessExclusiveLock'
		AND granted")" -gt 0 ]
}

@test "a table that is being read cannot be changed, and a change that gets through ends the run" {
	pg -c "CREATE TABLE steady (id int PRIMARY KEY); INSERT INTO steady SELECT generate_series(1, 10)"
	hold
	extract -n 3 -d out --query lock=lock.sql "$URI" steady 2>err 3>&- &
	local pid=$! status=0
	wait_for is_waiting pg_advisory
	run pg -c "SET lock_timeout = '100ms'" -c "TRUNCATE steady"
	[[ $output = *"lock timeout"* ]]
	release
	wait $pid
	[ "$(shard_rows out/steady | wc -l)" -eq 10 ]
	# attaching a partition needs no lock that would have to wait
	pg -c "CREATE TABLE grows (id int) PARTITION BY LIST (id); CREATE TABLE grows_1 PARTITION OF grows FOR VALUES IN (1);
		CREATE TABLE grows_2 (id int); INSERT INTO grows VALUES (1); INSERT INTO grows_2 VALUES (2)"
	hold
	extract -q -d grown --query lock=lock.sql "$URI" grows 2>err 3>&- &
	pid=$!
	wait_for is_waiting pg_advisory
	pg -c "ALTER TABLE grows ATTACH PARTITION grows_2 FOR VALUES IN (2)"
	release
	wait $pid || status=$?
	cat err
	[ "$status" -eq 3 ]
	grep -q "table 'grows' was changed" err
	[ "$(package_json grown/grows '{caravan,complete}')" = false ]
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

@test "a connection that is lost, a query that is cancelled or fails in the middle: exit 3, no end mark" {
	local case status pid
	for case in "pg_terminate_backend|lost the connection to PostgreSQL at '" "pg_cancel_backend|canceling statement"; do
		status=0
		hold
		echo "SELECT i, CASE WHEN i = 60000 THEN pg_advisory_lock_shared(1) END AS x FROM generate_series(1, 100000) i" >q.sql
		extract --end-mark -o out.csv --query q=q.sql "$URI" 2>err 3>&- &
		pid=$!
		wait_for is_waiting generate_series
		pg -c "SELECT ${case%%|*}($(waiting generate_series))" >/dev/null
		wait $pid || status=$?
		release
		cat err
		[ "$status" -eq 3 ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -qE "^extract: query 'q': after row [0-9]+: .*${case#*|}" err
		[ ! -e out.csv ]
	done
	echo "SELECT 10 / (60000 - i) AS x FROM generate_series(1, 100000) i" >q.sql
	run --separate-stderr bash -c 'extract --end-mark --query q=q.sql "$0" | tail -1; exit ${PIPESTATUS[0]}' "$URI"
	[ "$status" -eq 3 ]
	[[ $stderr = "extract: query 'q': after row 59999: 22012: division by zero" ]]
	[ "$output" != '\.' ]
}

# When the connection that counts did so last.
counted()
{
	pg -c "SELECT query_start FROM pg_stat_activity WHERE datname = '$DB' AND application_name = 'extract'
		AND query LIKE '%pg_stat_clear_snapshot%'"
}

counted_after()
{
	local now
	now=$(counted)
	[ -n "$now" ] && [ "$now" != "$1" ]
}

@test "--max-load pauses while the server's counter is over it; --max-rows-per-second" {
	local pid begin i first second
	for i in 1 2 3; do
		pg -c "SELECT pg_sleep(600) AS holder" >/dev/null 2>&1 3>&- &
	done
	extract -d out --max-load active=2 "$URI" few 3>&- &
	pid=$!
	# it looks again and again
	wait_for counted_after ""
	first=$(counted)
	wait_for counted_after "$first"
	second=$(counted)
	wait_for counted_after "$second"
	kill -0 $pid
	[ "$(ls out)" = datapackage.json ]
	release
	kill $pid
	wait $pid || true
	extract -d free --max-load connections=1000 "$URI" few
	[ "$(shard_rows free | wc -l)" -eq 6 ]
	begin=${EPOCHREALTIME/./}
	echo "SELECT generate_series(1, 1500) AS i" >q.sql
	[ "$(extract --max-rows-per-second 1000 --query q=q.sql "$URI" | wc -l)" -eq 1501 ]
	[ $((${EPOCHREALTIME/./} - begin)) -gt 1000000 ]
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
