#!/usr/bin/env bats
#
# follow.bats - changes out of the binary log as a stream: what they are, where they begin and end

# shellcheck disable=SC2154 # stderr and lines are bats's

bats_require_minimum_version 1.5.0
load mysql-helpers

# changes TABLE [ARG...]: the changes of the table from $from until now, without positions
changes()
{
	extract --follow --from "$from" --until-now "${@:2}" "$URI" "$1" >stream.csv
	sed 's/,_pos$//; s/,binlog\.[0-9]*:[0-9:]*\(\$\{0,1\}\)$/\1/' stream.csv
}

@test "inserts, updates, a changed key and deletes, each transaction with its end" {
	sql "$DB" "CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(20))"
	from=$(here)
	sql "$DB" "INSERT INTO a VALUES (1, 'x'), (2, NULL), (3, '');
		UPDATE a SET v = 'y' WHERE id = 1;
		UPDATE a SET id = 9 WHERE id = 2;
		BEGIN; DELETE FROM a WHERE id = 3; INSERT INTO a VALUES (4, 'a,b'); COMMIT;
		BEGIN; INSERT INTO a VALUES (5, 'no'); ROLLBACK"
	changes a | diff - <(printf '%s\n' id,v,_op 1,x,i 2,,i '3,"",i$' '1,y,u$' 2,,d '9,,i$' '3,"",d' '4,"a,b",i$')
	# positions: in order, none twice, the same when read again
	extract --follow --from "$from" --until-now "$URI" a | cmp - stream.csv
	sed 1d stream.csv | sed 's/.*,//' | tr -d '$' >pos
	sort -cu pos
	[ "$(sed 's/:[^:]*:[^:]*$//' pos | sort -u | wc -l)" -eq 4 ]
}

@test "a table without a key: each update is a delete and an insert, with a warning" {
	sql "$DB" "CREATE TABLE nokey (v INT); CREATE TABLE uniq (a INT NOT NULL UNIQUE, b INT)"
	from=$(here)
	sql "$DB" "INSERT INTO nokey VALUES (1); UPDATE nokey SET v = 2;
		INSERT INTO uniq VALUES (1, 1); UPDATE uniq SET b = 2; UPDATE uniq SET a = 2"
	changes nokey 2>err | diff - <(printf '%s\n' v,_op '1,i$' 1,d '2,i$')
	grep -q "table 'nokey' has no key" err
	changes uniq | diff - <(printf '%s\n' a,b,_op '1,1,i$' '1,2,u$' 1,2,d '2,2,i$')
}

# replay FILE: the rows that the changes leave of an empty table whose key is the first column
replay()
{
	sed 's/,[^,]*$//' "$1" | awk -F, 'NR == 1 { sub(/,_op$/, ""); print; next }
		{ key = $1; op = $NF; sub(/,[iud]$/, "") }
		op == "d" { if (!(key in row)) print "no row", key; delete row[key]; next }
		op == "i" && key in row { print "twice", key }
		op == "u" && !(key in row) { print "no row", key }
		{ row[key] = $0 }
		END { for (key in row) print row[key] }' | sort
}

