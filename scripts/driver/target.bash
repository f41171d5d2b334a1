# target.bash - the new database, and what the driver keeps in it
# shellcheck shell=bash

# target ARG...: psql, quiet, unaligned, stopping at the first error.
target()
{
	PGOPTIONS="${PGOPTIONS-} -c client_min_messages=warning -c timezone=UTC" PGAPPNAME='caravan' \
		psql -X -q -A -t -v ON_ERROR_STOP=1 --dbname="$TARGET" "$@"
}

# The schema caravan: the ledger, and where each user is.
target_init()
{
	{
		load --print-schema
		cat <<-'SQL'
			CREATE TABLE IF NOT EXISTS caravan.user_state (
				user_key text PRIMARY KEY,
				wave text NOT NULL,
				state text NOT NULL CHECK (state IN ('legacy', 'hold', 'new')),
				since timestamptz NOT NULL DEFAULT clock_timestamp(),
				-- who has the data of a user on hold; otherwise the state says it
				home text NOT NULL DEFAULT 'legacy' CHECK (home IN ('legacy', 'new'))
			);
			-- not by IF NOT EXISTS, which would wait for whoever writes to the table
			DO $$ BEGIN
				IF NOT EXISTS (SELECT FROM pg_attribute
						WHERE attrelid = 'caravan.user_state'::regclass AND attname = 'home') THEN
					ALTER TABLE caravan.user_state ADD
						home text NOT NULL DEFAULT 'legacy' CHECK (home IN ('legacy', 'new'));
				END IF;
				IF to_regclass('caravan.user_state_wave') IS NULL THEN
					CREATE INDEX user_state_wave ON caravan.user_state (wave, state);
				END IF;
			END $$;
		SQL
	} | target >/dev/null || die 3 "cannot make the schema caravan in the target"
}

# sql_text TEXT: as a literal of SQL.
sql_text()
{
	printf "'%s'" "${1//\'/\'\'}"
}

# target_table NAME: as SQL writes the table that a folder is named for: name, schema.name, or what is
# in quotes already; any other is a name as it stands.
target_table()
{
	case $1 in
	*'"'*) printf '%s' "$1" ;;
	*)
		if [[ $1 =~ ^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$ ]]; then
			printf '%s.%s' "$(sql_name "${1%.*}")" "$(sql_name "${1#*.}")"
		else
			sql_name "$1"
		fi
		;;
	esac
}

# sql_name NAME: a name of a column or table, in quotes.
sql_name()
{
	printf '"%s"' "${1//\"/\"\"}"
}

# prefixed T NAME...: T."NAME", ...
prefixed()
{
	local relation=$1 name list=''
	shift
	for name in "$@"; do
		list+=", $relation.$(sql_name "$name")"
	done
	printf '%s' "${list#, }"
}

# The columns of the tables' primary keys: a line for each, the table's name and the column with a
# tab between.
target_keys_of()
{
	local name values=''
	for name in "$@"; do
		values+=", ($(sql_text "$name"), $(sql_text "$(target_table "$name")")::regclass)"
	done
	target -F $'\t' -c "WITH t (name, oid) AS (VALUES ${values#, })
		SELECT t.name, a.attname FROM t JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
			JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
			ORDER BY t.name, array_position(i.indkey, a.attnum)"
}

# key_in KEYS NAME: the lines of that table, without its name.
key_in()
{
	local name column some=''
	while IFS=$'\t' read -r name column; do
		[[ $name != "$2" ]] || printf '%s\n' "$column"
		[[ $name != "$2" ]] || some=yes
	done <<<"$1"
	[[ -n $some ]] || die 2 "$2 has no primary key: its rows cannot be told apart"
}

# relation_for USE NAME: a table of the schema caravan, for some use of the table NAME, whatever
# its name and length.
relation_for()
{
	printf 'caravan.%s_%s' "$1" "$(md5sum <<<"$2" | cut -c 1-12)"
}

# fresh_copies NAME RELATION...: new tables, like the target's table NAME but without constraints.
fresh_copies()
{
	local name=$1 relation
	shift
	for relation in "$@"; do
		cat <<-SQL
			DROP TABLE IF EXISTS $relation;
			CREATE UNLOGGED TABLE $relation (LIKE $(target_table "$name"));
			DO \$\$ DECLARE c text; BEGIN
				FOR c IN SELECT attname FROM pg_attribute
					WHERE attrelid = '$relation'::regclass AND attnum > 0 AND attnotnull
				LOOP EXECUTE format('ALTER TABLE $relation ALTER %I DROP NOT NULL', c); END LOOP;
			END \$\$;
		SQL
	done | target
}

# fill_copy RELATION: with the rows of the shards or rejects on stdin (each name followed by a NUL),
# but for those that are not of the types of its columns.
fill_copy()
{
	xargs -0 -r load -q --no-ledger --max-rejects 100% "$TARGET" "$1"
}
