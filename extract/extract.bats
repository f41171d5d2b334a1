#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2012,SC2154
#
# extract.bats - extract against a real MariaDB, and its CSV against a real PostgreSQL
#
# What a column should hold is asked of the server by another way than
# extract's (text protocol, HEX), what a CSV file holds of PostgreSQL's COPY.

bats_require_minimum_version 1.5.0
load mysql-helpers

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
	same_changes numbers
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
	same_changes floats
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
	same_changes times
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
	same_changes texts
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
	same_changes bytes
}

@test "NUL bytes in texts come through" {
	sql "$DB" "CREATE TABLE nuls (t VARCHAR(10)); INSERT INTO nuls VALUES ('a\\0b'), ('\\0')"
	extract "$URI" nuls >nuls.csv
	printf 't\na\0b\n\0\n' | cmp - nuls.csv
	same_changes nuls
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
	same_changes bins
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
	same_changes geo
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
	[ "$(sed -n 's/.*"xxh3": "\(.*\)".*/\1/p' stats.json)" = "$(package_json part '{resources,0,caravan,xxh3}')" ]
}

@test "TCP, also to localhost when there is a port" {
	local port
	port=$(sql "" "SELECT @@port")
	run -0 extract -c id -w 'id = 1' "mysql://$mysql_user@127.0.0.1:$port/$DB" few
	[ "$output" = $'id\n1' ]
	run --separate-stderr extract "mysql://$mysql_user@localhost:1/$DB" few
	[ "$status" -eq 3 ]
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
	[ "$n" -eq 9 ]
	diff want.txt got.txt
}
