#!/usr/bin/env bats
#
# init.bats - a first plan, proposed for a shop that is not the example, to its verified wave
#
# The tests are one story: each begins where the one before it ended.

# shellcheck disable=SC2154 # stderr is bats's

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	export NAME=init_bats PLAN=$BATS_FILE_TMPDIR/plan SHOP TARGET_URI JOBS=2
	SHOP=$(database_uri "$MYSQL_URI" "$NAME")
	TARGET_URI=$(database_uri "$POSTGRES_URI" "$NAME")
	mysql_client -e "DROP DATABASE IF EXISTS $NAME; CREATE DATABASE $NAME CHARACTER SET utf8mb4"
	mysql_client -D "$NAME" <<-'SQL'
		CREATE TABLE `KundenStamm` (
			kd_nr int NOT NULL PRIMARY KEY, kd_vorname varchar(40), kd_EMail varchar(80), kd_since varchar(20),
			kd_vip char(1), kd_tel varchar(30), kd_xz varchar(8));
		INSERT INTO `KundenStamm` SELECT seq, concat('Name ', seq), concat('K', seq, '@Example.org'),
			IF(seq <= 200, date_format('2011-01-01' + INTERVAL seq DAY, '%d.%m.%Y'),
				date_format('2012-01-01' + INTERVAL seq DAY, '%Y-%m-%d')),
			IF(seq % 3 = 0, 'J', 'N'), IF(seq % 5 = 0, NULL, concat('+49301234', seq)), 'old'
			FROM seq_1_to_500;
		CREATE TABLE ord_head (
			ono int NOT NULL PRIMARY KEY, kd_nr int, odate int unsigned, amt varchar(12), st varchar(10), `desc` text);
		INSERT INTO ord_head SELECT 7000 + seq, 1 + seq % 490, 1400000000 + seq * 5000, concat(seq, ',50'),
			elt(1 + seq % 3, 'open', 'paid', 'SHIPPED'), IF(seq % 2, '', concat('order ', seq)) FROM seq_1_to_900;
		CREATE TABLE t_adr (
			id int NOT NULL PRIMARY KEY, kd_nr int NOT NULL, str varchar(60), plz varchar(10), ort varchar(40), ctry char(2));
		INSERT INTO t_adr SELECT seq, seq, concat('Street ', seq), lpad(seq, 5, '0'), 'Berlin', 'DE' FROM seq_1_to_480;
		CREATE TABLE ord_pos (
			pno int NOT NULL PRIMARY KEY, ono int NOT NULL, art varchar(20), qty int NOT NULL);
		INSERT INTO ord_pos SELECT 100000 + seq, 7001 + seq % 900, concat('A-', seq % 40), 1 + seq % 4 FROM seq_1_to_2000;
		CREATE TABLE zz_log (a int NOT NULL PRIMARY KEY);
	SQL
	psql_client postgres -c "DROP DATABASE IF EXISTS $NAME" \
		-c "DROP DATABASE IF EXISTS ${NAME}_simulation" -c "CREATE DATABASE $NAME"
	psql_client "$NAME" <<-'SQL'
		CREATE TABLE customers (
			id integer PRIMARY KEY, first_name text, email text NOT NULL UNIQUE, created_at timestamptz NOT NULL,
			vip boolean NOT NULL, phone text, newsletter boolean NOT NULL DEFAULT false);
		CREATE TABLE addresses (
			id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers, street text, zip text NOT NULL,
			city text, country char(2) NOT NULL);
		CREATE TABLE orders (
			id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers, ordered_at timestamptz NOT NULL,
			amount numeric(10,2) NOT NULL, status text NOT NULL CHECK (status IN ('open', 'paid', 'shipped')),
			description text, channel text NOT NULL);
		CREATE TABLE order_items (
			id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders, article text, quantity integer NOT NULL);
		CREATE TABLE countries (code char(2) PRIMARY KEY);
		INSERT INTO countries VALUES ('DE');
	SQL
}

