#!/usr/bin/env bats
#
# follow.bats - a table is copied while it changes, and followed: extract --follow | transform
# | validate | load between real servers, killed again and again; at the end mapped(old) = new
#
# SEED=n begins with another history; SOAK=1 kills 200 times.

bats_require_minimum_version 1.5.0
load test-helpers

setup_file()
{
	need_servers
	export NAME=follow_line_$$ SEED=${SEED:-1}
	mysql_client -e "CREATE DATABASE $NAME"
	psql_client postgres -c "CREATE DATABASE $NAME"
	SOURCE=$(database_uri "$MYSQL_URI" "$NAME")
	TARGET=$(database_uri "$POSTGRES_URI" "$NAME")
	export SOURCE TARGET
}

teardown_file()
{
	mysql_client -e "DROP DATABASE IF EXISTS $NAME"
	psql_client postgres -c "DROP DATABASE IF EXISTS $NAME WITH (FORCE)"
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	RANDOM=$SEED
	echo "SEED=$SEED"
}

# Whatever a failed test left behind; only what it started itself.
teardown()
{
	local pid
	touch stop
	for pid in $(jobs -p); do
		kill -9 "$pid" 2>/dev/null
	done
	wait
	[ -z "${own-}" ] || "$BATS_TEST_DIRNAME/sandbox" stop --purge "$own" >&2 3>&- || true
}

# The old table; the procedure makes N random transactions of it.
old_accounts()
{
	mysql_client "$NAME" <<'SQL'
CREATE TABLE acc (id INT PRIMARY KEY, mail VARCHAR(60), n DECIMAL(12,2), seen DATETIME, note TEXT,
	gone TINYINT NOT NULL DEFAULT 0, junk BLOB) CHARACTER SET utf8mb4;
DELIMITER //
CREATE PROCEDURE churn(seed INT, n INT)
BEGIN
	DECLARE i INT DEFAULT 0;
	DECLARE k INT;
	DECLARE r DOUBLE;
	SET SESSION sql_mode = '', SESSION rand_seed1 = seed, SESSION rand_seed2 = seed * 7 + 1;
	WHILE i < n DO
		START TRANSACTION;
		REPEAT
			SET k = 1 + FLOOR(RAND() * 300), r = RAND();
			IF r < 0.4 THEN
				INSERT INTO acc VALUES (k, CONCAT('U', k, '@x.org'), RAND() * 1000,
					IF(RAND() < 0.1, '0000-00-00', NOW()), ELT(1 + FLOOR(RAND() * 5), NULL, '', 'a,"b"',
					'two\nlines', 'أحمد'), RAND() < 0.1, UNHEX('00ff'))
					ON DUPLICATE KEY UPDATE n = acc.n + 1, note = VALUES(note);
			ELSEIF r < 0.6 THEN
				UPDATE acc SET gone = RAND() < 0.3, mail = CONCAT('v', i) WHERE id = k;
			ELSEIF r < 0.75 THEN
				DELETE FROM acc WHERE id = k;
			ELSEIF r < 0.85 THEN
				UPDATE IGNORE acc SET id = 1 + FLOOR(RAND() * 300) WHERE id = k;
			ELSE
				UPDATE acc SET n = RAND() * 99, junk = NULL WHERE id BETWEEN k AND k + 30;
			END IF;
		UNTIL RAND() < 0.4 END REPEAT;
		IF RAND() < 0.1 THEN ROLLBACK; ELSE COMMIT; END IF;
		SET i = i + 1;
	END WHILE;
END//
DELIMITER ;
SQL
	cat >acc.sql <<-'END'
		-- drop: junk  nobody knows what it was
		SELECT id::bigint AS id, lower(mail) AS mail, n::numeric(12,2) AS amount,
		       legacy.zero_date(seen)::timestamp AS seen, note
		FROM acc WHERE gone = '0'
	END
	echo '{"fields":[{"name":"id","type":"integer"},{"name":"mail"},{"name":"amount","type":"number"},
		{"name":"seen","type":"any"},{"name":"note"}],"missingValues":[],"primaryKey":"id"}' >acc.json
	psql_client "$NAME" -c 'CREATE TABLE acc (id bigint PRIMARY KEY, mail text NOT NULL, amount numeric(12,2),
		seen timestamp, note text)'
}

