#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2012,SC2154
#
# extract.bats - extract against a real MariaDB, and its CSV against a real PostgreSQL
#
# What a column should hold is asked of the server by another way than
# extract's (text protocol, HEX), what a CSV file holds of PostgreSQL's COPY.

bats_require_minimum_version 1.5.0

setup_file()
{
	: "${MYSQL_URI:?}" "${POSTGRES_URI:?}"
	export DB=extract_test_$$
	mysql_socket=${MYSQL_URI##*socket=}
	mysql_user=${MYSQL_URI#*://}
	mysql_user=${mysql_user%%@*}
	export mysql_socket mysql_user
	export URI="${MYSQL_URI%%\?*}$DB?socket=$mysql_socket"
	sql "" "CREATE DATABASE $DB CHARACTER SET utf8mb4"
	psql -qX "$POSTGRES_URI" -c "CREATE SCHEMA $DB"
	sql "$DB" "CREATE TABLE few (id INT PRIMARY KEY, name VARCHAR(20));
		INSERT INTO few VALUES (1, 'a'), (2, ''), (3, NULL), (4, 'd'), (5, 'e'), (6, 'f')"
}

teardown_file()
{
	sql "" "DROP DATABASE IF EXISTS $DB; DROP USER IF EXISTS ${DB}_user@localhost"
	psql -qX "$POSTGRES_URI" -c "DROP SCHEMA $DB CASCADE" 2>/dev/null
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
}

teardown()
{
	if [ -n "${own_pid:-}" ]; then
		kill "$own_pid"
		wait "$own_pid" || true
	fi
	[ -z "${own_dir:-}" ] || rm -rf "$own_dir"
}

# sql DATABASE STATEMENTS: tab-separated rows without header
sql()
{
	mariadb --no-defaults -S "$mysql_socket" -u "$mysql_user" --default-character-set=utf8mb4 \
		--init-command="SET sql_mode = '', time_zone = '+00:00'" \
		--batch --raw --skip-column-names -e "$2" "$1"
}

pg()
{
	PGOPTIONS="-c search_path=$DB -c client_min_messages=warning" \
		psql -qXAt -v ON_ERROR_STOP=1 "$POSTGRES_URI" "$@"
}

# pg_text FILE: the CSV in a table of text columns called like the header, in PostgreSQL
pg_text()
{
	local columns
	columns=$(head -1 "$1" | sed 's/[^,]*/"&" text/g')
	pg -c "DROP TABLE IF EXISTS t_$BATS_TEST_NUMBER" \
		-c "CREATE TABLE t_$BATS_TEST_NUMBER ($columns)" \
		-c "\\copy t_$BATS_TEST_NUMBER FROM '$1' CSV HEADER"
}

# same_column TABLE COLUMN [EXPRESSION]: the CSV's column, as PostgreSQL reads it, against the
# server's text of the expression; rows by id.
same_column()
{
	sql "$DB" "SELECT id, COALESCE(HEX(CONVERT(${3:-\`$2\`} USING utf8mb4)), 'NULL')
		FROM \`$1\` ORDER BY id" >"want.$2"
	pg -F $'\t' -c "SELECT id, coalesce(upper(encode(convert_to(\"$2\", 'UTF8'), 'hex')), 'NULL')
		FROM t_$BATS_TEST_NUMBER ORDER BY id::int" >"got.$2"
	diff "want.$2" "got.$2"
}

# wait_for CMD...: until it succeeds
wait_for()
{
	local end=$((SECONDS + 60))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# The id of the connection whose statement is in STATE ("User sleep", "User lock") and names MARK.
connection_in()
{
	sql "" "SELECT id FROM information_schema.processlist
		WHERE state = '$1' AND info LIKE '%$2%' AND info NOT LIKE '%processlist%'"
}

is_in()
{
	[ -n "$(connection_in "$1" "$2")" ]
}

@test "integers, decimals, bits, years: each type's ends, zeros and NULL" {
	sql "$DB" "CREATE TABLE numbers (id INT PRIMARY KEY AUTO_INCREMENT,
		t TINYINT, tu TINYINT UNSIGNED, s SMALLINT, su SMALLINT UNSIGNED,
		m MEDIUMINT, mu MEDIUMINT UNSIGNED, i INT, iu INT UNSIGNED,
		b BIGINT, bu BIGINT UNSIGNED, z INT(7) UNSIGNED ZEROFILL, tz TINYINT(1),
		dc DECIMAL(65,30), d0 DECIMAL(10,0), dz DECIMAL(8,2) UNSIGNED ZEROFILL,
		y YEAR, y2 YEAR(2), bool BOOLEAN,
		b1 BIT(1), b8 BIT(8), b13 BIT(13), b64 BIT(64));
		INSERT INTO numbers (t,tu,s,su,m,mu,i,iu,b,bu,z,tz,dc,d0,dz,y,y2,bool,b1,b8,b13,b64) VALUES
		(-128,0,-32768,0,-8388608,0,-2147483648,0,-9223372036854775808,0,0,-128,
		 -99999999999999999999999999999999999.999999999999999999999999999999,-9999999999,0,
		 '0000',70,FALSE,0,0,0,0),
		(127,255,32767,65535,8388607,16777215,2147483647,4294967295,9223372036854775807,
		 18446744073709551615,4294967295,127,
		 99999999999999999999999999999999999.999999999999999999999999999999,9999999999,999999.99,
		 2155,69,TRUE,1,255,8191,18446744073709551615),
		(0,1,-1,1,-1,1,-1,1,-1,1,42,2,0.000000000000000000000000000001,0,0.5,1901,0,2,1,10,44,13),
		(NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,
		 NULL,NULL,NULL,NULL)"
	extract "$URI" numbers >numbers.csv
	pg_text numbers.csv
	for c in t tu s su m mu i iu b bu z tz dc d0 dz y y2 bool; do
		same_column numbers "$c"
	done
	for c in b1 b8 b13 b64; do
		same_column numbers "$c" "CAST($c + 0 AS CHAR)"
	done
}

@test "floats read back the same on the server, and are PostgreSQL's own text" {
	sql "$DB" "CREATE TABLE floats (id INT PRIMARY KEY AUTO_INCREMENT, f FLOAT, d DOUBLE,
		fm FLOAT(10,3), dm DOUBLE(20,4));
		INSERT INTO floats (f, d, fm, dm) VALUES
		(0.1,0.1,1.2345,2.5), (16777216,-2.2250738585072014e-308,0,0),
		(3.4028234e38,1.7976931348623157e308,-0.001,-0.0001),
		(1.17549435e-38,4.9406564584124654e-324,9999999.999,1234567890123456.1234),
		(1e-45,123456789012345678,0,0), (1234567,1e15,0,0), (0.0001,0.0001,0,0),
		(0.00001,0.00001,0,0), (NULL,NULL,NULL,NULL), (-1e-45,-1e308,0,0);
		INSERT INTO floats (f, d, fm, dm) SELECT (RAND(7) - 0.5) * POW(10, CAST(seq AS SIGNED) % 77 - 38),
		(RAND(8) - 0.5) * POW(10, CAST(seq AS SIGNED) % 614 - 307), RAND(9) * 1e6, RAND(10) * 1e12
		FROM seq_1_to_3000;
		INSERT INTO floats (f, d) SELECT POW(2, CAST(seq AS SIGNED) - 149), POW(2, CAST(seq AS SIGNED) * 7 - 1074)
		FROM seq_0_to_276"
	extract "$URI" floats >floats.csv
	pg_text floats.csv
	run -0 pg -c "SELECT count(*) FROM t_$BATS_TEST_NUMBER WHERE f::real::text <> f
		OR d::float8::text <> d OR fm::real::text <> fm OR dm::float8::text <> dm"
	[ "$output" = 0 ]
	sql "$DB" "CREATE TABLE floats_back LIKE floats"
	sed '1d; s/,\(,\|$\)/,NULL\1/g; s/,\(,\|$\)/,NULL\1/g; s/.*/INSERT INTO floats_back VALUES (&);/' \
		floats.csv >back.sql
	sql "$DB" "SET autocommit = 0; source back.sql; COMMIT"
	run -0 sql "$DB" "SELECT COUNT(*), SUM(a.f <=> b.f AND a.d <=> b.d AND a.fm <=> b.fm
		AND a.dm <=> b.dm) FROM floats a JOIN floats_back b USING (id)"
	[ "$output" = "3287"$'\t'"3287" ]
}

@test "dates and times: zero, partial, fractions, beyond a day, timestamps in UTC" {
	sql "$DB" "CREATE TABLE times (id INT PRIMARY KEY AUTO_INCREMENT, d DATE, dt DATETIME,
		dt3 DATETIME(3), dt6 DATETIME(6), tm TIME, tm2 TIME(2), tm6 TIME(6),
		ts TIMESTAMP NULL, ts6 TIMESTAMP(6) NULL);
		INSERT INTO times (d, dt, dt3, dt6, tm, tm2, tm6, ts, ts6) VALUES
		('0000-00-00','0000-00-00','0000-00-00','0000-00-00',0,0,0,0,0),
		('2012-00-00','2012-01-00 10:00:00','2012-00-01','0000-00-00 00:00:01','838:59:59',
		 '838:59:59.99','838:59:59.999999','1970-01-01 00:00:01','1970-01-01 00:00:01.000001'),
		('1000-01-01','1000-01-01','1000-01-01 00:00:00.001','9999-12-31 23:59:59.999999',
		 '-838:59:59','-838:59:59.99','-838:59:59.999999','2038-01-19 03:14:07',
		 '2038-01-19 03:14:07.999999'),
		('9999-12-31','9999-12-31 23:59:59','0001-01-01','2012-02-29 12:00:00','-00:00:01',
		 '-00:00:00.01','24:00:00.000001','2012-06-30 23:59:59','2012-02-29 00:00:00'),
		(NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL)"
	extract "$URI" times >times.csv
	pg_text times.csv
	for c in d dt dt3 dt6 tm tm2 tm6; do
		same_column times "$c" "CAST($c AS CHAR)"
	done
	for c in ts ts6; do
		same_column times "$c" \
			"CONCAT(CAST($c AS CHAR), IF(CAST($c AS CHAR) LIKE '0000%', '', '+00'))"
	done
	# PostgreSQL reads the instants as such
	run -0 pg -c "SET timezone = 'Asia/Riyadh'" \
		-c "SELECT ts::timestamptz FROM t_$BATS_TEST_NUMBER WHERE id = '3'"
	[ "$output" = "2038-01-19 06:14:07+03" ]
}

@test "texts: character sets, padding, quotes, line ends, empty and NULL" {
	local charsets=(latin1 cp1251 koi8r cp1256 hebrew greek utf8mb3 ucs2 utf16 utf32 utf8mb4)
	sql "$DB" "CREATE TABLE texts (id INT PRIMARY KEY AUTO_INCREMENT,
		$(for c in "${charsets[@]}"; do printf '%s VARCHAR(200) CHARACTER SET %s, ' "c_$c" "$c"; done)
		ch CHAR(6), tt TINYTEXT, tx TEXT, mt MEDIUMTEXT, lt LONGTEXT,
		en ENUM('a','it''s','','c,d'), st SET('x','y','z'), js JSON)"
	sql "$DB" "INSERT INTO texts (ch, tt, tx, mt, lt, en, st, js) VALUES
		('ab  ','','a,b','say \"hi\"','x\r\ny\nz','it''s','x,z','{\"a\": [1, \"é\"]}'),
		('','\\\\.','\\\\N','NULL','  padded  ','','','[]'),
		('😀é','\t','\"',',','\r','c,d','x,y,z','null'),
		(NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
		INSERT INTO texts (en, lt) VALUES (99, REPEAT('x\"\n', 700000))"
	local letters='äÉßЖяעربαΩ😀'
	for c in "${charsets[@]}"; do
		# what the character set has of these letters; the rest is '?' already
		sql "$DB" "UPDATE texts SET c_$c = '$letters, plain' WHERE id = 1;
			UPDATE texts SET c_$c = '' WHERE id = 2"
	done
	extract "$URI" texts >texts.csv
	pg_text texts.csv
	for c in ch tt tx mt lt en st js "${charsets[@]/#/c_}"; do
		same_column texts "$c"
	done
	[ "$(pg -c "SELECT c_utf8mb4 FROM t_$BATS_TEST_NUMBER WHERE id = '1'")" = "$letters, plain" ]
}

@test "single-byte character sets byte by byte" {
	sql "$DB" "CREATE TABLE bytes (id INT PRIMARY KEY, l CHAR(1) CHARACTER SET latin1,
		c CHAR(1) CHARACTER SET cp1251);
		INSERT INTO bytes SELECT seq, CHAR(seq USING latin1), CHAR(seq USING cp1251)
		FROM seq_33_to_255"
	extract "$URI" bytes >bytes.csv
	pg_text bytes.csv
	same_column bytes l
	same_column bytes c
	# the one byte that cp1251 has no letter for is a question mark, as the page says
	run -0 pg -c "SELECT l, c FROM t_$BATS_TEST_NUMBER WHERE id IN ('152', '192') ORDER BY id"
	[ "${lines[0]}" = "˜|?" ]
	[ "${lines[1]}" = "À|А" ]
	echo "SELECT CAST(c AS BINARY) AS c FROM bytes WHERE id = 152" >q.sql
	[ "$(extract --query q=q.sql "$URI" | tail -1)" = '\x98' ]
}

@test "NUL bytes in texts come through" {
	sql "$DB" "CREATE TABLE nuls (t VARCHAR(10)); INSERT INTO nuls VALUES ('a\\0b'), ('\\0')"
	extract "$URI" nuls >nuls.csv
	printf 't\na\0b\n\0\n' | cmp - nuls.csv
}

@test "binary columns are hexadecimal" {
	sql "$DB" "CREATE TABLE bins (id INT PRIMARY KEY AUTO_INCREMENT, b BINARY(4), vb VARBINARY(300),
		tb TINYBLOB, bl BLOB, mb MEDIUMBLOB, lb LONGBLOB, tx VARCHAR(20) CHARACTER SET binary);
		INSERT INTO bins (b, vb, tb, bl, mb, lb, tx) VALUES
		('ab','','\\0','\\xff','x','\"',','), (x'00ff',x'0a0d',x'c328',x'22',x'2c',x'5c2e',''),
		('','','','','','',''), (NULL,NULL,NULL,NULL,NULL,NULL,NULL);
		INSERT INTO bins (mb, lb) VALUES
		(REPEAT(x'0001feff', 5000), REPEAT(x'000102030405060708', 200000))"
	extract "$URI" bins >bins.csv
	pg_text bins.csv
	for c in b vb tb bl mb lb tx; do
		same_column bins "$c" "CONCAT('\\\\x', LOWER(HEX($c)))"
	done
	# and PostgreSQL takes them for what they are
	[ "$(pg -c "SELECT octet_length(lb::bytea) FROM t_$BATS_TEST_NUMBER WHERE id = '5'")" = 1800000 ]
}

@test "geometry is WKB, or EWKB where it has an SRID; uuid and inet are text" {
	sql "$DB" "CREATE TABLE geo (id INT PRIMARY KEY AUTO_INCREMENT, g GEOMETRY, p POINT, ls LINESTRING,
		u UUID, i6 INET6, i4 INET4);
		INSERT INTO geo (g, p, ls, u, i6, i4) VALUES
		(ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'), POINT(1, -2),
		 ST_GeomFromText('LINESTRING(0 0,1 1)'), '123e4567-e89b-12d3-a456-426655440000',
		 '2001:db8::ff00:42:8329', '192.0.2.1'),
		(ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1))'), NULL, NULL, NULL, '::1', '0.0.0.0'),
		(NULL, NULL, NULL, NULL, NULL, NULL);
		INSERT INTO geo (p) VALUES (ST_GeomFromText('POINT(46.7 24.6)', 4326))"
	extract "$URI" geo >geo.csv
	pg_text geo.csv
	for c in g ls; do
		same_column geo "$c" "CONCAT('\\\\x', LOWER(HEX(ST_AsWKB($c))))"
	done
	# EWKB: byte order, type with the flag, SRID, coordinates
	same_column geo p "CONCAT('\\\\x', LOWER(IF(ST_SRID(p) = 0, HEX(ST_AsWKB(p)),
		CONCAT('0101000020E6100000', SUBSTR(HEX(ST_AsWKB(p)), 11)))))"
	for c in u i6 i4; do
		same_column geo "$c" "CAST($c AS CHAR)"
	done
}

@test "one column: NULL, the empty string and the end mark are told apart" {
	sql "$DB" "CREATE TABLE one (v VARCHAR(10)); INSERT INTO one VALUES (NULL), (''), ('\\\\.'), ('x')"
	extract --end-mark "$URI" one >one.csv
	printf 'v\n\n""\n"\\."\nx\n\\.\n' | cmp - one.csv
}

@test "generated and invisible columns are there, in the table's order" {
	sql "$DB" "CREATE TABLE gen (a INT, b INT INVISIBLE, v INT AS (a * 2) VIRTUAL,
		p INT AS (a * 3) PERSISTENT); INSERT INTO gen (a, b) VALUES (1, 7)"
	run -0 extract "$URI" gen
	[ "$output" = $'a,b,v,p\n1,7,2,3' ]
}

@test "odd names of tables and columns" {
	sql "$DB" "CREATE TABLE \`a.b\` (x INT); INSERT INTO \`a.b\` VALUES (1);
		CREATE TABLE \`tick\`\`s and 'quotes'\` (\`a,b\` INT, \`q\`\`\"\` INT, \`select\` INT);
		INSERT INTO \`tick\`\`s and 'quotes'\` VALUES (1, 2, 3);
		CREATE TABLE \`جدول\` (\`ع\` INT); INSERT INTO \`جدول\` VALUES (5);
		CREATE TABLE \`../up\` (x INT);
		CREATE VIEW vw AS SELECT 1 AS one"
	[ "$(extract "$URI" a.b)" = $'x\n1' ]
	[ "$(extract "$URI" '`a.b`')" = $'x\n1' ]
	[ "$(extract "$URI" "$DB.\`a.b\`")" = $'x\n1' ]
	[ "$(extract "${MYSQL_URI}" "$DB.few" -w 'id = 1')" = $'id,name\n1,a' ]
	[ "$(extract "$URI" '`جدول`')" = $'ع\n5' ]
	[ "$(extract "$URI" vw)" = $'one\n1' ]
	[ "$(extract "$URI" "tick\`s and 'quotes'")" = $'"a,b","q`""",select\n1,2,3' ]
	[ "$(extract "$URI" -c '`q``"`,select,`a,b`' "\`tick\`\`s and 'quotes'\`")" = \
		$'"q`""",select,"a,b"\n2,3,1' ]
}

@test "columns and condition" {
	[ "$(extract -c NAME,id -w 'id < 3 -- not more' "$URI" few)" = $'name,id\na,1\n"",2' ]
	[ "$(extract --columns '`name`' --where "name = 'd' OR 0" "$URI" few)" = $'name\nd' ]
	[ "$(extract -w 'FALSE' "$URI" few)" = 'id,name' ]
}

@test "queries, from a file and from standard input" {
	printf 'SELECT COUNT(*) AS n,\n\tMAX(name) AS "last" -- a comment\nFROM few ; \n' >q.sql
	[ "$(extract --query q=q.sql "$URI")" = $'n,last\n6,f' ]
	[ "$(echo 'SELECT 1.50 AS a, CAST(0.1 AS FLOAT) AS f, NULL AS n' |
		extract --query q=- "$URI")" = $'a,f,n\n1.50,0.1,' ]
	# dates in expressions, with and without fractions
	echo "SELECT TIMESTAMP '2012-01-02 03:04:05.25' AS a, NOW(3) > 0 AS b, DATE '2012-01-02' AS c,
		MAX(ts) AS d FROM (SELECT FROM_UNIXTIME(1e9) AS ts) x" >d.sql
	[ "$(extract --query d=d.sql "$URI" | tail -1)" = \
		"$(sql "$DB" "$(cat d.sql)" | tr '\t' ',')" ]
}

@test "what is wrong on the command line: exit 2, one line, nothing written" {
	# arguments|what the message says
	local cases=(
		"|a SOURCE is needed"
		"$URI|a TABLE or --query is needed"
		"nonsense few|must be of the form mysql://"
		"oracle://h/d few|must be of the form mysql://"
		"$URI few gen|several tables need a folder"
		"$URI nosuch|no table 'nosuch'"
		"$URI fews|did you mean 'few'?"
		"$URI nosuchdb.few|no table 'few' in database 'nosuchdb'"
		"$MYSQL_URI few|no database for table 'few'"
		"${MYSQL_URI/\?/nosuchdb?} few|Unknown database"
		"$URI few -c id,nome|did you mean 'name'?"
		"$URI few -c id,id|named twice"
		"$URI few -c id,|does not begin with a name"
		"$URI few -c \`id|closing"
		"$URI few -w nosuch>1|Unknown column 'nosuch'"
		"$URI few -w id>|error in your SQL syntax"
		"$URI few -n 0 -d x|no number of rows"
		"$URI few -n 12x -d x|no number of rows"
		"$URI few -j 0 -d x|no number of connections"
		"$URI few -j 2x -d x|no number of connections"
		"$URI few -j 2|--jobs is only for shards"
		"$URI few --no-lock|--no-lock is only for shards"
		"$URI few --max-rows-per-second 0|no number of rows"
		"$URI few --max-load Threads_running|not of the form NAME=N"
		"$URI few --max-load nosuch=5|no counter 'nosuch'"
		"$URI few --describe --max-rows-per-second 5|for rows only"
		"$URI few -n 5|--rows-per-shard is only for shards"
		"$URI few --again|--again is only for shards"
		"$URI few -d x -o y|exclude each other"
		"$URI few -d x --end-mark|--end-mark is for streams"
		"$URI few few -d x|named twice"
		"$URI few --describe -d x|--directory is for rows only"
		"$URI few --list|--list takes no tables"
		"$URI few --rejects x|unrecognized option"
		"$URI few -d |requires an argument"
		"$URI --query q=nosuch.sql|cannot open"
		"$URI --query q|NAME=FILE"
		"$URI --query q=q.sql -w 1|write them into the query"
		"$URI few --defaults-file nosuch|cannot read 'nosuch'"
		"$URI&nosuch=1 few|unknown parameter 'nosuch'"
		"$URI&ssl-mode=maybe few|not DISABLED"
		"$URI&connect-timeout=x few|not a number of seconds"
	)
	mkdir empty && cd empty
	echo "SELECT 1 AS a" >q.sql
	local c arguments
	for c in "${cases[@]}"; do
		IFS=' ' read -ra arguments <<<"${c%%|*}"
		run --separate-stderr extract "${arguments[@]}"
		echo "$c: $status: $stderr"
		[ "$status" -eq 2 ]
		[[ $stderr = *"${c#*|}"* ]]
		[ -z "$output" ]
		[ "$(ls)" = q.sql ]
	done
}

@test "queries that are none: exit 2, and nothing is done" {
	local q
	for q in "DELETE FROM few" "SELECT 1" "SELECT 1 AS a, 2 AS a" "SELECT ''" "SELECT 1 AS a; SELECT 2" \
		"SELECT ? AS a" "SELEC 1" "SELECT * FROM nosuch" ""; do
		printf '%s' "$q" >q.sql
		run --separate-stderr extract --query q=q.sql "$URI"
		echo "$q: $status: $stderr $output"
		if [ "$q" = "SELECT 1" ]; then
			[ "$output" = $'1\n1' ]
			continue
		fi
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" -eq 1 ]
	done
	# what would write is refused by the server: the session is read only
	echo "INSERT INTO few VALUES (99, 'x') RETURNING id" >q.sql
	run --separate-stderr extract --query q=q.sql "$URI"
	[ "$status" -eq 2 ]
	[[ $stderr = *"READ ONLY"* ]]
	[ "$(sql "$DB" "SELECT COUNT(*) FROM few")" = 6 ]
}

@test "shards: number of rows, header in each, manifest, modes" {
	extract -d out/deep -n 4 "$URI" few
	[ "$(ls out/deep)" = $'datapackage.json\npart-00000.csv.zst\npart-00001.csv.zst' ]
	[ "$(zstd -dcq out/deep/part-00000.csv.zst)" = $'id,name\n1,a\n2,""\n3,\n4,d' ]
	[ "$(zstd -dcq out/deep/part-00001.csv.zst)" = $'id,name\n5,e\n6,f' ]
	[ "$(stat -c %a out out/deep out/deep/* | sort -u | tr '\n' ' ')" = "600 700 " ]
	grep -q '"rows": 4' out/deep/datapackage.json
	grep -q "\"bytes\": $(stat -c %s out/deep/part-00001.csv.zst)" out/deep/datapackage.json
	grep -q "$(sha256sum out/deep/part-00001.csv.zst | cut -d' ' -f1)" out/deep/datapackage.json
	grep -q '"binlog_file": "binlog\.' out/deep/datapackage.json
	grep -qE '"gtid": "[0-9]+-[0-9]+-[0-9]+"' out/deep/datapackage.json
	grep -q '"exact": true' out/deep/datapackage.json
	grep -q '"consistent": true' out/deep/datapackage.json
	grep -q '"type": "varchar(20)"' out/deep/datapackage.json
	grep -q '"product": "MariaDB"' out/deep/datapackage.json
}

@test "shards: exact multiples have no empty shard, an empty table has one with its header" {
	extract -d six -n 3 "$URI" few
	[ "$(ls six)" = $'datapackage.json\npart-00000.csv.zst\npart-00001.csv.zst' ]
	extract -d none -w 'id > 9' "$URI" few
	[ "$(zstd -dcq none/part-00000.csv.zst)" = 'id,name' ]
	[ "$(ls none)" = $'datapackage.json\npart-00000.csv.zst' ]
}

@test "shards of several tables and queries lie in folders of their names" {
	sql "$DB" "CREATE TABLE \`..\` (x INT); CREATE TABLE \`a/b\` (x INT)"
	echo "SELECT id FROM few WHERE id > 4" >q.sql
	extract -d out --query late=q.sql "$URI" few '..' a/b "$DB.few"
	[ "$(ls -A out | LC_ALL=C sort | tr '\n' ' ')" = "%2E. a%2Fb $DB.few few late " ]
	[ "$(zstd -dcq out/late/part-00000.csv.zst)" = $'id\n5\n6' ]
	grep -q '"sql": "SELECT id FROM few WHERE id > 4"' out/late/datapackage.json
	[ -e 'out/%2E./part-00000.csv.zst' ]
}

@test "a folder with shards is refused, or begun again with --again" {
	extract -d out -n 2 "$URI" few
	echo kept >out/notes.txt
	run --separate-stderr extract -d out "$URI" few
	[ "$status" -eq 2 ]
	[[ $stderr = *"has shards already"* ]]
	[ "$(ls out | wc -l)" -eq 5 ]
	# a wrong table touches nothing
	run extract -d out --again "$URI" nosuch
	[ "$status" -eq 2 ]
	[ "$(ls out | wc -l)" -eq 5 ]
	extract -d out --again "$URI" few
	[ "$(ls out | tr '\n' ' ')" = "datapackage.json notes.txt part-00000.csv.zst " ]
	# shards that nothing is known of, and a manifest that is not ours
	rm out/datapackage.json
	run extract -d out "$URI" few
	[ "$status" -eq 2 ]
	rm out/part-*
	echo '{"name": "x"}' >out/datapackage.json
	run extract -d out "$URI" few
	[ "$status" -eq 2 ]
}

@test "one snapshot over all tables named" {
	sql "$DB" "CREATE TABLE account (id INT PRIMARY KEY, sum INT); INSERT INTO account VALUES (1, 100)"
	# the first query waits for a lock that this client holds, meanwhile the table changes
	sql "" "SELECT GET_LOCK('$DB', 60); SELECT SLEEP(600) AS holder_$DB" >/dev/null 2>&1 3>&- &
	wait_for is_in "User sleep" "holder_$DB"
	echo "SELECT GET_LOCK('$DB', 60) AS got" >lock.sql
	echo "SELECT sum FROM account" >account.sql
	extract -d out --query lock=lock.sql --query account=account.sql "$URI" 2>err 3>&- &
	local pid=$!
	wait_for is_in "User lock" "$DB"
	sql "$DB" "UPDATE account SET sum = 0"
	sql "" "KILL $(connection_in "User sleep" "holder_$DB")"
	wait $pid
	[ ! -s err ]
	[ "$(zstd -dcq out/account/part-00000.csv.zst)" = $'sum\n100' ]
	[ "$(sql "$DB" "SELECT sum FROM account")" = 0 ]
}

# rows DIR: the rows of its shards in the order of their numbers, without headers
rows()
{
	local f
	for f in "$1"/part-*.csv.zst; do
		zstd -dcq "$f" | tail -n +2
	done
}

# json DIR PATH: a value of its datapackage.json, read by PostgreSQL
json()
{
	pg -v j="$(cat "$1/datapackage.json")" -v p="$2" <<<"SELECT :'j'::jsonb #>> :'p'"
}

# A client that holds the lock $DB until release, so that queries that ask for it wait.
hold()
{
	sql "" "SELECT GET_LOCK('$DB', 60); SELECT SLEEP(600) AS holder_$DB" >/dev/null 2>&1 3>&- &
	wait_for is_in "User sleep" "holder_$DB"
	echo "SELECT GET_LOCK('$DB', 60) AS got" >lock.sql
}

release()
{
	sql "" "KILL $(connection_in "User sleep" "holder_$DB")"
}

@test "ranges of keys of all kinds: every row once, in the key's order" {
	sql "$DB" "CREATE TABLE k_sparse (id BIGINT UNSIGNED PRIMARY KEY, v INT);
		INSERT INTO k_sparse SELECT seq * seq * seq * 947867298, seq FROM seq_1_to_1018;
		INSERT INTO k_sparse VALUES (18446744073709551615, 0), (0, 0);
		CREATE TABLE k_signed (id BIGINT PRIMARY KEY);
		INSERT INTO k_signed SELECT (CAST(seq AS SIGNED) - 500) * 18014398509481984 FROM seq_1_to_999;
		CREATE TABLE k_composite (v INT, c DATETIME(3), b VARCHAR(20) COLLATE utf8mb4_unicode_ci,
			a TINYINT, PRIMARY KEY (a, b, c));
		INSERT INTO k_composite SELECT seq, '2020-01-01' + INTERVAL seq * 7 % 1013 * 1000 MICROSECOND,
			ELT(seq % 6 + 1, 'a', 'É', 'z', 'Ähm', 'e2', ''), CAST(seq % 7 AS SIGNED) - 3 FROM seq_1_to_1000;
		CREATE TABLE k_text (name VARCHAR(30) COLLATE utf8mb4_general_ci NOT NULL, n INT, UNIQUE (name));
		INSERT INTO k_text SELECT CONCAT(ELT(seq % 8 + 1, 'É', 'e', 'Z', 'ü', '''', 'a b', '\\\\', '😀'),
			IF(seq % 2, 'x', 'Y'), seq), seq FROM seq_1_to_1000;
		INSERT INTO k_text VALUES ('', 0);
		CREATE TABLE k_latin (name CHAR(8) CHARACTER SET latin1 COLLATE latin1_german2_ci PRIMARY KEY);
		INSERT INTO k_latin SELECT CONCAT(ELT(seq % 4 + 1, 'ß', 'ä', 'ss', 'AE'), seq) FROM seq_1_to_1000;
		CREATE TABLE k_ucs2 (name VARCHAR(8) CHARACTER SET ucs2 PRIMARY KEY);
		INSERT INTO k_ucs2 SELECT CONCAT(ELT(seq % 3 + 1, 'ж', 'ع', 'a'), seq) FROM seq_1_to_1000;
		CREATE TABLE k_bytes (k VARBINARY(16), b BINARY(2), PRIMARY KEY (k, b));
		INSERT INTO k_bytes SELECT UNHEX(MD5(seq)), CHAR(seq % 256, 0) FROM seq_1_to_1000;
		INSERT INTO k_bytes VALUES ('', ''), (x'00', ''), (x'0000', x'ff00');
		CREATE TABLE k_time (t TIMESTAMP(6) NOT NULL, d DECIMAL(30, 10), y YEAR, u UUID,
			PRIMARY KEY (y, d, t, u));
		INSERT INTO k_time SELECT FROM_UNIXTIME(1e9 + seq / 64), seq % 3 / 7, 1970 + seq % 3,
			MD5(seq) FROM seq_1_to_1000;
		CREATE TABLE k_order (\`odd\`\`,name\` INT PRIMARY KEY, x INT);
		INSERT INTO k_order SELECT seq, -seq FROM seq_1_to_1000"
	local t columns
	while IFS='|' read -r t columns; do
		extract -j3 -n 100 -d "out.$t" "$URI" "$t" 3>&-
		echo "SELECT * FROM $t ORDER BY $columns" >q.sql
		extract --query q=q.sql "$URI" | tail -n +2 >want
		echo "$t: $(wc -l <want) rows"
		rows "out.$t" | cmp want -
		[ "$(find "out.$t" -name 'part-*' | wc -l)" -eq $((($(wc -l <want) + 99) / 100)) ]
		[ "$(json "out.$t" '{caravan,rows}')" -eq "$(wc -l <want)" ]
	done <<-'END'
		k_sparse|id
		k_signed|id
		k_composite|a, b, c
		k_text|name
		k_latin|name
		k_ucs2|name
		k_bytes|k, b
		k_time|y, d, t, u
		k_order|`odd``,name`
	END
	[ "$(json out.k_composite '{caravan,key}')" = '["a", "b", "c"]' ]
	# each range begins where the one before it ended
	[ "$(json out.k_text '{resources,3,caravan,upto}')" = "$(json out.k_text '{resources,4,caravan,after}')" ]
	[ "$(json out.k_text '{resources,0,caravan,after}')" = "" ]
	# also of some columns, without the key among them, and of some rows
	extract -j2 -n 100 -d some -c v -w 'v % 2 = 0 OR v = 7 -- these' "$URI" k_composite 3>&-
	rows some | sort -n | cmp - <(sql "$DB" "SELECT v FROM k_composite WHERE v % 2 = 0 OR v = 7 ORDER BY v")
	[ "$(find some -name 'part-*' | wc -l)" -eq 6 ]
}

@test "keys that will not do: the table is read from end to end" {
	sql "$DB" "CREATE TABLE n_none (v INT); INSERT INTO n_none SELECT seq FROM seq_1_to_1000;
		CREATE TABLE n_null (v INT UNIQUE) SELECT seq AS v FROM seq_1_to_1000;
		CREATE TABLE n_float (v FLOAT PRIMARY KEY) SELECT seq / 7 AS v FROM seq_1_to_1000;
		CREATE TABLE n_enum (e ENUM('z', 'a') NOT NULL, v INT NOT NULL, PRIMARY KEY (e, v))
			SELECT seq % 2 + 1 AS e, seq AS v FROM seq_1_to_1000;
		CREATE TABLE n_prefix (v VARCHAR(20) NOT NULL, UNIQUE (v(6))) SELECT seq AS v FROM seq_1_to_1000;
		CREATE VIEW n_view AS SELECT v FROM n_none"
	local t
	for t in n_none n_null n_float n_enum n_prefix n_view; do
		extract -j3 -n 300 -d "out.$t" "$URI" "$t" 3>&-
		rows "out.$t" | sort | cmp - <(extract "$URI" "$t" | tail -n +2 | sort)
		[ "$(find "out.$t" -name 'part-*' | wc -l)" -eq 4 ]
		[ -z "$(json "out.$t" '{caravan,key}')" ]
	done
	# a unique key takes the place of a primary key that will not do
	sql "$DB" "ALTER TABLE n_enum ADD UNIQUE (v)"
	extract -j3 -n 300 -d out "$URI" n_enum 3>&-
	[ "$(json out '{caravan,key}')" = '["v"]' ]
	rows out | cut -d, -f2 | cmp - <(seq 1000)
}

moved_over()
{
	[ "$(sql "$DB" "SELECT n FROM sum_moved")" -gt "$1" ]
}

@test "transfers while several connections read: sums are exact over all tables and shards" {
	sql "$DB" "CREATE TABLE sum_a (id INT PRIMARY KEY, v INT) SELECT seq AS id, 100 AS v FROM seq_1_to_3000;
		CREATE TABLE sum_b LIKE sum_a; INSERT INTO sum_b SELECT * FROM sum_a;
		CREATE TABLE sum_moved (n INT); INSERT INTO sum_moved VALUES (0)"
	# each transfer moves 1 from a to b, and is counted
	mariadb --no-defaults -S "$mysql_socket" -u "$mysql_user" "$DB" <<-'SQL'
		DELIMITER //
		CREATE PROCEDURE transfer() BEGIN
			WHILE (SELECT n FROM sum_moved) < 1000000 DO
				START TRANSACTION;
				UPDATE sum_a SET v = v - 1 WHERE id = (SELECT 1 + n * 7 % 3000 FROM sum_moved);
				UPDATE sum_b SET v = v + 1 WHERE id = (SELECT 1 + n * 11 % 3000 FROM sum_moved);
				UPDATE sum_moved SET n = n + 1;
				COMMIT;
			END WHILE;
		END//
	SQL
	sql "$DB" "CALL transfer()" >/dev/null 2>&1 3>&- &
	local writer=$! i before after a b moved
	for i in 1 2 3; do
		before=$(sql "$DB" "SELECT n FROM sum_moved")
		wait_for moved_over "$before"
		extract -j2 -n 100 --max-rows-per-second 30000 -d "out$i" "$URI" sum_a sum_b sum_moved 3>&-
		after=$(sql "$DB" "SELECT n FROM sum_moved")
		a=$(rows "out$i/sum_a" | awk -F, '{ s += $2 } END { print s }')
		b=$(rows "out$i/sum_b" | awk -F, '{ s += $2 } END { print s }')
		moved=$(rows "out$i/sum_moved")
		echo "run $i: a $a, b $b, moved $moved, of $before to $after"
		[ "$a" -eq $((300000 - moved)) ]
		[ "$b" -eq $((300000 + moved)) ]
		# the writer went on meanwhile
		[ "$moved" -ge "$before" ]
		[ "$moved" -lt "$after" ]
		[ "$(json "out$i/sum_a" '{caravan,snapshot}')" = "$(json "out$i/sum_moved" '{caravan,snapshot}')" ]
	done
	sql "" "SELECT id FROM information_schema.processlist WHERE db = '$DB' AND id <> CONNECTION_ID()
		AND time_ms > 1000" | while read -r i; do sql "" "KILL $i"; done
	wait $writer || true
	[ "$(json out3/sum_a '{caravan,snapshot,lock}')" = global ]
	[ "$(json out3/sum_a '{caravan,snapshot,method}')" = "global lock" ]
	[ "$(json out3/sum_a '{caravan,snapshot,exact}')" = true ]
}

@test "locks: of everything, of the tables, none; and without the rights" {
	local with=${URI/\/\/$mysql_user@/\/\/${DB}_lock@}
	sql "" "CREATE OR REPLACE USER ${DB}_lock@localhost; GRANT SELECT ON $DB.* TO ${DB}_lock@localhost"
	run --separate-stderr extract -j2 -d out "$with" few 3>&-
	[ "$status" -eq 3 ]
	[[ $stderr = *"no right to it"*"use --no-lock or --jobs 1"* ]]
	[ ! -e out ]
	run -0 --separate-stderr extract -j2 --no-lock -d out "$with" few 3>&-
	[[ $stderr = *"warning: with --no-lock"* ]]
	[ "$(json out '{caravan,consistent}')" = false ]
	[ "$(json out '{caravan,snapshot,shared}')" = false ]
	[ "$(json out '{caravan,snapshot,method}')" = "one each" ]
	[ "$(json out '{caravan,snapshot,exact}')" = false ]
	sql "" "GRANT LOCK TABLES ON $DB.* TO ${DB}_lock@localhost"
	extract -j2 -n 2 --again -d out "$with" few 3>&-
	[ "$(json out '{caravan,snapshot,lock}')" = tables ]
	[ "$(json out '{caravan,snapshot,method}')" = "lock of tables" ]
	[ "$(json out '{caravan,consistent}')" = true ]
	# the tables of a query are not known
	echo "SELECT id FROM few" >q.sql
	run --separate-stderr extract -j2 -d q --query q=q.sql "$with" 3>&-
	[ "$status" -eq 3 ]
	# one connection needs none
	extract -d one "$with" few
	[ "$(json one '{caravan,snapshot,lock}')" = "" ]
	[ "$(json one '{caravan,snapshot,method}')" = "one connection" ]
	sql "" "DROP USER ${DB}_lock@localhost"
}

@test "killed with several connections: the same command begins again, and refuses what is complete" {
	hold
	extract -j2 -n 2 -d out --query lock=lock.sql "$URI" few 2>err 3>&- &
	local pid=$!
	wait_for is_in "User lock" "$DB"
	wait_for test -e out/few/part-00002.csv.zst
	kill -9 $pid
	wait $pid || true
	[ "$(json out/few '{caravan,complete}')" = false ]
	release
	sql "$DB" "INSERT INTO few VALUES (7, 'late')"
	extract -j2 -n 3 -d out --query lock=lock.sql "$URI" few 3>&-
	sql "$DB" "DELETE FROM few WHERE id = 7"
	[ "$(json out/few '{caravan,complete}')" = true ]
	[ "$(rows out/few | tail -1)" = 7,late ]
	[ "$(find out/few -type f | wc -l)" -eq 4 ]
	# killed between the two manifests: one folder says complete, of the same run
	sed -i 's/"complete": true/"complete": false/' out/lock/datapackage.json
	extract -j2 -n 3 -d out --query lock=lock.sql "$URI" few 3>&-
	[ "$(rows out/few | wc -l)" -eq 6 ]
	run --separate-stderr extract -j2 -n 3 -d out --query lock=lock.sql "$URI" few 3>&-
	[ "$status" -eq 2 ]
	[[ $stderr = *"has shards already: --again replaces them"* ]]
	# another run's unfinished folder does not open this one
	sed -i 's/"complete": true/"complete": false/; s/"run": "[0-9a-f]*"/"run": "0123"/' out/lock/datapackage.json
	run extract -d out --query lock=lock.sql "$URI" few
	[ "$status" -eq 2 ]
}

# another_waits ID PID: a connection other than ID waits for the lock, or the process has ended
another_waits()
{
	local id
	id=$(connection_in "User lock" "$DB")
	! kill -0 "$2" 2>/dev/null || { [ -n "$id" ] && [ "$id" != "$1" ]; }
}

# kill_waiting PID: cut its connection that waits for the lock; wait until another waits
kill_waiting()
{
	local id
	id=$(connection_in "User lock" "$DB")
	sql "" "KILL $id"
	wait_for another_waits "$id" "$1"
}

@test "a lost connection: another takes over; all lost: begun again, once" {
	hold
	extract -j2 -n 2 -d out --query lock=lock.sql "$URI" few 2>err 3>&- &
	local pid=$! status=0
	wait_for is_in "User lock" "$DB"
	kill_waiting $pid
	release
	wait $pid
	[ ! -s err ]
	[ "$(json out/lock '{caravan,attempts}')" = 1 ]
	[ "$(rows out/lock)" = 1 ]
	[ "$(rows out/few | wc -l)" -eq 6 ]

	hold
	extract -n 2 -d again --query lock=lock.sql "$URI" few 2>err 3>&- &
	pid=$!
	wait_for is_in "User lock" "$DB"
	kill_waiting $pid
	release
	wait $pid
	cat err
	grep -q "warning: query 'lock': .*lost MariaDB at '.*; everything is begun again" err
	[ "$(json again/few '{caravan,attempts}')" = 2 ]
	[[ "$(json again/few '{caravan,begun_again}')" = *"lost MariaDB"* ]]
	[ "$(rows again/few | wc -l)" -eq 6 ]

	hold
	extract -q -n 2 -d never --query lock=lock.sql "$URI" few 2>err 3>&- &
	pid=$!
	wait_for is_in "User lock" "$DB"
	kill_waiting $pid
	kill_waiting $pid
	wait $pid || status=$?
	release
	cat err
	[ "$status" -eq 3 ]
	[ "$(wc -l <err)" -eq 1 ]
	grep -q "lost MariaDB at '" err
	[ "$(json never/few '{caravan,complete}')" = false ]
}

@test "a failure of one connection stops the others, also those that wait for the server" {
	local status=0
	hold
	echo "SELECT 1 AS a FROM few WHERE (SELECT id FROM few) = 1" >fails.sql
	timeout 30 extract -j2 -d out --query lock=lock.sql --query fails=fails.sql "$URI" 2>err 3>&- ||
		status=$?
	release
	cat err
	[ "$status" -eq 3 ]
	[ "$(wc -l <err)" -eq 1 ]
	grep -q "query 'fails'.*more than 1 row" err
}

@test "a table that is changed under the run ends it: exit 3, nothing mixed" {
	sql "$DB" "CREATE TABLE drift (id INT PRIMARY KEY, a INT); INSERT INTO drift VALUES (1, 2);
		CREATE TABLE drift_old (id INT PRIMARY KEY, a INT) ENGINE=MyISAM; INSERT INTO drift_old VALUES (1, 2)"
	local case t statement pid status
	for case in "drift|ALTER TABLE drift ADD COLUMN b INT DEFAULT 5" \
		"drift|ALTER TABLE drift MODIFY a VARCHAR(20), ALGORITHM=COPY" \
		"drift|ALTER TABLE drift DROP COLUMN a" \
		"drift_old|ALTER TABLE drift_old ADD COLUMN b INT DEFAULT 5" \
		"drift_old|ALTER TABLE drift_old MODIFY a VARCHAR(20)" \
		"drift_old|DROP TABLE drift_old"; do
		t=${case%%|*} statement=${case#*|} status=0
		hold
		extract -q -d out --query lock=lock.sql "$URI" "$t" 2>err 3>&- &
		pid=$!
		wait_for is_in "User lock" "$DB"
		sql "$DB" "$statement"
		release
		wait $pid || status=$?
		echo "$case: $status: $(cat err)"
		[ "$status" -eq 3 ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -q "table '$t'" err
		[ "$(json "out/$t" '{caravan,complete}')" = false ]
	done
}

@test "wide rows make shards of fewer rows" {
	echo "SELECT seq, REPEAT('x', 1000000) AS x FROM seq_1_to_300" >q.sql
	extract -d out --query q=q.sql "$URI"
	[ "$(find out -name 'part-*' | wc -l)" -eq 2 ]
	[ "$(json out '{resources,0,caravan,rows}')" -eq 269 ]
	[ "$(json out '{caravan,rows}')" -eq 300 ]
}

@test "no faster than --max-rows-per-second" {
	local begin=${EPOCHREALTIME/./}
	echo "SELECT seq FROM seq_1_to_1500" >q.sql
	[ "$(extract --max-rows-per-second 1000 --query q=q.sql "$URI" | wc -l)" -eq 1501 ]
	[ $((${EPOCHREALTIME/./} - begin)) -gt 1000000 ]
	begin=${EPOCHREALTIME/./}
	extract -j2 --max-rows-per-second 1000 -d out --query q=q.sql "$URI" 3>&-
	[ $((${EPOCHREALTIME/./} - begin)) -gt 1000000 ]
}

own_status_over()
{
	[ "$(mariadb --no-defaults -S "$own_dir/data/s" -u root -N -e "SELECT variable_value
		FROM information_schema.global_status WHERE variable_name = '$1'")" -gt "$2" ]
}

@test "--max-load pauses while the server's counter is over it" {
	start_own_server
	local own=(mariadb --no-defaults -S "$own_dir/data/s" -u root) pid i
	for i in 1 2 3 4 5 6; do
		"${own[@]}" -e "SELECT SLEEP(600)" >/dev/null 2>&1 3>&- &
	done
	wait_for own_status_over Threads_running 6
	extract -d out --max-load Threads_running=5 "mysql://root@/d?socket=$own_dir/data/s" t 3>&- &
	pid=$!
	# it looks again and again
	wait_for own_status_over Com_show_status 5
	kill -0 $pid
	[ "$(ls out)" = datapackage.json ]
	"${own[@]}" -N -e "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'" |
		while read -r i; do "${own[@]}" -e "KILL $i"; done
	wait $pid
	rows out | cmp - <(echo 1)
}

@test "a table without transactions is warned of and marked" {
	sql "$DB" "CREATE TABLE old (x INT) ENGINE=MyISAM; INSERT INTO old VALUES (1)"
	run -0 --separate-stderr extract "$URI" old
	[ "$output" = $'x\n1' ]
	[[ $stderr = *"warning: table 'old' is not transactional"* ]]
	run -0 --separate-stderr extract -q -d out "$URI" old
	[ -z "$stderr" ]
	grep -q '"consistent": false' out/datapackage.json
}

@test "--list and --describe" {
	sql "$DB" "CREATE TABLE parent (id BIGINT UNSIGNED PRIMARY KEY);
		CREATE TABLE described (a INT NOT NULL DEFAULT 7 COMMENT 'how \"many\"', b VARCHAR(9) CHARACTER SET
		latin1, e ENUM('x','it''s','y,z') NOT NULL, g INT AS (a + 1), p BIGINT UNSIGNED, j TEXT,
		ts TIMESTAMP(3) NULL, PRIMARY KEY (b, a), UNIQUE KEY u (e, p), KEY part (j(5)),
		CONSTRAINT fk FOREIGN KEY (p) REFERENCES parent (id)) COMMENT 'a table'"
	run -0 extract --list "$URI"
	[ "${lines[0]}" = "database,table,type,engine,rows,data_bytes,index_bytes,collation,created,updated,comment" ]
	[[ $output = *$'\n'"$DB,described,BASE TABLE,InnoDB,0,"*",a table"* ]]
	[[ $output = *$'\n'"$DB,few,BASE TABLE,InnoDB,6,"* ]]
	extract --describe "$URI" described >described.json
	cat described.json
	# PostgreSQL is the JSON reader here
	json() { pg -v j="$(cat described.json)" <<<"SELECT :'j'::jsonb $1"; }
	[ "$(json "#>> '{fields,0}'")" = '{"name": "a", "type": "integer", "caravan": {"type": "int(11)", "default": "7"}, "constraints": {"required": true}, "description": "how \"many\""}' ]
	[ "$(json "#>> '{fields,1,constraints}'")" = '{"required": true, "maxLength": 9}' ]
	[ "$(json "#>> '{fields,1,caravan,charset}'")" = latin1 ]
	[ "$(json "#>> '{fields,2,constraints,enum}'")" = '["x", "it'"'"'s", "y,z"]' ]
	[[ "$(json "#>> '{fields,3,caravan,generated}'")" = *a*+*1* ]]
	[ "$(json "#>> '{fields,4,caravan,type}'")" = 'bigint(20) unsigned' ]
	[ "$(json "#>> '{fields,6,type}'")" = datetime ]
	[ "$(json "->> 'primaryKey'")" = '["b", "a"]' ]
	[ "$(json "->> 'uniqueKeys'")" = '[["e", "p"]]' ]
	[ "$(json "#>> '{foreignKeys,0,reference}'")" = '{"fields": ["id"], "resource": "parent"}' ]
	[ "$(json "->> 'description'")" = 'a table' ]
	[[ "$(json "#>> '{caravan,indexes}'")" = *'{"name": "part", "type": "BTREE", "unique": false, "columns": [{"name": "j", "prefix": 5}]}'* ]]
	# of some columns only what is about them
	extract --describe -c a,p "$URI" described >described.json
	[ "$(json "->> 'primaryKey'")" = "" ]
	[ "$(json "#>> '{fields,1,name}'")" = p ]
	# validate takes it for a contract
	extract --describe "$URI" few >few.json
	extract "$URI" few | validate few.json | cmp - <(extract "$URI" few)
}

@test "a password: in the address, the environment, an option file; nowhere to be seen" {
	local with=${URI/\/\/$mysql_user@/\/\/${DB}_user:S3cret%2Fword@}
	local without=${URI/\/\/$mysql_user@/\/\/${DB}_user@}
	sql "" "CREATE OR REPLACE USER ${DB}_user@localhost IDENTIFIED BY 'S3cret/word';
		GRANT SELECT ON $DB.few TO ${DB}_user@localhost"
	run -0 --separate-stderr extract -d out "$with" few
	[[ $stderr = *"warning: a password on the command line"* ]]
	run ! grep -rq S3cret out
	run -0 --separate-stderr extract -q -c id "$with" few
	[ -z "$stderr" ]
	MYSQL_PWD=S3cret/word run -0 --separate-stderr extract "$without" few
	[ -z "$stderr" ]
	printf '[extract]\nuser=%s\npassword="S3cret/word"\n' "${DB}_user" >my.cnf
	run -0 --separate-stderr extract --defaults-file my.cnf "${URI/$mysql_user@/}" few
	[ -z "$stderr" ]
	# refused: the message names the server and the user, not the password
	run --separate-stderr extract "${with/S3cret/Wr0ng}" few
	[ "$status" -eq 3 ]
	[[ $stderr = *"Access denied for user '${DB}_user'"* ]]
	[[ $stderr != *Wr0ng* ]]
	run --separate-stderr extract "$with&x" few
	[ "$status" -eq 2 ]
	[[ $stderr != *S3cret* ]]
	# rights are the server's: exit 3
	sql "" "GRANT SELECT (a) ON $DB.gen TO ${DB}_user@localhost"
	run --separate-stderr extract -q "$with" few -w 'id IN (SELECT v FROM gen)'
	[ "$status" -eq 3 ]
	[[ $stderr = *"denied"* ]]
	# a column that one may not see is not left out silently
	run --separate-stderr extract -q "$with" gen
	[ "$status" -eq 3 ]
	[[ $stderr = *"denied"* ]]
	run -0 --separate-stderr extract -q -c a "$with" gen
	[ "$output" = $'a\n1' ]
}

@test "the process list does not show the password" {
	local with=${URI/\/\/$mysql_user@/\/\/${DB}_ps:S3cret@}
	sql "" "CREATE OR REPLACE USER ${DB}_ps@localhost IDENTIFIED BY 'S3cret';
		GRANT SELECT ON $DB.* TO ${DB}_ps@localhost"
	echo "SELECT SLEEP(600) AS ps_$DB" >q.sql
	extract -q --query q=q.sql "$with" >/dev/null 3>&- &
	local pid=$!
	wait_for is_in "User sleep" "ps_$DB"
	run -0 tr '\0' ' ' <"/proc/$pid/cmdline"
	echo "$output"
	[[ $output = *extract*"${DB}_ps:******@"* ]]
	kill $pid
	sql "" "KILL $(connection_in "User sleep" "ps_$DB"); DROP USER ${DB}_ps@localhost"
}

@test "a server that is not there, or goes away: exit 3, and it is named" {
	run --separate-stderr extract "mysql://u@localhost/d?socket=$PWD/nosuch.sock" few
	[ "$status" -eq 3 ]
	[[ $stderr = *"cannot connect to 'mysql://u@localhost/d?socket=$PWD/nosuch.sock'"* ]]
	run --separate-stderr extract "mysql://u@127.0.0.1:1/d" few
	[ "$status" -eq 3 ]
	[[ $stderr = *"cannot connect to 'mysql://u@127.0.0.1:1/d'"* ]]

	# in the middle of the rows
	echo "SELECT seq, IF(seq = 60000, SLEEP(600), 0) AS gone_$DB FROM seq_1_to_100000" >q.sql
	extract --end-mark --query q=q.sql "$URI" >out.csv 2>err 3>&- &
	local pid=$! status=0
	wait_for is_in "User sleep" "gone_$DB"
	sql "" "KILL $(connection_in "User sleep" "gone_$DB")"
	wait $pid || status=$?
	cat err
	[ "$status" -eq 3 ]
	grep -qE "^extract: query 'q': after row [0-9]+: " err
	[ "$(wc -l <err)" -eq 1 ]
	run ! grep -q '^\\\.$' out.csv
}

@test "a query that is cancelled in the middle: exit 3, no end mark, no file" {
	echo "SELECT seq, IF(seq = 60000, SLEEP(600), 0) AS cancel_$DB FROM seq_1_to_100000" >q.sql
	extract --end-mark -o out.csv --query q=q.sql "$URI" 2>err 3>&- &
	local pid=$! status=0
	wait_for is_in "User sleep" "cancel_$DB"
	sql "" "KILL QUERY $(connection_in "User sleep" "cancel_$DB")"
	wait $pid || status=$?
	cat err
	[ "$status" -eq 3 ]
	grep -qE "after row [0-9]+: .*interrupted" err
	[ ! -e out.csv ]
}

@test "killed in the middle: shards that can be seen are complete" {
	echo "SELECT seq, IF(seq = 60000, SLEEP(600), 0) AS kill_$DB FROM seq_1_to_100000" >q.sql
	extract -n 20000 -d out --query q=q.sql "$URI" 3>&- &
	local pid=$! f
	wait_for is_in "User sleep" "kill_$DB"
	wait_for test -e out/part-00001.csv.zst
	kill -9 $pid
	wait $pid || true
	sql "" "KILL $(connection_in "User sleep" "kill_$DB")"
	[ "$(ls -A out | tr '\n' ' ')" = "datapackage.json part-00000.csv.zst part-00001.csv.zst " ]
	for f in out/part-*; do
		[ "$(zstd -dcq "$f" | wc -l)" -eq 20001 ]
	done
	grep -q '"complete": false' out/datapackage.json
}

@test "output that fails: exit 3; a reader that goes away: quietly" {
	run --separate-stderr bash -c 'extract "$0" few >/dev/full' "$URI"
	[ "$status" -eq 3 ]
	[[ $stderr = *"No space left on device"* ]]
	run --separate-stderr extract -o /dev/full "$URI" few
	[ "$status" -eq 3 ]
	run --separate-stderr extract -o nosuch/x.csv "$URI" few
	[ "$status" -eq 3 ]
	run --separate-stderr extract -d /dev/null/x "$URI" few
	[ "$status" -eq 3 ]
	run --separate-stderr extract --list -o /dev/full "$URI"
	[ "$status" -eq 3 ]
	run --separate-stderr extract --describe -o /dev/full "$URI" few
	[ "$status" -eq 3 ]
	run --separate-stderr extract --stats /dev/full "$URI" few
	[ "$status" -eq 3 ]
	run --separate-stderr bash -c 'extract --help >/dev/full'
	[ "$status" -eq 3 ]
	echo "SELECT seq, REPEAT('x', 100) AS x FROM seq_1_to_100000" >q.sql
	run --separate-stderr bash -c 'extract --query q=q.sql "$0" | head -1; exit ${PIPESTATUS[0]}' "$URI"
	[ "$status" -eq 141 ]
	[ "$output" = "seq,x" ]
	[ -z "$stderr" ]
}

@test "memory does not grow with the table" {
	[ -z "${CARAVAN_SANITIZED:-}" ] || skip "sanitizers have memory of their own"
	local n
	for n in 1000 1000000; do
		echo "SELECT seq, REPEAT('x', 100) AS x, MD5(seq) AS y FROM seq_1_to_$n" >q.sql
		/usr/bin/time -o "rss.$n" -f %M extract --query q=q.sql "$URI" >/dev/null
	done
	echo "1000 rows: $(cat rss.1000) KiB, 1000000 rows: $(cat rss.1000000) KiB"
	[ "$(cat rss.1000000)" -lt $((32 * 1024)) ]
	[ "$(cat rss.1000000)" -lt $(($(cat rss.1000) + 2048)) ]
}

@test "-o FILE.zst is sealed, --stats counts" {
	extract -o few.csv.zst --stats stats.json "$URI" few
	[ "$(zstd -dcq few.csv.zst)" = "$(extract "$URI" few)" ]
	[ "$(stat -c %a few.csv.zst)" = 600 ]
	grep -q '"rows_out": 6' stats.json
	grep -q "\"bytes_out\": $(extract "$URI" few | wc -c)" stats.json
	grep -q '"xxh3": "[0-9a-f]*[1-9a-f]' stats.json
	extract -d out --stats stats.json "$URI" few gen
	grep -q '"name": "gen"' stats.json
	# no hash where there is none over all
	run ! grep -q xxh3 stats.json
	extract -n 2 -d parts --stats stats.json "$URI" few
	run ! grep -q xxh3 stats.json
	extract -n 6 -d part --stats stats.json "$URI" few
	[ "$(sed -n 's/.*"xxh3": "\(.*\)".*/\1/p' stats.json)" = "$(json part '{resources,0,caravan,xxh3}')" ]
}

@test "TCP, also to localhost when there is a port" {
	local port
	port=$(sql "" "SELECT @@port")
	run -0 extract -c id -w 'id = 1' "mysql://$mysql_user@127.0.0.1:$port/$DB" few
	[ "$output" = $'id\n1' ]
	run --separate-stderr extract "mysql://$mysql_user@localhost:1/$DB" few
	[ "$status" -eq 3 ]
}

# A MariaDB of its own with a certificate for "localhost"; its files are
# in $own_dir (not below the test's folder, which another user cannot enter).
start_own_server()
{
	local as=()
	own_dir=$(mktemp -d /tmp/extract-test.XXXXXX)
	cd "$own_dir" || return
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 \
		-subj /CN=test-ca 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -keyout key.pem -out csr.pem -subj /CN=localhost 2>/dev/null
	openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 \
		-extfile <(echo subjectAltName=DNS:localhost) 2>/dev/null
	mkdir data
	chmod 755 . && chmod 644 ./*.pem
	if [ "$EUID" -eq 0 ]; then
		chown mysql data
		as=(setpriv --reuid=mysql --regid=mysql --init-groups)
	fi
	"${as[@]}" mariadb-install-db --no-defaults --datadir="$own_dir/data" --skip-test-db \
		--auth-root-authentication-method=normal >install.log 2>&1
	"${as[@]}" mariadbd --no-defaults --datadir="$own_dir/data" --socket="$own_dir/data/s" --skip-networking \
		--pid-file="$own_dir/data/pid" --ssl-ca="$own_dir/ca.pem" --ssl-cert="$own_dir/cert.pem" \
		--ssl-key="$own_dir/key.pem" >server.log 2>&1 3>&- &
	own_pid=$!
	wait_for mariadb --no-defaults -S data/s -u root -e "CREATE DATABASE d; CREATE TABLE d.t AS SELECT 1 AS a;
		CREATE USER tls@localhost IDENTIFIED BY 'p' REQUIRE SSL; GRANT SELECT ON d.t TO tls@localhost" 2>err
}

@test "TLS: demanded, verified, or refused" {
	start_own_server
	export MYSQL_PWD=p
	local uri="mysql://tls@/d?socket=$own_dir/data/s"
	# the server demands it
	run --separate-stderr extract "$uri" t
	[ "$status" -eq 3 ]
	[ "$(extract "$uri&ssl-mode=REQUIRED" t)" = $'a\n1' ]
	[ "$(extract "$uri&ssl-ca=$own_dir/ca.pem&ssl-mode=VERIFY_IDENTITY" t)" = $'a\n1' ]
	[ "$(extract "$uri&ssl_ca=$own_dir/ca.pem&ssl_verify_server_cert=1" t)" = $'a\n1' ]
	# an issuer that is not trusted
	run --separate-stderr extract "$uri&ssl-mode=VERIFY_IDENTITY" t
	[ "$status" -eq 3 ]
	[[ $stderr = *TLS* ]]
	run --separate-stderr extract "$uri&ssl-ca=$own_dir/nosuch.pem" t
	[ "$status" -eq 3 ]
	# an option file that says less than the address
	printf '[client]\nssl-verify-server-cert=0\n' >weak.cnf
	run --separate-stderr extract --defaults-file weak.cnf \
		"$uri&ssl-ca=$own_dir/ca.pem&ssl-mode=VERIFY_CA" t
	[ "$status" -eq 2 ]
	[[ $stderr = *"turns off the verification"* ]]
	# a server that has none
	unset MYSQL_PWD
	run --separate-stderr extract "$URI&ssl-mode=REQUIRED" few
	[ "$status" -eq 3 ]
	[[ $stderr = *TLS* ]]
}

# Global settings would disturb other tests on the common server.
@test "the server's settings do not change what comes out" {
	start_own_server
	local own=(mariadb --no-defaults -S "$own_dir/data/s" -u root -e)
	"${own[@]}" "CREATE TABLE d.u (id INT PRIMARY KEY, c CHAR(5), t TIMESTAMP NULL);
		INSERT INTO d.u VALUES (1, 'a', FROM_UNIXTIME(1)), (2, 'b', NULL), (3, '', NULL);
		SET GLOBAL sql_select_limit = 2; SET GLOBAL max_statement_time = 0.5;
		SET GLOBAL time_zone = '+03:00'; SET GLOBAL sql_mode = 'ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH'"
	run -0 extract "mysql://root@/d?socket=$own_dir/data/s" u -w 'SLEEP(0.3) = 0 AND c <> "z"'
	[ "$output" = $'id,c,t\n1,a,1970-01-01 00:00:01+00\n2,b,\n3,"",' ]
}

@test "--help, the man page and the completion have the same options" {
	run -0 extract --help
	local help page completion
	help=$(grep -oE -- '--[a-z-]+' <<<"$output" | sort -u)
	page=$(grep -E '^\.It Fl' "$BATS_TEST_DIRNAME/extract.1" | grep -oE 'Fl Fl [a-z-]+' |
		sed 's/Fl Fl /--/' | sort -u)
	completion=$(sed -n '/compgen -W/,/-- "\$cur"/p' "$BATS_TEST_DIRNAME/extract.bash" |
		grep -oE -- '--[a-z][a-z-]+' | sort -u)
	diff <(echo "$help") <(echo "$page")
	diff <(echo "$help") <(echo "$completion")
	run -0 extract --version
	[[ $output = "extract (caravan) "* ]]
}

@test "the man page's examples do what the page says" {
	sql "" "CREATE DATABASE ${DB}_shop"
	sql "${DB}_shop" "CREATE TABLE tbl_user (id INT PRIMARY KEY, mail VARCHAR(50), reg_dt DATETIME,
		deleted TINYINT(1)); CREATE TABLE cntry (c CHAR(2));
		INSERT INTO tbl_user VALUES (1, 'ahmed@example.com', '0000-00-00', 0),
		(2, NULL, '2014-05-01 12:00:00', 1)"
	pg -c "CREATE TABLE orders (id int, created timestamptz); INSERT INTO orders VALUES (1, '2024-05-01 12:00+03')"
	local uri=${URI/$DB/${DB}_shop} target="'$POSTGRES_URI'" line n=0
	{
		while IFS= read -r line; do
			if [[ $line = '$ '* ]]; then
				line=${line#'$ '}
				line=${line//mysql:\/\/root@localhost\/shop/\"$uri\"}
				line=${line//sales.orders/$DB.orders}
				eval "${line//postgres:\/\/localhost\/shop/"$target"}" >>got.txt
				n=$((n + 1))
			else
				echo "$line" >>want.txt
			fi
		done
	} < <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/{/^\.Bd/,/^\.Ed/{/^\./!p}}' "$BATS_TEST_DIRNAME/extract.1")
	sql "" "DROP DATABASE ${DB}_shop"
	[ "$n" -eq 7 ]
	diff want.txt got.txt
}
