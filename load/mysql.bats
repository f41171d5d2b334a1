#!/usr/bin/env bats
#
# mysql.bats - load into a real MariaDB: values, refusals, upsert
#
# What a column holds is asked of the server by another way than load's.  Rows
# go by LOAD DATA, and with --defaults-file=insert.cnf, which denies that, by INSERT.
#
# Each test runs in a subshell of its own, which shellcheck does not know:
# shellcheck disable=SC2030,SC2031

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2218
load mysql-helpers

setup_file()
{
	mysql_setup_file
}

teardown_file()
{
	mysql_teardown_file
}

setup()
{
	mysql_setup
	printf '[client]\nlocal-infile=0\n' >insert.cnf
	printf '[client]\n' >load.cnf
}

load()
{
	command load "$@"
}

# row_hash TABLE: one hash over all values of all rows, by id.
row_hash()
{
	local columns
	columns=$(sql "SELECT GROUP_CONCAT('COALESCE(HEX(\`', column_name, '\`), ''null'')' SEPARATOR ', '',', ')
		FROM information_schema.columns WHERE table_schema = '$DB' AND table_name = '$1'")
	sql "SET group_concat_max_len = 1 << 30;
		SELECT COUNT(*), MD5(GROUP_CONCAT(MD5(CONCAT($columns)) ORDER BY id)) FROM \`$1\`"
}

# same_again TABLE [UPSERT]: out, into a table like it in three ways, out again: the same bytes.
same_again()
{
	local way
	extract -q "$TARGET" "$1" >"$1.csv"
	for way in load insert upsert upsert-insert; do
		sql "CREATE TABLE $1_back LIKE $1"
		case $way in
		load | insert) command load -q --defaults-file $way.cnf "$TARGET" "$1_back" "$1.csv" ;;
		upsert) command load -q --mode upsert --no-ledger "$TARGET" "$1_back" "$1.csv" ;;
		*) command load -q --mode upsert --defaults-file insert.cnf "$TARGET" "$1_back" <"$1.csv" ;;
		esac
		extract -q "$TARGET" "$1_back" | cmp - "$1.csv"
		[ "$(row_hash "$1")" = "$(row_hash "$1_back")" ]
		sql "DROP TABLE $1_back"
		sql "DELETE FROM caravan_ledger" 2>/dev/null || [ $way != load ]
	done
}

# A trigger tells the two by the user variable that only LOAD DATA reads bytes into.
@test "rows from a file and from a pipe; by LOAD DATA, and by INSERT where that is denied" {
	sql "CREATE TABLE t (id int PRIMARY KEY, a text, b blob); CREATE TABLE log (how text);
		CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW
		INSERT INTO log VALUES (IF(@caravan_2 IS NULL, 'INSERT', 'LOAD DATA'))"
	printf 'id,a,b\n1,,""\n2,"x,""y",z\n' >in.csv
	run -0 load "$TARGET" t in.csv
	[ "$output" = 'load: t: 2 rows read, 2 inserted, 0 updated, 0 unchanged, 0 rejected' ]
	run -0 sql "SELECT id, a IS NULL, b = '', a FROM t ORDER BY 1"
	[ "$output" = $'1\t1\t1\tNULL\n2\t0\t0\tx,"y' ]
	printf 'id,a,b\n7,,p\n8,,q\n' | load -q --defaults-file insert.cnf "${TARGET/mysql:/mariadb:}" t
	[ "$(sql 'SELECT id, b FROM t WHERE id > 6')" = $'7\tp\n8\tq' ]
	[ "$(sql 'SELECT how, COUNT(*) FROM log GROUP BY how')" = $'INSERT\t2\nLOAD DATA\t2' ]
}

@test "texts: backslashes, quotes, tabs, line ends, NULL, the empty string, long ones; both ways" {
	sql 'CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, a longtext, l varchar(20) CHARACTER SET latin1)'
	sql "INSERT INTO t (a, l) VALUES ('\\\\', 'é'), ('\\\\N', ''), ('\\\\\\\\n\\\\t', NULL), (NULL, '\\\\'), ('', '\\''),
		('\\'', 'x'), ('\"', 'x'), ('a\\tb', 'x'), ('a\\nb\\r\\nc\\r', 'x'), ('\\n', 'x'), ('😀é, ü', 'ÿ'),
		('NULL', 'x'), ('\\\\.', 'x'), (' padded ', ' '), ('x\\Zy', 'x'), (REPEAT('a\\\\\\t\\'\"\\n', 400000), 'x')"
	same_again t
}

@test "a column alone: NULL, the empty string, and \\. as a value" {
	sql 'CREATE TABLE t (n int PRIMARY KEY AUTO_INCREMENT, a text)'
	printf 'a\n\n""\n"\\."\nx\n' | load -q "$TARGET" t
	run -0 sql "SELECT coalesce(concat('<', a, '>'), 'null') FROM t ORDER BY n"
	[ "$output" = $'null\n<>\n<\\.>\n<x>' ]
}

@test "every type and its ends go out and come back: integers, decimals, bits, years" {
	sql "CREATE TABLE numbers (id INT PRIMARY KEY AUTO_INCREMENT,
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
	same_again numbers
}

@test "every type and its ends go out and come back: floats" {
	sql "CREATE TABLE floats (id INT PRIMARY KEY AUTO_INCREMENT, f FLOAT, d DOUBLE,
		fm FLOAT(10,3), dm DOUBLE(20,4));
		INSERT INTO floats (f, d, fm, dm) VALUES
		(0.1,0.1,1.2345,2.5), (16777216,-2.2250738585072014e-308,0,0),
		(3.4028234e38,1.7976931348623157e308,-0.001,-0.0001),
		(1.17549435e-38,4.9406564584124654e-324,999999.999,1234567890123456.1234),
		(1e-45,123456789012345678,0,0), (NULL,NULL,NULL,NULL), (-1e-45,-1e308,0,0);
		INSERT INTO floats (f, d, fm, dm) SELECT (RAND(7) - 0.5) * POW(10, CAST(seq AS SIGNED) % 77 - 38),
		(RAND(8) - 0.5) * POW(10, CAST(seq AS SIGNED) % 614 - 307), ROUND(RAND(9) * 1e6, 3), ROUND(RAND(10) * 1e12, 4)
		FROM seq_1_to_3000"
	same_again floats
}

@test "every type and its ends go out and come back: dates and times, zero ones too" {
	sql "CREATE TABLE times (id INT PRIMARY KEY AUTO_INCREMENT, d DATE, dt DATETIME,
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
	same_again times
}

@test "every type goes out and comes back: texts of all character sets, enum, set, json" {
	local charsets=(latin1 cp1251 koi8r cp1256 hebrew greek utf8mb3 ucs2 utf16 utf32 utf8mb4) c
	sql "CREATE TABLE texts (id INT PRIMARY KEY AUTO_INCREMENT,
		$(for c in "${charsets[@]}"; do printf '%s VARCHAR(200) CHARACTER SET %s, ' "c_$c" "$c"; done)
		ch CHAR(6), tt TINYTEXT, tx TEXT, mt MEDIUMTEXT, lt LONGTEXT,
		en ENUM('a','it''s','','c,d','7'), st SET('x','y','12'), js JSON)"
	sql "INSERT INTO texts (ch, tt, tx, mt, lt, en, st, js) VALUES
		('ab  ','','a,b','say \"hi\"','x\r\ny\nz','it''s','x,12','{\"a\": [1, \"é\"]}'),
		('','\\\\.','\\\\N','NULL','  padded  ','','','[]'),
		('😀é','\t','\"',',','\r','c,d','x,y,12','null'), (NULL,NULL,NULL,NULL,NULL,'7','12',NULL);
		INSERT INTO texts (lt) VALUES (REPEAT('x\"\n', 700000))"
	for c in "${charsets[@]}"; do
		# what the character set has of these letters; the rest is '?' already
		sql "UPDATE texts SET c_$c = 'äÉßЖяעربαΩ😀, plain' WHERE id = 1; UPDATE texts SET c_$c = '' WHERE id = 2"
	done
	same_again texts
}

@test "every type goes out and comes back: binary, geometry, uuid, inet" {
	sql "CREATE TABLE bins (id INT PRIMARY KEY AUTO_INCREMENT, b BINARY(4), vb VARBINARY(300),
		tb TINYBLOB, bl BLOB, mb MEDIUMBLOB, lb LONGBLOB, tx VARCHAR(20) CHARACTER SET binary,
		g GEOMETRY, p POINT, ls LINESTRING, u UUID, i6 INET6, i4 INET4);
		INSERT INTO bins (b, vb, tb, bl, mb, lb, tx) VALUES
		('ab','','\\0','\\xff','x','\"',','), (x'00ff',x'0a0d',x'c328',x'22',x'2c',x'5c2e',''),
		('','','','','','',''), (NULL,NULL,NULL,NULL,NULL,NULL,NULL);
		INSERT INTO bins (mb, lb) VALUES
		(REPEAT(x'0001feff', 5000), REPEAT(x'000102030405060708', 200000));
		INSERT INTO bins (g, p, ls, u, i6, i4) VALUES
		(ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'), POINT(1, -2),
		 ST_GeomFromText('LINESTRING(0 0,1 1)'), '123e4567-e89b-12d3-a456-426655440000',
		 '2001:db8::ff00:42:8329', '192.0.2.1'),
		(ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1))'), NULL, NULL, NULL, '::1', '0.0.0.0');
		INSERT INTO bins (p) VALUES (ST_GeomFromText('POINT(46.7 24.6)', 4326))"
	same_again bins
}

@test "what PostgreSQL writes: t and f, instants, bytea, EWKB" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, b bool, bt bit(1), ts timestamp(6) NULL, dt datetime, d date,
		vb varbinary(9), g geometry, x varchar(9))'
	cat >in.csv <<'END'
id,b,bt,ts,dt,d,vb,g,x
1,t,f,2012-02-29 10:00:00.5+00,2012-02-29 10:00:00+00,2012-02-29,\x6101,0101000020E61000009A999999995947409A99999999993840,t
2,f,t,,,,text,01010000009A999999995947409A99999999993840,+00
END
	for file in load insert; do
		load -q --again --mode replace --defaults-file $file.cnf "$TARGET" t in.csv
		run -0 sql 'SELECT id, b, bt + 0, ts, dt, d, HEX(vb), ST_AsText(g), ST_SRID(g), x FROM t'
		[ "${lines[0]}" = $'1\t1\t0\t2012-02-29 10:00:00.500000\t2012-02-29 10:00:00\t2012-02-29\t6101\tPOINT(46.7 24.6)\t4326\tt' ]
		[ "${lines[1]}" = $'2\t0\t1\tNULL\tNULL\tNULL\t74657874\tPOINT(46.7 24.6)\t0\t+00' ]
	done
}

@test "each kind of refusal, with its number, column and message; the neighbours load; both ways" {
	sql "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1);
		CREATE TABLE t (id int PRIMARY KEY, name text, age tinyint, parent int, mail varchar(5) UNIQUE,
		at date, e enum('a','b'), d decimal(4,2), l varchar(9) CHARACTER SET latin1, tm time(1),
		bl blob, bt bit(2), g point, s set('x','y'), j json, need int NOT NULL, CHECK (age > 0),
		CONSTRAINT fk FOREIGN KEY (parent) REFERENCES parent (id));
		CREATE PROCEDURE refuse() SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not here';
DELIMITER //
CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW IF NEW.name = 'bad' THEN CALL refuse(); END IF //"
	cat >in.csv <<'END'
id,name,age,parent,mail,at,e,d,l,tm,bl,bt,g,s,j,need
1,good,1,1,a,2020-02-29,a,1.25,é,10:00:00.5,\x00,3,,x,{},1
x,type,1,1,b,,,,,,,,,,,1
3,null,1,1,c,,,,,,,,,,,
4,check,0,1,d,,,,,,,,,,,1
5,"reference
of two lines",1,9,e,,,,,,,,,,,1
1,key,1,1,f,,,,,,,,,,,1
7,unique,1,1,a,,,,,,,,,,,1
8,long,1,1,123456,,,,,,,,,,,1
9,date,1,1,g,2021-02-29,,,,,,,,,,1
10,bad,1,1,h,,,,,,,,,,,1
11,blanks cut,1,1,"12345  ",,,,,,,,,,,1
12,range,128,1,j,,,,,,,,,,,1
13,short
14,extra,1,1,k,,,,,,,,,,,1,,
15,enum,1,1,l,,c,,,,,,,,,1
16,enum by number,1,1,m,,1,,,,,,,,,1
17,digits cut,1,1,n,,,1.255,,,,,,,,1
18,charset,1,1,o,,,,Ж,,,,,,,1
19,fraction,1,1,p,,,,,10:00:00.55,,,,,,1
20,hex,1,1,q,,,,,,\x0,,,,,1
21,bits,1,1,r,,,,,,,4,,,,1
22,geometry,1,1,s,,,,,,,,\x00,,,1
23,set by number,1,1,t,,,,,,,,,2,,1
24,json,1,1,u,,,,,,,,,,{,1
25,empty,1,1,v,,,"",,,,,,,,1
26,good,1,1,"",,,,,,,,,,,2
END
	printf '27,bytes\xff,1,1,w,,,,,,,,,,,1\n' >>in.csv
	for way in load insert; do
		sql 'DELETE FROM t'
		run -0 load --again --max-rejects 30 --rejects rejects.csv --stats stats.json \
			--defaults-file $way.cnf "$TARGET" t in.csv
		[[ ${lines[-1]} == 'load: t: 27 rows read, 2 inserted, 0 updated, 0 unchanged, 25 rejected' ]]
		[ "$(sql 'SELECT GROUP_CONCAT(id ORDER BY id) FROM t')" = 1,26 ]
		sed -n 's/.*,load,\([0-9]*\),\([a-z]*\),\([0-9a-z-]*\),.*/\1 \2 \3/p' rejects.csv | sort -n >reasons.$way
		cp rejects.csv rejects.$way
	done
	diff rejects.load rejects.insert
	cat >want <<'END'
2 id 1366
3 need 1048
4  4025
5  1452
6  1062
7  1062
8 mail 1406
9 at 1292
10  1644
11 mail 1265
12 age 1264
13  missing-cell
14  extra-cell
15 e 1265
16 e 1265
17 d 1265
18 l 1366
19 tm 1292
20 bl 1366
21 bt 1406
22 g 1416
23 s 1265
24  4037
25 d 1366
27  encoding-error
END
	diff want reasons.load
	grep -q "1452,.*CONSTRAINT .fk. FOREIGN KEY" rejects.csv
	grep -q ",1644,not here" rejects.csv
	grep -q ",1366,\"\?Incorrect integer value: 'x' for column .*id" rejects.csv
	grep -q '"rows_in": *27' stats.json
	grep -q '"rejected": *25' stats.json
	# mended, they go through again
	{
		head -1 rejects.csv
		grep '^16,' rejects.csv | sed 's/,1,,,,,,,,,1,load/,b,,,,,,,,,1,load/'
	} | load "$TARGET" t >out 2>&1
	[ "$(sql 'SELECT e FROM t WHERE id = 16')" = b ]
}

@test "more rejects than allowed: nothing is loaded, status 1, the rejects are told" {
	sql 'CREATE TABLE t (id int PRIMARY KEY)'
	printf 'id\n1\nx\n2\ny\n3\n' >in.csv
	run -1 load --rejects r.csv --max-rejects 1 "$TARGET" t in.csv
	[[ ${lines[-1]} == 'load: in.csv:5: 2 rows rejected, --max-rejects allows 1' ]]
	[ "$(wc -l <r.csv)" = 3 ]
	run -1 load --max-rejects 20% "$TARGET" t in.csv
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 0 ]
	[ "$(sql 'SELECT COUNT(*) FROM caravan_ledger')" = 0 ]
}

@test "40000 rows; bad ones first, in the middle, last, in a row, at random of seed 5; both ways" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, v varchar(7), u int UNIQUE)'
	awk 'BEGIN { srand(5); print "id,v,u"
		for (i = 0; i < 40000; i++) {
			bad = i == 0 || i == 20000 || i == 39999 || i >= 30000 && i < 30100 || rand() < 0.002
			kind = bad ? int(rand() * 3) : 3
			printf "%d,%s,%s\n", i, kind == 0 ? "too long" : "\"a\nb\"", kind == 1 ? "x" : kind == 2 ? 7 : i
			if (bad && i != 7) print i + 1 >"bad"
		} }' >in.csv
	sed -i 's/^7,\(.*\),[x7]$/7,"a/' in.csv
	for way in load insert; do
		sql 'DELETE FROM t'
		load -q --again --max-rejects 1000 --rejects r.csv --defaults-file $way.cnf "$TARGET" t in.csv
		sed -n 's/.*,load,\([0-9]*\),[a-z]*,[0-9]*,.*/\1/p' r.csv | sort -n | diff - bad
		[ "$(sql 'SELECT COUNT(*) FROM t')" = $((40000 - $(wc -l <bad))) ]
	done
}

@test "rows that wait for others of their table" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES t (id))'
	{
		echo id,p
		seq 300 | sort -R --random-source=<(yes) | awk '{ print $1 "," ($1 == 1 ? "" : int($1 / 2)) }'
		echo 1000,1001
	} >in.csv
	for mode in insert upsert; do
		sql 'DELETE FROM t ORDER BY id DESC'
		run -0 load --again --max-rejects 1 --mode $mode --rejects r.csv "$TARGET" t in.csv
		[[ ${lines[-1]} == *'301 rows read, 300 inserted, 0 updated, 0 unchanged, 1 rejected' ]]
		grep -q '^1000,1001,load,301,,1452,' r.csv
	done
}

@test "upsert: inserts, updates, leaves alone; twice is no change, and no trigger is run for that" {
	sql "CREATE TABLE t (id int PRIMARY KEY, a varchar(9), n double, g point, ts timestamp(6) NOT NULL
		DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), k int DEFAULT 5);
		INSERT INTO t (id, a, n) VALUES (1, 'x', 1), (2, 'y', 2), (9, 'z', 9);
		CREATE TABLE log (id int); CREATE TRIGGER g AFTER UPDATE ON t FOR EACH ROW INSERT INTO log VALUES (NEW.id)"
	printf 'id,a,n,g\n1,x,1,\n2,Y,2,\n3,n,,0101000000000000000000F03F0000000000000040\n4,"",0.1,\n' >in.csv
	for way in load insert; do
		sql "DELETE FROM log; DELETE FROM t WHERE id IN (3, 4); UPDATE t SET a = 'y' WHERE id = 2; DELETE FROM log"
		run -0 load --mode upsert --defaults-file $way.cnf "$TARGET" t <in.csv
		[ "$output" = 'load: t: 4 rows read, 2 inserted, 1 updated, 1 unchanged, 0 rejected' ]
		run -0 load --mode upsert --defaults-file $way.cnf "$TARGET" t <in.csv
		[ "$output" = 'load: t: 4 rows read, 0 inserted, 0 updated, 4 unchanged, 0 rejected' ]
		[ "$(sql 'SELECT id FROM log')" = 2 ]
		run -0 sql "SELECT id, a, n, ST_AsText(g), k FROM t ORDER BY id"
		[ "$output" = $'1\tx\t1\tNULL\t5\n2\tY\t2\tNULL\t5\n3\tn\tNULL\tPOINT(1 2)\t5\n4\t\t0.1\tNULL\t5\n9\tz\t9\tNULL\t5' ]
	done
}

@test "upsert: of rows with the same key the last one counts; a key that is null is refused" {
	sql "CREATE TABLE t (id int PRIMARY KEY, a text, u varchar(9) UNIQUE)"
	printf 'id,a\n1,a\n2,b\n1,c\n1,d\n,e\n' >in.csv
	run -0 load --mode upsert --max-rejects 1 "$TARGET" t <in.csv
	[[ ${lines[0]} == *":6: column 'id': 1048: the key is null, so an upsert cannot tell which row this is" ]]
	[[ ${lines[1]} == *'5 rows read, 2 inserted, 0 updated, 2 unchanged, 1 rejected' ]]
	[ "$(sql 'SELECT id, a FROM t ORDER BY id')" = $'1\td\n2\tb' ]
}

@test "upsert: a row that another unique key contradicts is refused, and changes no other row" {
	sql "CREATE TABLE t (id int PRIMARY KEY, mail varchar(9) UNIQUE, a int CHECK (a < 5));
		INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)"
	printf 'id,mail,a\n3,a,1\n2,a,1\n1,a,3\n4,d,9\n5,e,1\n' >in.csv
	run -0 load --mode upsert --max-rejects 9 --rejects r.csv "$TARGET" t in.csv
	[[ ${lines[-1]} == *'5 rows read, 1 inserted, 1 updated, 0 unchanged, 3 rejected' ]]
	[ "$(sed -n 's/.*,load,\([0-9]*\),[a-z]*,\([0-9]*\),.*/\1 \2/p' r.csv)" = $'1 1062\n2 1062\n4 4025' ]
	[ "$(sql 'SELECT * FROM t ORDER BY id')" = $'1\ta\t3\n2\tb\t2\n5\te\t1' ]
}

@test "upsert: by keys of several columns, of text, of all columns; keys that will not do" {
	sql "CREATE TABLE t (a varchar(9), b date, c int, UNIQUE KEY k (b, a), KEY (c));
		CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b));
		CREATE TABLE prefix (a text, UNIQUE (a(5)))"
	printf 'a,b,c\nx,2020-01-01,1\ny,2020-01-01,2\nx,2020-01-02,3\n' >in.csv
	load -q --mode upsert --key a,b "$TARGET" t <in.csv
	run -0 load --mode upsert --key b,a "$TARGET" t <<<$'a,b,c\nx,2020-01-01,7\nX,2020-01-02,8'
	[[ $output == *'2 rows read, 0 inserted, 2 updated, 0 unchanged, 0 rejected' ]]
	[ "$(sql 'SELECT c FROM t ORDER BY b, a')" = $'7\n2\n8' ]
	run -0 load --mode upsert "$TARGET" pair <<<$'a,b\n1,1\n1,2\n1,1'
	[[ $output == *'3 rows read, 2 inserted, 0 updated, 1 unchanged, 0 rejected' ]]
	run -0 load --mode upsert "$TARGET" pair <<<$'a,b\n1,1\n1,3'
	[[ $output == *'2 rows read, 1 inserted, 0 updated, 1 unchanged, 0 rejected' ]]
	run -2 load --mode upsert "$TARGET" t in.csv
	[ "$output" = "load: table 't' has no primary key: name the columns of a unique index with --key" ]
	run -2 load --mode upsert --key c "$TARGET" t in.csv
	[ "$output" = "load: table 't' has no unique index over just the key's columns, in full" ]
	run -2 load --mode upsert --key a "$TARGET" prefix <<<$'a\nx'
	[[ $output == *"no unique index over just the key's columns, in full" ]]
	run -2 load --mode upsert --key nope "$TARGET" t in.csv
	[ "$output" = "load: table 't' has no column 'nope' for a key" ]
}

@test "upsert of many rows over several batches" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, a varchar(20), b varchar(60))'
	awk 'BEGIN { print "id,a,b"; for (i = 0; i < 150000; i++) printf "%d,a%d,bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n", i * 7 % 150000, i % 1000 }' >in.csv
	load -q --mode upsert "$TARGET" t in.csv
	sed '2,75001s/,b/,c/' in.csv >changed.csv
	run -0 load --mode upsert "$TARGET" t changed.csv
	[[ $output == *'150000 rows read, 0 inserted, 75000 updated, 75000 unchanged, 0 rejected' ]]
	[ "$(sql "SELECT COUNT(*), SUM(b LIKE 'c%') FROM t")" = $'150000\t75000' ]
}

@test "replace: what was there goes only when all files are in" {
	sql 'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (7)'
	printf 'id\n1\n' >a.csv
	printf 'id\nx\n' >b.csv
	run -1 load --mode replace "$TARGET" t a.csv b.csv
	[ "$(sql 'SELECT id FROM t')" = 7 ]
	load -q --mode replace "$TARGET" t a.csv
	[ "$(sql 'SELECT id FROM t')" = 1 ]
}

@test "--dry-run finds everything and leaves nothing, not even the ledger" {
	sql 'CREATE TABLE t (id int PRIMARY KEY)'
	run -0 load --dry-run --max-rejects 1 "$TARGET" t <<<$'id\n1\nx'
	[[ ${lines[-1]} == *'2 rows read, 1 inserted, 0 updated, 0 unchanged, 1 rejected; a dry run: all was rolled back' ]]
	printf 'id\n1\n' >in.csv
	load -q --dry-run --mode upsert "$TARGET" t in.csv
	[ "$(sql 'SELECT COUNT(*) FROM t; SHOW TABLES')" = $'0\nt' ]
}

@test "AUTO_INCREMENT goes on past the largest key; 0 is a key; NULL is none" {
	sql 'CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, a int)'
	run -0 load --max-rejects 1 "$TARGET" t <<<$'id,a\n0,1\n41,2\n,3'
	[[ ${lines[0]} == *":4: column 'id': 1048: Column 'id' cannot be null" ]]
	sql 'INSERT INTO t (a) VALUES (4)'
	[ "$(sql 'SELECT id FROM t ORDER BY id')" = $'0\n41\n42' ]
}

@test "a trigger may give what the stream lacks" {
	sql "CREATE TABLE t (id int, a varchar(9) NOT NULL);
		CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = CONCAT('a', NEW.id)"
	load -q "$TARGET" t <<<$'id\n1\n2'
	load -q "$TARGET" t <<<$'id,a\n3,\n4,x'
	[ "$(sql 'SELECT a FROM t ORDER BY 1')" = $'a1\na2\na3\na4' ]
}

@test "memory does not grow with the input" {
	[ -z "${CARAVAN_SANITIZED-}" ] || skip 'a sanitizer needs memory of its own'
	sql 'CREATE TABLE t (id int, pad varchar(90))'
	perl -e 'print "id,pad\n"; print "$_,", "x" x 90, "\n" for 1 .. 200_000' >in.csv
	for way in load insert; do
		/usr/bin/time -f %M -o rss env load -q --no-ledger --defaults-file $way.cnf "$TARGET" t <in.csv
		[ "$(tail -1 rss)" -lt 32768 ]
	done
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 400000 ]
}
