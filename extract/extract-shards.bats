#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2012,SC2154
#
# extract-shards.bats - extract of MariaDB to shards: ranges, snapshots, several connections

bats_require_minimum_version 1.5.0
load mysql-helpers

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
		shard_rows "out.$t" | cmp want -
		[ "$(find "out.$t" -name 'part-*' | wc -l)" -eq $((($(wc -l <want) + 99) / 100)) ]
		[ "$(package_json "out.$t" '{caravan,rows}')" -eq "$(wc -l <want)" ]
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
	[ "$(package_json out.k_composite '{caravan,key}')" = '["a", "b", "c"]' ]
	# each range begins where the one before it ended
	[ "$(package_json out.k_text '{resources,3,caravan,upto}')" = "$(package_json out.k_text '{resources,4,caravan,after}')" ]
	[ "$(package_json out.k_text '{resources,0,caravan,after}')" = "" ]
	# also of some columns, without the key among them, and of some rows
	extract -j2 -n 100 -d some -c v -w 'v % 2 = 0 OR v = 7 -- these' "$URI" k_composite 3>&-
	shard_rows some | sort -n | cmp - <(sql "$DB" "SELECT v FROM k_composite WHERE v % 2 = 0 OR v = 7 ORDER BY v")
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
		shard_rows "out.$t" | sort | cmp - <(extract "$URI" "$t" | tail -n +2 | sort)
		[ "$(find "out.$t" -name 'part-*' | wc -l)" -eq 4 ]
		[ -z "$(package_json "out.$t" '{caravan,key}')" ]
	done
	# a unique key takes the place of a primary key that will not do
	sql "$DB" "ALTER TABLE n_enum ADD UNIQUE (v)"
	extract -j3 -n 300 -d out "$URI" n_enum 3>&-
	[ "$(package_json out '{caravan,key}')" = '["v"]' ]
	shard_rows out | cut -d, -f2 | cmp - <(seq 1000)
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
		a=$(shard_rows "out$i/sum_a" | awk -F, '{ s += $2 } END { print s }')
		b=$(shard_rows "out$i/sum_b" | awk -F, '{ s += $2 } END { print s }')
		moved=$(shard_rows "out$i/sum_moved")
		echo "run $i: a $a, b $b, moved $moved, of $before to $after"
		[ "$a" -eq $((300000 - moved)) ]
		[ "$b" -eq $((300000 + moved)) ]
		# the writer went on meanwhile
		[ "$moved" -ge "$before" ]
		[ "$moved" -lt "$after" ]
		[ "$(package_json "out$i/sum_a" '{caravan,snapshot}')" = "$(package_json "out$i/sum_moved" '{caravan,snapshot}')" ]
	done
	sql "" "SELECT id FROM information_schema.processlist WHERE db = '$DB' AND id <> CONNECTION_ID()
		AND time_ms > 1000" | while read -r i; do sql "" "KILL $i"; done
	wait $writer || true
	[ "$(package_json out3/sum_a '{caravan,snapshot,lock}')" = global ]
	[ "$(package_json out3/sum_a '{caravan,snapshot,method}')" = "global lock" ]
	[ "$(package_json out3/sum_a '{caravan,snapshot,exact}')" = true ]
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
	[ "$(package_json out '{caravan,consistent}')" = false ]
	[ "$(package_json out '{caravan,snapshot,shared}')" = false ]
	[ "$(package_json out '{caravan,snapshot,method}')" = "one each" ]
	[ "$(package_json out '{caravan,snapshot,exact}')" = false ]
	sql "" "GRANT LOCK TABLES ON $DB.* TO ${DB}_lock@localhost"
	extract -j2 -n 2 --again -d out "$with" few 3>&-
	[ "$(package_json out '{caravan,snapshot,lock}')" = tables ]
	[ "$(package_json out '{caravan,snapshot,method}')" = "lock of tables" ]
	[ "$(package_json out '{caravan,consistent}')" = true ]
	# the tables of a query are not known
	echo "SELECT id FROM few" >q.sql
	run --separate-stderr extract -j2 -d q --query q=q.sql "$with" 3>&-
	[ "$status" -eq 3 ]
	# one connection needs none
	extract -d one "$with" few
	[ "$(package_json one '{caravan,snapshot,lock}')" = "" ]
	[ "$(package_json one '{caravan,snapshot,method}')" = "one connection" ]
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
	[ "$(package_json out/few '{caravan,complete}')" = false ]
	release
	sql "$DB" "INSERT INTO few VALUES (7, 'late')"
	extract -j2 -n 3 -d out --query lock=lock.sql "$URI" few 3>&-
	sql "$DB" "DELETE FROM few WHERE id = 7"
	[ "$(package_json out/few '{caravan,complete}')" = true ]
	[ "$(shard_rows out/few | tail -1)" = 7,late ]
	[ "$(find out/few -type f | wc -l)" -eq 4 ]
	# killed between the two manifests: one folder says complete, of the same run
	sed -i 's/"complete": true/"complete": false/' out/lock/datapackage.json
	extract -j2 -n 3 -d out --query lock=lock.sql "$URI" few 3>&-
	[ "$(shard_rows out/few | wc -l)" -eq 6 ]
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
	[ "$(package_json out/lock '{caravan,attempts}')" = 1 ]
	[ "$(shard_rows out/lock)" = 1 ]
	[ "$(shard_rows out/few | wc -l)" -eq 6 ]

	hold
	extract -n 2 -d again --query lock=lock.sql "$URI" few 2>err 3>&- &
	pid=$!
	wait_for is_in "User lock" "$DB"
	kill_waiting $pid
	release
	wait $pid
	cat err
	grep -q "warning: query 'lock': .*lost MariaDB at '.*; everything is begun again" err
	[ "$(package_json again/few '{caravan,attempts}')" = 2 ]
	[[ "$(package_json again/few '{caravan,begun_again}')" = *"lost MariaDB"* ]]
	[ "$(shard_rows again/few | wc -l)" -eq 6 ]

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
	[ "$(package_json never/few '{caravan,complete}')" = false ]
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
		[ "$(package_json "out/$t" '{caravan,complete}')" = false ]
	done
}

@test "wide rows make shards of fewer rows" {
	echo "SELECT seq, REPEAT('x', 1000000) AS x FROM seq_1_to_300" >q.sql
	extract -d out --query q=q.sql "$URI"
	[ "$(find out -name 'part-*' | wc -l)" -eq 2 ]
	[ "$(package_json out '{resources,0,caravan,rows}')" -eq 269 ]
	[ "$(package_json out '{caravan,rows}')" -eq 300 ]
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
	shard_rows out | cmp - <(echo 1)
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
