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
		cat <<-'END'
			CREATE TABLE IF NOT EXISTS caravan.user_state (
				user_key text PRIMARY KEY,
				wave text NOT NULL,
				state text NOT NULL CHECK (state IN ('legacy', 'hold', 'new')),
				since timestamptz NOT NULL DEFAULT clock_timestamp()
			);
			CREATE INDEX IF NOT EXISTS user_state_wave ON caravan.user_state (wave, state);
		END
	} | target || die 3 "cannot make the schema caravan in the target"
}

# sql_text TEXT: as a literal of SQL.
sql_text()
{
	printf "'%s'" "${1//\'/\'\'}"
}

# A table's name as a regclass literal: as SQL understands it, else as it stands.
target_table()
{
	local name=$1
	[[ $name =~ ^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$ || $name == *'"'* ]] || name="\"$name\""
	printf '%s' "$name"
}

# The columns of a table's primary key, quoted, with commas between them.
target_key()
{
	target -c "SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey, a.attnum))
		FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
		WHERE i.indisprimary AND i.indrelid = $(sql_text "$(target_table "$1")")::regclass"
}

# copy_of FOLDER DIR RELATION: a new table with the rows that a wave mapped, those that load
# refused for their types left out; without constraints.  Rows come twice where a key was doubled.
copy_of()
{
	local folder=$1 dir=$2 relation=$3 name
	name=$(table_name "$folder")
	target -c "DROP TABLE IF EXISTS $relation" \
		-c "CREATE UNLOGGED TABLE $relation (LIKE $(target_table "$name"))" \
		-c "DO \$\$ DECLARE c text; BEGIN
			FOR c IN SELECT attname FROM pg_attribute
				WHERE attrelid = '$relation'::regclass AND attnum > 0 AND attnotnull
			LOOP EXECUTE format('ALTER TABLE $relation ALTER %I DROP NOT NULL', c); END LOOP;
		END \$\$" || return
	shard_files "$dir/mapped/$name" |
		xargs -0 -r load -q --no-ledger --max-rejects 100% "$TARGET" "$relation"
}

# rejected_of FOLDER DIR RELATION LIKE: the same with the rows that load refused, those that were
# mended and replayed since included: their shard still has them as they were.
rejected_of()
{
	local dir=$2 relation=$3 name file
	name=$(table_name "$1")
	target -c "DROP TABLE IF EXISTS $relation" \
		-c "CREATE UNLOGGED TABLE $relation (LIKE caravan.$4)" || return
	for file in "$dir/rejects/$name"/*.load.csv "$dir/replay"/*/was/"$name.load.csv"; do
		[[ -s $file ]] || continue
		load -q --no-ledger --max-rejects 100% "$TARGET" "$relation" "$file" || return
	done
}
