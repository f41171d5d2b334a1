#!/usr/bin/env bats
#
# follow-types.bats - values of the binary log read as in a copy of the table
#
# The ends of each type are followed in extract.bats, where they are copied;
# here is what that does not have.

bats_require_minimum_version 1.5.0
load mysql-helpers

@test "each character set of eight bits, byte by byte" {
	local sets
	sets=$(sql "" "SELECT character_set_name FROM information_schema.character_sets
		WHERE maxlen = 1 AND character_set_name NOT IN ('binary', 'ascii')")
	[ "$(wc -l <<<"$sets")" -ge 20 ]
	sql "$DB" "CREATE TABLE sets (id INT PRIMARY KEY, asc_ii CHAR(1) CHARACTER SET ascii$(for c in $sets; do
		printf ', %s CHAR(1) CHARACTER SET %s, %s_text TEXT CHARACTER SET %s' "$c" "$c" "$c" "$c"; done));
		INSERT INTO sets SELECT seq, CHAR(seq % 128 USING ascii)$(for c in $sets; do
		printf ", CHAR(seq USING %s), CONCAT(CHAR(seq USING %s), ' x')" "$c" "$c"; done) FROM seq_0_to_255"
	same_changes sets
}

@test "Unicode in other forms than UTF-8, with characters of each length" {
	sql "$DB" "CREATE TABLE wide (id INT PRIMARY KEY, a VARCHAR(20) CHARACTER SET ucs2,
		b VARCHAR(20) CHARACTER SET utf16, c TEXT CHARACTER SET utf16le, d CHAR(20) CHARACTER SET utf32,
		e VARCHAR(20) CHARACTER SET utf8mb3, f CHAR(20) CHARACTER SET utf8mb4)"
	for v in "''" "'a'" "'é'" "'ع'" "'😀'" "'a é ع 😀 z'" "x'00'"; do
		sql "$DB" "INSERT INTO wide SELECT COUNT(*), $v, $v, $v, $v, $v, $v FROM wide"
	done
	same_changes wide
}

@test "decimals of each number of digits" {
	local columns='' values='' p s
	for p in 1 2 3 4 5 6 7 8 9 10 11 18 19 20 27 38 65; do
		for s in 0 1 4 9 10 18 30; do
			((s <= p)) || continue
			columns+=", d${p}_$s DECIMAL($p,$s), z${p}_$s DECIMAL($p,$s) ZEROFILL"
			values+=", POW(-1, seq) * seq / 7, seq / 3"
		done
	done
	sql "$DB" "CREATE TABLE decimals (id INT PRIMARY KEY$columns);
		INSERT INTO decimals SELECT seq$values FROM seq_0_to_40;
		INSERT INTO decimals SELECT 1000 + seq${values// \/ / * 1e70 / } FROM seq_1_to_2"
	same_changes decimals
}

@test "each microsecond's digits, instants of many years, times around zero" {
	sql "$DB" "CREATE TABLE moments (id INT PRIMARY KEY$(for n in 0 1 2 3 4 5 6; do
		printf ', ts%d TIMESTAMP(%d) NULL, dt%d DATETIME(%d), t%d TIME(%d)' $n $n $n $n $n $n; done))"
	sql "$DB" "INSERT INTO moments SELECT seq$(for n in 0 1 2 3 4 5 6; do
		printf ', FROM_UNIXTIME(1 + seq * 1987654.321987), TIMESTAMP(%s) + INTERVAL seq * 98765.4321987 HOUR_SECOND, ' "'0001-01-01'"
		printf "SEC_TO_TIME((CAST(seq AS SIGNED) - 500) * 6000.123457)"; done) FROM seq_0_to_1000"
	sql "$DB" "INSERT INTO moments (id, t1, t2, t3, t4, t5, t6) VALUES (2000, '-00:00:00.1', '-00:00:00.01', '-00:00:00.001',
		'-00:00:00.0001', '-00:00:00.00001', '-00:00:00.000001'), (2001, '-00:00:01', '-00:00:01', '-00:00:01.001', '-00:01:00',
		'-01:00:00', '-00:00:59.999999')"
	same_changes moments
}