# Keep changing until the file stop is there.
writer()
{
	local seed=$SEED
	until [ -e stop ]; do
		# a server that is being restarted is there again soon
		mysql_client "$NAME" -e "CALL churn($seed, 100)" 2>/dev/null || sleep 0.1
		seed=$((seed + 1))
	done
}

# The position up to which the table has all changes, or nothing.
position()
{
	psql_client "$NAME" -c "SELECT position FROM caravan.position WHERE table_name = '\"public\".\"$1\"'"
}

moved()
{
	[ "$(position "$1")" != "$before" ]
}

# The four programs in pids, from $from on.
start_line()
{
	env extract --follow "${from[@]}" "$SOURCE" acc >a & pids=($!)
	env transform acc.sql <a >b & pids+=($!)
	env validate acc.json <b >c & pids+=($!)
	env load -q "$TARGET" acc <c & pids+=($!)
}

end_line()
{
	# a follower whose reader is gone sees that with its next change
	kill "${pids[0]}" 2>/dev/null || true
	wait "${pids[@]}" || true
	from=(--from "$(position acc)")
}

# The table is copied, $from is where its changes begin.
copy_accounts()
{
	extract -q -d copy "$SOURCE" acc
	transform -q acc.sql copy/part-*.csv.zst | validate -q acc.json | command load -q "$TARGET" acc
	from=(--from-manifest copy/datapackage.json)
	psql_client "$NAME" -c "$(command load --print-schema "$TARGET")"
	mkfifo a b c
}

# drain WRITER: nobody writes any more, and all is applied
drain()
{
	touch stop
	wait "$1"
	extract --follow "${from[@]}" --until-now --end-mark "$SOURCE" acc | transform acc.sql |
		validate acc.json | command load --end-mark --stats s.json "$TARGET" acc
	[ "$(jq .rejected s.json)" = 0 ]
	same acc
}

# same TABLE: mapped(old) = new, row by row
same()
{
	extract -q "$SOURCE" "$1" | transform -q "$1.sql" >want.csv
	psql_client "$NAME" -c "COPY (SELECT * FROM $1) TO STDOUT CSV HEADER" >got.csv
	validate --sort --diff id want.csv got.csv
}

@test "copied while it changes, followed, each of the four killed at any moment: mapped(old) = new" {
	local kills=20 from i pids before
	[ -z "${SOAK-}" ] || kills=200
	old_accounts
	mysql_client "$NAME" -e "CALL churn($SEED, 300)"
	writer &
	local writer=$!
	copy_accounts
	for i in $(seq "$kills"); do
		before=$(position acc)
		start_line
		wait_for moved acc
		# some further than others
		[ $((RANDOM % 2)) = 0 ] || { before=$(position acc) && wait_for moved acc; }
		kill -9 "${pids[RANDOM % 4]}"
		end_line
	done
	drain "$writer"
	# and all of it once more, from the copy on
	extract --follow --from-manifest copy/datapackage.json --until-now "$SOURCE" acc | transform acc.sql |
		command load -q --again "$TARGET" acc
	same acc
}

# Children whose parents are in another table, which the target asks for.
old_families()
{
	mysql_client "$NAME" <<'SQL'
CREATE TABLE p (id INT PRIMARY KEY, v INT);
CREATE TABLE c (id INT PRIMARY KEY, p_id INT NOT NULL);
DELIMITER //
CREATE PROCEDURE families(seed INT, n INT)
BEGIN
	DECLARE i INT DEFAULT 0;
	DECLARE k INT;
	SET SESSION rand_seed1 = seed, SESSION rand_seed2 = seed * 7 + 1;
	WHILE i < n DO
		SET k = 1 + FLOOR(RAND() * 40);
		START TRANSACTION;
		IF RAND() < 0.7 THEN
			-- the child first: nobody here asks for its parent
			REPLACE INTO c VALUES (k * 10 + FLOOR(RAND() * 3), k);
			INSERT INTO p VALUES (k, 1) ON DUPLICATE KEY UPDATE v = v + 1;
		ELSE
			DELETE FROM p WHERE id = k;
			DELETE FROM c WHERE p_id = k;
		END IF;
		COMMIT;
		SET i = i + 1;
	END WHILE;
END//
DELIMITER ;
SQL
	echo 'SELECT id::int AS id, v::int AS v FROM p' >p.sql
	echo 'SELECT id::int AS id, p_id::int AS p_id FROM c' >c.sql
	psql_client "$NAME" -c 'CREATE TABLE p (id int PRIMARY KEY, v int)' \
		-c 'CREATE TABLE c (id int PRIMARY KEY, p_id int NOT NULL REFERENCES p)'
}

