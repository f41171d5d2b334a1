#!/usr/bin/env bats
#
# names.bats - names that need quotes, and foreign keys, from init to verified waves
#
# The tests are one story: each begins where the one before it ended.

# shellcheck disable=SC2016 # SQL's backquotes

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	export NAME=names_bats PLAN=$BATS_FILE_TMPDIR/plan JOBS=2 SHARD_ROWS=70
	drop_plan "$NAME"
	mysql_client -e "CREATE DATABASE $NAME CHARACTER SET utf8mb4"
	# orders 91 to 100 are of nobody, their items hang on them; and there is no product 77
	mysql_client -D "$NAME" <<-'SQL'
		CREATE TABLE `cust omers` (id int NOT NULL PRIMARY KEY, `full name` varchar(40), `e-mail` varchar(60));
		INSERT INTO `cust omers` SELECT seq, concat('Name ', seq), concat(seq, '@example.org') FROM seq_1_to_90;
		CREATE TABLE `order` (id int NOT NULL PRIMARY KEY, `Cust-Id` int NOT NULL, note varchar(20),
			FOREIGN KEY (`Cust-Id`) REFERENCES `cust omers` (id));
		CREATE TABLE `pro'duct` (id int NOT NULL PRIMARY KEY, title varchar(20));
		INSERT INTO `pro'duct` SELECT 1000 + seq, concat('Title ', seq) FROM seq_1_to_20;
		CREATE TABLE `it"ems` (id int NOT NULL PRIMARY KEY, `order` int NOT NULL, `qty,n` int NOT NULL, `pro'duct` int,
			FOREIGN KEY (`order`) REFERENCES `order` (id), FOREIGN KEY (`pro'duct`) REFERENCES `pro'duct` (id));
		SET foreign_key_checks = 0;
		INSERT INTO `order` SELECT seq, seq, concat('note ', seq) FROM seq_1_to_100;
		INSERT INTO `it"ems` SELECT seq, 1 + seq % 100, seq % 7, IF(seq % 50 = 0, 77, 1001 + seq % 20) FROM seq_1_to_300;
	SQL
	psql_client postgres -c "CREATE DATABASE $NAME"
	psql_client "$NAME" <<-'SQL'
		CREATE TABLE "cust omers" (id int PRIMARY KEY, "full name" text, "e-mail" text);
		CREATE TABLE "order" (id int PRIMARY KEY, "Cust-Id" int NOT NULL REFERENCES "cust omers", note text);
		CREATE SCHEMA "Ware-House";
		CREATE TABLE "Ware-House"."pro'duct" (id int PRIMARY KEY, title text);
		CREATE TABLE "it""ems" (id int PRIMARY KEY, "order" int NOT NULL REFERENCES "order", "qty,n" int NOT NULL,
			"pro'duct" int REFERENCES "Ware-House"."pro'duct", parent int REFERENCES "it""ems");
		-- what the database folds to lower case is another table
		CREATE TABLE "ORDER" (code text PRIMARY KEY);
	SQL
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" init --user-table 'cust omers' "$(database_uri "$MYSQL_URI" "$NAME")" \
		"$(database_uri "$POSTGRES_URI" "$NAME")" 2>"$BATS_FILE_TMPDIR/told" || {
		cat "$BATS_FILE_TMPDIR/told" >&2
		return 1
	}
}

teardown_file()
{
	load test-helpers
	need_servers || return
	drop_plan names_bats
}

setup()
{
	load test-helpers
	need_servers || return
	cd "$BATS_TEST_TMPDIR" || return
}

caravan()
{
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" "$@"
}

one()
{
	psql_client "$NAME" -c "$1"
}

# references TABLE: what its contract refers to
references()
{
	jq -r '.foreignKeys // [] | map("\(.fields | if type == "array" then join(",") else . end) -> \(.reference.resource)") |
		sort | .[]' "$PLAN"/tables/*-"$1"/schema.json
}