teardown_file()
{
	load test-helpers
	need_servers || return
	mysql_client -e 'DROP DATABASE IF EXISTS init_bats'
	psql_client postgres -c 'DROP DATABASE IF EXISTS init_bats' -c 'DROP DATABASE IF EXISTS init_bats_simulation' \
		-c 'DROP DATABASE IF EXISTS init_bats_2'
	mysql_client -e 'DROP DATABASE IF EXISTS init_bats_2'
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

@test "what is wrong with the command line makes no plan" {
	run -2 caravan init "$SHOP"
	[ "$output" = 'caravan: init needs the addresses of the source and of the target' ]
	run -2 caravan init --fast "$SHOP" "$TARGET_URI"
	run -2 caravan init --user-table
	run -2 caravan init 'mysql://me:secret@host/db' "$TARGET_URI"
	[[ $output != *secret* && $output == *password* ]]
	run -2 caravan init --user-table nobody "$SHOP" "$TARGET_URI"
	[[ $output == *"the source has no table 'nobody'"* ]]
	run -2 caravan init --user-table KundenStamm --user-key nothing "$SHOP" "$TARGET_URI"
	[[ $output == *"KundenStamm has no column 'nothing'"* ]]
	run -3 caravan init "$(database_uri "$MYSQL_URI" no_such_database)" "$TARGET_URI"
	run -3 caravan init "$SHOP" "$(database_uri "$POSTGRES_URI" no_such_database)"
	[ ! -e "$PLAN" ]
}

@test "init proposes tables in load order, the way of each to its customer, and tells what it guessed" {
	run -0 --separate-stderr caravan init "$SHOP" "$TARGET_URI"
	[[ $output == *"the plan is in $PLAN"* ]]
	[[ $stderr == *'guessed: the users are in KundenStamm'* ]]
	[[ $stderr == *'guessed: their key is KundenStamm.kd_nr'* ]]
	[[ $stderr == *'guessed: KundenStamm becomes customers'* ]]
	[[ $stderr == *'guessed: ord_head becomes orders'* ]]
	[[ $stderr == *'guessed: t_adr becomes addresses'* ]]
	[[ $stderr == *'guessed: ord_pos becomes order_items'* ]]
	[[ $stderr == *'no table of the target is like zz_log'* ]]
	[[ $stderr == *'countries has rows already: it is left out of the plan'* ]]
	[[ $stderr == *'channel (text) cannot be NULL and has no default, and nothing becomes it'* ]]
	[ "$(cd "$PLAN/tables" && echo *)" = '10-customers 20-addresses 30-orders 40-order_items' ]
	grep -qxF 'JOIN (:wave) w ON w.user_key = t1.kd_nr' "$PLAN/tables/40-order_items/extract.sql"
	grep -qxF 'JOIN ord_head t1 ON t1.ono = s.ono' "$PLAN/tables/40-order_items/extract.sql"
	# only what the owner may read
	[ -z "$(find "$PLAN" -perm /077)" ]
	[ ! -e "$PLAN/.init" ]
}

@test "columns get the names, types and eras that were seen" {
	run -0 transform --lineage=csv "$PLAN/tables/10-customers/map.sql"
	[[ $output == *id,integer,kd_nr,kd_nr::integer* ]]
	grep -qxF -- '-- drop: kd_vorname   undecided' "$PLAN/tables/10-customers/map.sql"
	grep -qxF -- '       -- values that are neither yes nor no: J' "$PLAN/tables/10-customers/map.sql"
	[[ $output == *email,text,kd_EMail,* ]]
	[[ $output == *"DD.MM.YYYY"* ]]
	[[ $output == *vip,boolean,kd_vip,* ]]
	[[ $output == *phone,text,kd_tel,* ]]
	grep -qxF -- '-- drop: kd_xz   undecided' "$PLAN/tables/10-customers/map.sql"
	run -0 transform --lineage=csv "$PLAN/tables/30-orders/map.sql"
	[[ $output == *customer_id,integer,kd_nr,* ]]
	[[ $output == *'ordered_at,timestamp with time zone,odate,to_timestamp(odate::bigint)'* ]]
	[[ $output == *"replace(amt, ',', '.')::numeric"*'::numeric(10,2)'* ]]
	[[ $output == *description,text,desc,* ]]
	run -0 transform --lineage=csv "$PLAN/tables/20-addresses/map.sql"
	[[ $output == *street,text,str,* && $output == *zip,text,plz,* && $output == *city,text,ort,* ]]
}

@test "a plan that is there is not overwritten; --force puts it aside" {
	echo '-- mine' >>"$PLAN/tables/10-customers/map.sql"
	run -2 caravan init "$SHOP" "$TARGET_URI"
	[ "$output" = "caravan: '$PLAN' is a plan already; --force puts its files aside and makes them anew" ]
	grep -qx -- '-- mine' "$PLAN/tables/10-customers/map.sql"
	run -0 caravan init --force --user-table KundenStamm --user-key kd_nr "$SHOP" "$TARGET_URI"
	[[ $output != *'the users are in'* ]]
	run -1 grep -x -- '-- mine' "$PLAN/tables/10-customers/map.sql"
	grep -qx -- '-- mine' "$PLAN/before-init-1/tables/10-customers/map.sql"
}

@test "nothing moves before every column is decided" {
	line=$(grep -nxF -- '-- drop: kd_xz   undecided' "$PLAN/tables/10-customers/map.sql" | cut -d : -f 1)
	for verb in simulate run; do
		run -2 caravan "$verb"
		[[ $output == *"caravan: tables/10-customers/map.sql:$line: kd_xz is undecided: map it, or say why it is dropped"* ]]
	done
	[ "$(one 'SELECT count(*) FROM customers')" = 0 ]
}

# readme N: do what the N-th edit of the session in README.md says
readme()
{
	[ -e shop ] || ln -s "$PLAN" shop
	N=$1 perl -0777 -ne '
		my ($part) = /^## A plan of your own\n(.*?)^## /ms;
		my @edits;
		while ($part =~ /^    \$ ((sed|rm|cat) (?:.*\\\n)*.*\n)((?:    (?!\$).*\n)*)/mg) {
			my ($command, $name, $text) = ($1, $2, $3);
			$command =~ s{\n\z}{};
			push @edits, $name eq "cat" ? "$command <<\"END\"\n" . $text =~ s/^    //mgr . "END\n" : "$command\n";
		}
		print $edits[$ENV{N} - 1]' "$BATS_TEST_DIRNAME/../README.md" >edit
	cat edit
	[ -s edit ]
	bash -eu edit
}

@test "decided as README.md says, the plan is simulated, run and verified in two waves" {
	readme 1
	# a yes and a no of another language, which the proposal rejects
	run -1 caravan simulate
	[[ $output == *'neither yes nor no: J'* && $output == *'foreign-key            300  the value "3" is not in customers(id)'* ]]
	readme 3
	# what is needed and forgotten comes to light as well
	run -3 caravan simulate
	[[ $output == *"lacks column 'channel'"* ]]
	readme 2
	run -0 caravan simulate
	readme 4
	readme 5
	readme 6
	run -0 caravan simulate
	for wave in 10-regular 20-vip; do
		run -0 caravan run
		[[ $output == *"$wave is loaded"* ]]
		run -0 caravan verify
	done
	[ "$(one 'SELECT count(*) FROM customers')" = 500 ]
	[ "$(one 'SELECT count(*), sum(amount), count(DISTINCT status) FROM orders')" = '900|405900.00|3' ]
	[ "$(one 'SELECT count(*) FROM addresses')|$(one 'SELECT count(*) FROM order_items')" = '480|2000' ]
	[ "$(one "SELECT created_at AT TIME ZONE 'UTC', vip, phone, newsletter FROM customers WHERE id = 3")" = \
		'2011-01-04 00:00:00|t|+493012343|f' ]
	[ "$(one "SELECT created_at AT TIME ZONE 'UTC' FROM customers WHERE id = 201")" = '2012-07-20 00:00:00' ]
	[ "$(one "SELECT zip FROM addresses WHERE id = 7")" = 00007 ]
}

@test "a source where nothing tells who the users are wants them named" {
	psql_client postgres -c "DROP DATABASE IF EXISTS ${NAME}_2"
	mysql_client -e "DROP DATABASE IF EXISTS ${NAME}_2; CREATE DATABASE ${NAME}_2;
		CREATE TABLE ${NAME}_2.a (x int PRIMARY KEY, y int); CREATE TABLE ${NAME}_2.b (z int PRIMARY KEY)"
	psql_client postgres -c "CREATE DATABASE ${NAME}_2"
	psql_client "${NAME}_2" -c 'CREATE TABLE a (x int PRIMARY KEY, y int)'
	target=$(database_uri "$POSTGRES_URI" "${NAME}_2")
	source=$(database_uri "$MYSQL_URI" "${NAME}_2")
	run -2 "$BATS_TEST_DIRNAME/caravan" p init "$source" "$target"
	[[ $output == *'it cannot be told which table has the users; name it: --user-table TABLE'* ]]
	run -0 "$BATS_TEST_DIRNAME/caravan" p init --user-table a "$source" "$target"
	[ "$(tail -n 1 p/waves/10-all.sql)" = 'SELECT x AS user_key FROM a' ]
	psql_client "${NAME}_2" -c 'INSERT INTO a VALUES (1, 2)'
	run -2 "$BATS_TEST_DIRNAME/caravan" q init "$source" "$target"
	[[ $output == *'all tables of the target have rows already'* ]]
	[ ! -e q ]
}

@test "the example's four tables find their new ones, in load order" {
	mysql_client -e "DROP DATABASE IF EXISTS ${NAME}_2"
	psql_client postgres -c "DROP DATABASE IF EXISTS ${NAME}_2" -c "CREATE DATABASE ${NAME}_2"
	source=$(database_uri "$MYSQL_URI" "${NAME}_2")
	"$BATS_TEST_DIRNAME/../fixtures/streaming/generate" --users 300 "$source" >/dev/null
	psql_client "${NAME}_2" -f "$BATS_TEST_DIRNAME/../fixtures/streaming/new.sql" >/dev/null
	run -0 "$BATS_TEST_DIRNAME/caravan" p init "$source" "$(database_uri "$POSTGRES_URI" "${NAME}_2")"
	for pair in 'tbl_user becomes users' 'subs becomes subscriptions' 'fav becomes favourites' 'tbl_child becomes profiles'; do
		[[ $output == *"guessed: $pair "* ]]
	done
	[ "$(cd p/tables && echo *)" = '10-users 20-favourites 30-profiles 40-subscriptions' ]
	for file in p/tables/*; do
		transform --describe "$file/map.sql" >/dev/null
	done
	# whoever looks for the users' orphans finds them in the wave
	grep -qxF 'UNION SELECT u_id FROM subs WHERE u_id IS NOT NULL' p/waves/10-all.sql
}