@test "whatever changes a table: what the changes leave is what is there, in each engine" {
	local engine point
	seq 500 | sed 's/.*/&\t& loaded/' >rows.tsv
	for engine in InnoDB MyISAM Aria; do
		point='SAVEPOINT s;'
		[ "$engine" != Aria ] || point='' # it has none
		sql "$DB" "CREATE OR REPLACE TABLE w (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20), n INT UNIQUE) ENGINE=$engine;
			CREATE OR REPLACE TABLE w2 (id INT PRIMARY KEY) ENGINE=$engine"
		from=$(here)
		sql "$DB" "LOAD DATA LOCAL INFILE 'rows.tsv' INTO TABLE w (id, v);
			INSERT INTO w (v, n) VALUES ('a', 1), ('b', 2), ('c', 3);
			INSERT INTO w (v, n) VALUES ('d', 2) ON DUPLICATE KEY UPDATE v = 'updated', id = id + 1000;
			REPLACE INTO w (id, v, n) VALUES (10, 'replaced', 3), (9000, 'new', 1);
			INSERT IGNORE INTO w (id, v) VALUES (1, 'no'), (9001, 'yes');
			CREATE TRIGGER tr AFTER INSERT ON w2 FOR EACH ROW UPDATE w SET v = CONCAT('t', NEW.id) WHERE id = NEW.id;
			INSERT INTO w2 VALUES (5), (6), (7);
			UPDATE w, w2 SET w.v = 'both', w2.id = w2.id + 1 WHERE w.id = w2.id AND w2.id = 7;
			DELETE w, w2 FROM w JOIN w2 USING (id);
			BEGIN; UPDATE w SET v = 'first' WHERE id = 20; $point UPDATE w SET v = 'second' WHERE id = 21; $point
			UPDATE w SET id = id + 20000 WHERE id BETWEEN 30 AND 60; COMMIT;
			CREATE TABLE w3 SELECT * FROM w; DROP TABLE w3; CREATE TEMPORARY TABLE w4 LIKE w; INSERT INTO w4 SELECT * FROM w;
			DELETE FROM w WHERE id % 7 = 3; DROP TEMPORARY TABLE w4; DROP TRIGGER tr; OPTIMIZE TABLE w"
		extract -q --follow --from "$from" --until-now "$URI" w >stream.csv
		replay stream.csv >got
		extract -q "$URI" w | sort | diff got -
	done
	# what was rolled back to a savepoint is not in the log
	from=$(here)
	sql "$DB" "CREATE OR REPLACE TABLE w2 (id INT PRIMARY KEY)"
	from=$(here)
	sql "$DB" "BEGIN; INSERT INTO w2 VALUES (1); SAVEPOINT s; INSERT INTO w2 VALUES (2); ROLLBACK TO s; INSERT INTO w2 VALUES (3); COMMIT"
	changes w2 | diff - <(printf '%s\n' id,_op 1,i '3,i$')
}

@test "it begins at a file and offset, a GTID, a record, a copy's manifest, or now" {
	sql "$DB" "CREATE TABLE b (id INT PRIMARY KEY); INSERT INTO b VALUES (1)"
	from=$(here)
	gtid=$(sql "" "SELECT @@gtid_binlog_pos")
	extract -q -d copy "$URI" b
	sql "$DB" "INSERT INTO b VALUES (2), (3), (4); INSERT INTO b VALUES (5)"
	changes b >want
	[ "$(wc -l <want)" -eq 5 ]
	from=$gtid
	changes b | cmp - want
	extract --follow --from-manifest copy/datapackage.json --until-now "$URI" b | cmp - stream.csv
	# behind each record come the rest
	n=1
	sed 1d stream.csv | sed 's/.*,//' >pos
	while read -r from; do
		n=$((n + 1))
		extract --follow --from "$from" --until-now "$URI" b | sed 1d | cmp - <(sed "1,${n}d" stream.csv)
	done <pos
	[ "$n" -eq 5 ]
	extract --follow --from now --until-now "$URI" b | cmp - <(echo id,_op,_pos)
	# nothing behind a GTID: there is no position to end at
	gtid=$(sql "" "SELECT @@gtid_binlog_pos")
	extract -v --follow --from "$gtid" --until-now "$URI" b 2>err | cmp - <(echo id,_op,_pos)
	grep -q "^extract: up to $gtid\$" err
}

@test "it ends behind a position, a GTID, or the transaction of a record" {
	sql "$DB" "CREATE TABLE u (id INT PRIMARY KEY)"
	from=$(here)
	sql "$DB" "INSERT INTO u VALUES (1), (2)"
	until=$(here)
	gtid=$(sql "" "SELECT @@gtid_binlog_pos")
	sql "$DB" "INSERT INTO u VALUES (3)"
	for place in "$until" "$gtid"; do
		extract --follow --from "$from" --until "$place" --end-mark "$URI" u | sed 's/,.*//' |
			diff - <(printf '%s\n' id 1 2 '\.')
	done
	record=$(extract --follow --from "$from" --until-now "$URI" u | sed -n '2s/.*,//p')
	extract --follow --from "$from" --until "$record" "$URI" u | sed 's/,.*//' | diff - <(printf '%s\n' id 1 2)
	# what is reached already
	extract --follow --from "$until" --until "$from" "$URI" u | cmp - <(echo id,_op,_pos)
}