# Shards of both tables, mapped, and how far the follower says that it has all.
map_shards()
{
	until=$(jq -r .position changes/position.json)
	transform -q p.sql changes/p/part-*.csv.zst >p.csv
	transform -q c.sql changes/c/part-*.csv.zst >c.csv
}

# The follower has come further than what was mapped last, with changes of both tables.
further()
{
	ls changes/p/part-*.csv.zst changes/c/part-*.csv.zst &&
		[ "$(jq -r .position changes/position.json)" != "$until" ]
}

@test "two tables, kept as shards, follower and applier killed: children never without parents" {
	local i n follower applier writer start until=
	old_families
	psql_client "$NAME" -c "$(command load --print-schema "$TARGET")"
	start=$(mysql_client -e 'SHOW MASTER STATUS' | cut -f 1,2 | tr '\t' :)
	{
		local seed=$SEED
		until [ -e stop ]; do
			mysql_client "$NAME" -e "CALL families($seed, 40)"
			seed=$((seed + 1))
		done
	} &
	writer=$!
	for i in 1 2 3 4 5 6; do
		# begun again, it goes on by itself
		env extract -q --follow --from "$start" --interval 0.05 -d changes "$SOURCE" p c &
		follower=$!
		wait_for further >/dev/null 2>&1
		map_shards
		env load -q --until "$until" "$TARGET" c c.csv --with p=p.csv &
		applier=$!
		if [ $((i % 2)) = 0 ]; then
			for ((n = RANDOM % 3000; n > 0; n--)); do :; done
			kill -9 "$applier" || true
			wait "$applier" || true
		else
			wait "$applier"
		fi
		kill -9 "$follower"
		wait "$follower" || true
	done
	touch stop
	wait "$writer"
	extract -q --follow --from "$start" --until-now -d changes "$SOURCE" p c
	map_shards
	command load -q --until "$until" "$TARGET" c c.csv --with p=p.csv
	same p
	same c
}

@test "both servers are killed and come back: the follower waits for its own, the line is begun again" {
	local rounds=1 i pids from before status own
	[ -z "${SOAK-}" ] || rounds=10
	own=$(mktemp -d "${TMPDIR:-/tmp}/follow-restart.XXXXXX")
	chmod 755 "$own"
	"$BATS_TEST_DIRNAME/sandbox" start "$own" >&2 3>&-
	# shellcheck disable=SC1091 # made by sandbox
	. "$own/env"
	SOURCE=$(database_uri "$MYSQL_URI" "$NAME") TARGET=$(database_uri "$POSTGRES_URI" "$NAME")
	mysql_client -e "CREATE DATABASE $NAME"
	psql_client postgres -c "CREATE DATABASE $NAME"
	old_accounts
	mysql_client "$NAME" -e "CALL churn($SEED, 300)"
	writer &
	local writer=$!
	copy_accounts
	for i in $(seq "$rounds"); do
		before=$(position acc)
		start_line
		wait_for moved acc
		"$BATS_TEST_DIRNAME/sandbox" restart "$own" mysql --kill >&2 3>&-
		before=$(position acc)
		wait_for moved acc
		"$BATS_TEST_DIRNAME/sandbox" restart "$own" postgres --kill >&2 3>&-
		status=0
		wait "${pids[3]}" || status=$?
		[ $status = 3 ]
		end_line
	done
	drain "$writer"
	"$BATS_TEST_DIRNAME/sandbox" stop --purge "$own" >&2 3>&-
}