@test "enums and sets of many names, and of names in another character set" {
	sql "$DB" "CREATE TABLE named (id INT PRIMARY KEY,
		e ENUM($(printf "'n%d'," {1..300})'last'), s SET($(printf "'s%d'," {1..63})'last'),
		l ENUM('é', 'it''s', 'a\\\\b', 'say \"x\"', ' y') CHARACTER SET latin1, m SET('ж', 'я', '') CHARACTER SET cp1251);
		INSERT INTO named SELECT seq, seq + 1, (1 << (seq % 64)) | (1 << (seq % 7)), seq % 5 + 1, seq % 8 FROM seq_0_to_300;
		INSERT INTO named VALUES (1000, 0, 0, 0, 0), (1001, NULL, NULL, NULL, NULL)"
	same_changes named
}

@test "binaries with zeros at their ends, and addresses that are mostly zeros" {
	sql "$DB" "CREATE TABLE padded (id INT PRIMARY KEY, b BINARY(5), b300 BINARY(255), v VARBINARY(300), i6 INET6, i4 INET4, u UUID);
		INSERT INTO padded VALUES (1, '', '', '', '::', '0.0.0.0', '00000000-0000-0000-0000-000000000000'),
		(2, x'0000000100', 'x', x'00', '::1', '0.0.0.1', '00000000-0000-0000-0000-000000000001'),
		(3, 'abcde', REPEAT('a', 255), REPEAT('a', 300), '::ffff:1.2.3.4', '1.0.0.0', '10000000-0000-0000-0000-000000000000'),
		(4, NULL, NULL, NULL, '::1.2.3.4', '255.255.255.255', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
		(5, NULL, NULL, NULL, '1::', NULL, NULL), (6, NULL, NULL, NULL, '1:0:0:2:0:0:0:3', NULL, NULL),
		(7, NULL, NULL, NULL, 'fe80::1:0:0:1', NULL, NULL), (8, NULL, NULL, NULL, '1:2:3:4:5:6:7:8', NULL, NULL),
		(9, NULL, NULL, NULL, '0:1::', NULL, NULL), (10, NULL, NULL, NULL, '::ffff:0:1.2.3.4', NULL, NULL),
		(11, NULL, NULL, NULL, '::0.0.1.0', NULL, NULL), (12, NULL, NULL, NULL, '::0.1.0.0', NULL, NULL)"
	same_changes padded
}

@test "more columns than fit in a byte of a bitmap, each NULL in turn; generated and invisible ones" {
	sql "$DB" "CREATE TABLE many (id INT PRIMARY KEY$(printf ', c%d INT' {1..40}));
		$(for i in {1..40}; do printf 'INSERT INTO many (id, c%d) VALUES (%d, %d);' "$i" "$i" "$i"; done)
		INSERT INTO many VALUES (0$(printf ', %d' {1..40}))"
	same_changes many
	sql "$DB" "CREATE TABLE made (id INT PRIMARY KEY, a INT, v VARCHAR(20) AS (CONCAT(a, 'x')) VIRTUAL,
		s INT AS (a * 2) STORED, h INT INVISIBLE)"
	from=$(here)
	sql "$DB" "INSERT INTO made (id, a, h) VALUES (1, 5, 7), (2, NULL, NULL); UPDATE made SET a = 6 WHERE id = 1"
	extract --follow --from "$from" --until-now "$URI" made | sed 's/,[^,]*$//' |
		diff - <(printf '%s\n' id,a,v,s,h,_op 1,5,5x,10,7,i 2,,,,,i 1,6,6x,12,7,u)
	extract "$URI" made | diff - <(printf '%s\n' id,a,v,s,h 1,6,6x,12,7 2,,,,)
}

@test "a value larger than a packet's first 16 megabytes" {
	sql "$DB" "CREATE TABLE huge (id INT PRIMARY KEY, v LONGTEXT, b LONGBLOB);
		INSERT INTO huge VALUES (1, REPEAT('0123456789abcde\n', 1200000), REPEAT(x'00ff', 9000000))"
	same_changes huge
}