@test "a change of the table stops it, and says which; those of others do not" {
	sql "$DB" "CREATE TABLE ddl (id INT PRIMARY KEY, v INT); CREATE TABLE other (id INT PRIMARY KEY)"
	for change in "ALTER TABLE ddl ADD w INT" "TRUNCATE ddl" "RENAME TABLE ddl TO moved" "DROP TABLE other, moved"; do
		from=$(here)
		table=ddl
		case $change in DROP*) table=moved ;; esac
		sql "$DB" "INSERT INTO $table (id) VALUES (1); CREATE TABLE x_$table LIKE other; ALTER TABLE x_$table ADD y INT;
			DROP TABLE x_$table; CREATE INDEX i ON other (id); $change"
		# after it the catalog has another table: make it as it was
		sql "$DB" "DROP TABLE IF EXISTS moved, ddl; CREATE TABLE $table (id INT PRIMARY KEY, v INT);
			CREATE TABLE IF NOT EXISTS other (id INT PRIMARY KEY); CREATE OR REPLACE TABLE other (id INT PRIMARY KEY)"
		run --separate-stderr -3 extract --follow --from "$from" --until-now "$URI" "$table"
		[[ $stderr == *"table '$table' was changed by: ${change%% other*}"* ]]
		[ "${#lines[@]}" -ge 1 ]
		sql "$DB" "DROP TABLE IF EXISTS moved, ddl; CREATE TABLE $([[ $change = RENAME* ]] && echo moved || echo ddl)
			(id INT PRIMARY KEY, v INT)"
	done
}

@test "rows of another shape than the table has now stop it" {
	sql "$DB" "CREATE TABLE shape (id INT PRIMARY KEY, v VARCHAR(10))"
	from=$(here)
	sql "$DB" "INSERT INTO shape VALUES (1, 'a'); ALTER TABLE shape MODIFY v VARCHAR(20)"
	run -3 extract --follow --from "$from" --until-now -o out.csv "$URI" shape
	[[ $output == *"table 'shape' was changed: its column 'v' is varchar(20) now"* ]]
	[ ! -e out.csv ]
	sql "$DB" "ALTER TABLE shape ADD w INT"
	run -3 extract --follow --from "$from" --until-now -o out.csv "$URI" shape
	[[ $output == *"table 'shape' was changed: it has 3 columns now, and 2 at this place"* ]]
}

@test "statements logged as such, partial rows and XA PREPARE stop it" {
	sql "$DB" "CREATE TABLE st (id INT PRIMARY KEY, v INT)"
	from=$(here)
	sql "$DB" "SET SESSION binlog_format = STATEMENT; INSERT INTO st VALUES (1, 1)"
	run -3 extract --follow --from "$from" --until-now -o out.csv "$URI" st
	[[ $output == *"is logged as such, without the rows"*"INSERT INTO st VALUES (1, 1)"* ]]
	from=$(here)
	sql "$DB" "SET SESSION binlog_row_image = MINIMAL; UPDATE st SET v = 2"
	run -3 extract --follow --from "$from" --until-now -o out.csv "$URI" st
	[[ $output == *"binlog_row_image must be FULL"* ]]
	from=$(here)
	sql "$DB" "XA START 'x'; INSERT INTO st VALUES (2, 2); XA END 'x'; XA PREPARE 'x'; XA COMMIT 'x'"
	run -3 extract --follow --from "$from" --until-now -o out.csv "$URI" st
	[[ $output == *"XA PREPARE"* ]]
}

@test "places that the log has not, not any more, or not yet are refused" {
	sql "$DB" "CREATE TABLE p (id INT PRIMARY KEY)"
	local place file
	file=$(here)
	file=${file%:*}
	for place in "binlog.000000:4=is not there any more: the oldest position is $(sql "" "SHOW BINARY LOGS" | head -n 1 | cut -f 1):4" \
		"binlog.999999:4=the binary log has no file 'binlog.999999'" \
		"$file:99999999999=the binary log has no position $file:99999999999: that file ends at" \
		"0-1-99999999=the binary log has no GTID 0-1-99999999 yet" "x=is no place in a binary log"; do
		run -2 extract --follow --from "${place%%=*}" --until-now "$URI" p
		[[ $output == *"${place#*=}"* ]]
	done
	run -2 extract --follow "$URI" p
	[[ $output == *"give --from or --from-manifest"* ]]
	echo '{"caravan": {"snapshot": {"time": "x"}}}' >m.json
	run -2 extract --follow --from-manifest m.json "$URI" p
	[[ $output == *"has no position in a binary log"* ]]
	echo '{"caravan": {"server": {"server_id": "77"}, "snapshot": {"binlog_file": "binlog.000001", "binlog_position": 4}}}' >m.json
	run -2 extract --follow --from-manifest m.json "$URI" p
	[[ $output == *"this is another server: its server_id is 1, and was 77"* ]]
}

