# mysql-helpers.bash - what extract's tests against MariaDB have in common
#
#	load mysql-helpers        (in a .bats file)
#
# A database of the file's own in MariaDB, with the table few, and a schema of
# the same name in PostgreSQL, $DB; $URI is the database's address.
# shellcheck shell=bash
load ../scripts/test-helpers

setup_file()
{
	need_servers
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

# here: how far the server's binary log is
here()
{
	sql "" "SHOW MASTER STATUS" | cut -f 1,2 | tr '\t' :
}

# same_changes TABLE: inserting and deleting the table's rows reads in the binary log as they do
# in a copy of the table
same_changes()
{
	local from op
	sql "$DB" "CREATE TABLE log_$1 LIKE $1"
	from=$(here)
	sql "$DB" "INSERT INTO log_$1 SELECT * FROM $1"
	extract "$URI" "log_$1" >copied.csv
	sql "$DB" "DELETE FROM log_$1"
	extract -q --follow --from "$from" --until-now "$URI" "log_$1" >changes.csv
	for op in i d; do
		LC_ALL=C awk -v op="$op" 'function print_lines(i) { for (i = 1; i <= n; i++) print lines[i] }
			{ lines[++n] = $0 }
			NR == 1 { sub(/,_op,_pos$/, "", lines[1]); print_lines(); n = 0 }
			match($0, /,[id],binlog\.[0-9:]*\$?$/) {
				lines[n] = substr($0, 1, RSTART - 1)
				if (substr($0, RSTART + 1, 1) == op)
					print_lines()
				n = 0
			}' changes.csv | cmp - copied.csv
	done
	sql "$DB" "DROP TABLE log_$1"
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