@test "init: folders in load order, and the references that can be checked before loading" {
	cat "$BATS_FILE_TMPDIR/told"
	[ "$(cd "$PLAN/tables" && printf '%s|' *)" = \
		'10-"Ware-House"."pro'\''duct"|20-cust omers|30-order|40-"it""ems"|' ]
	[ "$(references order)" = 'Cust-Id -> cust omers' ]
	[ "$(references '"it""ems"')" = "order -> order
pro'duct -> \"Ware-House\".\"pro'duct\"" ]
	grep -q 'what "it""ems" (parent) refers to is left to the database, because the table refers to itself' \
		"$BATS_FILE_TMPDIR/told"
	# nobody's own rows
	run ! grep -q ':wave' "$PLAN/tables/10-"*/extract.sql
}

@test "what refers to nothing is rejected while it is mapped, with what hangs on it; nothing is loaded" {
	run -1 caravan simulate
	echo "$output"
	[[ $output == *'order: 10 rows rejected, MAX_REJECTS of 10-all allows 0 of 100'* ]]
	[[ $output == *foreign-key* ]]
	sed -i 's/MAX_REJECTS: 0/MAX_REJECTS: 40/' "$PLAN/waves/10-all.sql"
	# two waves: the first has the products, the second refers to them in the target
	sed '/^SELECT/,$d' "$PLAN/waves/10-all.sql" >"$PLAN/waves/20-rest.sql"
	printf 'SELECT id AS user_key FROM `cust omers` WHERE id > 40 UNION SELECT `Cust-Id` FROM `order` WHERE `Cust-Id` > 40\n' \
		>>"$PLAN/waves/20-rest.sql"
	sed -i '/^SELECT/,$d' "$PLAN/waves/10-all.sql"
	printf 'SELECT id AS user_key FROM `cust omers` WHERE id <= 40\n' >>"$PLAN/waves/10-all.sql"
	run caravan simulate
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "parents of an earlier wave count: they are in the target" {
	run caravan run
	echo "$output"
	[ "$status" -eq 0 ]
	run -0 caravan verify
	[ "$(one 'SELECT count(*) FROM "order"')|$(one 'SELECT count(*) FROM "it""ems"')" = '40|117' ]
	run caravan run
	echo "$output"
	[ "$status" -eq 0 ]
	run -0 caravan verify
	[ "$(one 'SELECT count(*) FROM "cust omers"')|$(one 'SELECT count(*) FROM "order"')" = '90|90' ]
	[ "$(one 'SELECT count(*) FROM "it""ems"')" = "$(mysql_client -D "$NAME" -e 'SELECT count(*) FROM `it"ems`
		WHERE `order` <= 90 AND `pro'\''duct` <> 77')" ]
	run -0 caravan status --format=json
	jq -e '[.waves[].reasons[] | select(.code == "foreign-key")] | length > 0 and all(.stage == "validate")' <<<"$output"
	jq -e '[.waves[].reasons[] | select(.stage == "load")] == []' <<<"$output"
	[ "$(one 'SELECT sum("qty,n") FROM "it""ems"')" = "$(mysql_client -D "$NAME" -e 'SELECT sum(`qty,n`) FROM `it"ems`
		WHERE `order` <= 90 AND `pro'\''duct` <> 77')" ]
}

@test "a parent that is mended lets its children in" {
	run -0 caravan replay --collect 20-rest
	cd "$PLAN/work/run/20-rest/replay"
	# order 95 is of customer 5; its items are taken as they are
	sed -i -e '1p' -e '/^95,95,/!d' -e 's/^95,95,/95,5,/' order.validate.csv
	sed -i '1n; /foreign-key/!d' '"it""ems".validate.csv'
	run caravan replay 20-rest
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(one 'SELECT "Cust-Id" FROM "order" WHERE id = 95')" = 5 ]
	[ "$(one 'SELECT count(*) FROM "it""ems" WHERE "order" = 95')" = 3 ]
	run -0 caravan verify 20-rest
}

@test "taken back, reported, and run once more" {
	run -0 caravan rollback 20-rest
	[ "$(one 'SELECT count(*) FROM "order"')|$(one 'SELECT count(*) FROM "it""ems"')" = '40|117' ]
	run -0 caravan report -o report.html
	run -0 caravan status
	[[ $output == *'"it""ems"'* ]]
	run -0 caravan run --force 20-rest
	run -0 caravan verify
	[ "$(one 'SELECT count(*) FROM "ORDER"')" = 0 ]
}

@test "a contract that refers to what cannot be known is refused" {
	schema=$PLAN/tables/30-order/schema.json
	cp "$schema" kept
	jq '.foreignKeys += [{"fields": ["id"], "reference": {"resource": "", "fields": ["id"]}}]' kept >"$schema"
	run -2 caravan simulate
	[ "$output" = 'caravan: tables/30-order/schema.json refers to its own table, which only the database can check: take that foreign key out' ]
	jq '.foreignKeys += [{"fields": ["id"], "reference": {"resource": "\"it\"\"ems\"", "fields": ["id"]}}]' kept >"$schema"
	run -2 caravan simulate
	[ "$output" = 'caravan: tables/30-order/schema.json refers to "it""ems", which is loaded after it' ]
	jq '.foreignKeys += [{"fields": ["id"], "reference": {"resource": "nowhere", "fields": ["id"]}}]' kept >"$schema"
	run -3 caravan simulate
	[[ $output == *'cannot read the keys of nowhere in the target'* ]]
	jq '.foreignKeys += [{"fields": ["id"], "reference": {"resource": "cust omers", "fields": ["code"]}}]' kept >"$schema"
	run caravan simulate
	echo "$output"
	[ "$status" -ge 2 ]
	printf '{' >"$schema"
	run -2 caravan simulate
	[[ $output == *'a contract of the plan cannot be read'* ]]
	cp kept "$schema"
	mkdir "$PLAN/tables/90-a=b"
	run -2 caravan status
	[[ $output == *'tables/90-a=b must have extract.sql'* ]]
	cp "$PLAN"/tables/30-order/* "$PLAN/tables/90-a=b"
	run -2 caravan status
	[ "$output" = "caravan: tables/90-a=b: a table's folder is called NUMBER-TABLE, without =, % and \\" ]
	rm -r "$PLAN/tables/90-a=b"
}