@test "a user without the rights is told which" {
	sql "" "CREATE USER ${DB}_user@localhost; GRANT SELECT ON $DB.* TO ${DB}_user@localhost"
	local uri="${URI/caravan@/${DB}_user@}"
	run -2 extract --follow --from now --until-now "$uri" few
	[[ $output == *"BINLOG MONITOR"* ]]
	sql "" "GRANT BINLOG MONITOR ON *.* TO ${DB}_user@localhost"
	from=$(here)
	sql "$DB" "INSERT INTO few VALUES (100, 'x'); DELETE FROM few WHERE id = 100"
	run -2 extract --follow --from "$from" --until-now "$uri" few
	[[ $output == *"REPLICATION SLAVE"* ]]
	sql "" "GRANT REPLICATION SLAVE ON *.* TO ${DB}_user@localhost"
	extract --follow --from "$from" --until-now "$uri" few | grep -c '^100,' | grep -qx 2
}

@test "what cannot be followed is refused or warned about at the start" {
	sql "$DB" "CREATE VIEW v AS SELECT 1 AS a; CREATE TABLE gbk (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET gbk);
		CREATE TABLE sys (id INT PRIMARY KEY) WITH SYSTEM VERSIONING;
		CREATE TABLE comp (id INT PRIMARY KEY, v TEXT COMPRESSED);
		CREATE TABLE mother (id INT PRIMARY KEY);
		CREATE TABLE child (id INT PRIMARY KEY, m INT, CONSTRAINT to_mother FOREIGN KEY (m) REFERENCES mother (id) ON DELETE CASCADE)"
	for table in v sys "gbk=column 'v': its character set gbk" "comp=compressed columns" "nothing=no table 'nothing'"; do
		run -2 extract --follow --from now --until-now "$URI" "${table%%=*}"
		[[ $output == *"${table#*=}"* ]]
	done
	run -0 extract --follow --from now --until-now "$URI" child
	[[ $output == *"foreign key 'to_mother'"* ]]
	for option in --where=1 --columns=id --again --jobs=2 --no-lock; do
		run -2 extract --follow --from now "$option" "$URI" few
	done
	run -2 extract --from now "$URI" few
	run -2 extract --follow --from now "$POSTGRES_URI" few
	run -2 extract --follow --from now --until-now "$URI" few child
}

@test "it goes on until a signal comes, writes at once, and says where it stopped" {
	sql "$DB" "CREATE TABLE live (id INT PRIMARY KEY)"
	extract --follow --from now -v --stats stats.json --end-mark "$URI" live >out.csv 2>err 3>&- &
	local pid=$! i
	for i in 1 2 3; do
		wait_for grep -q _pos out.csv
		sql "$DB" "INSERT INTO live VALUES ($i)"
		wait_for grep -q "^$i," out.csv
	done
	kill -TERM "$pid"
	wait "$pid"
	[ "$(tail -n 1 out.csv)" = '\.' ]
	[ "$(jq -r .position stats.json)" = "$(here)" ]
	grep -q "^extract: up to $(here), GTID $(sql "" "SELECT @@gtid_binlog_pos")\$" err
	[ "$(jq .rows_out stats.json)" -eq 3 ]
}

@test "a closed pipe ends it quietly, a full disk with a message" {
	sql "$DB" "CREATE TABLE pipe (id INT PRIMARY KEY, v VARCHAR(100))"
	from=$(here)
	sql "$DB" "INSERT INTO pipe SELECT seq, REPEAT('x', 100) FROM seq_1_to_20000"
	set +o pipefail
	extract --follow --from "$from" --until-now "$URI" pipe 2>err | head -n 1
	[ ! -s err ]
	set -o pipefail
	run -3 extract --follow --from "$from" --until-now -o /dev/full "$URI" pipe
	[[ $output == *"No space left on device"* ]]
}
