# source.bash - what is in the old database: its catalog, and a profile of all its rows
# shellcheck shell=bash
#
# source_catalog DIR makes
#
#	DIR/tables         a line for each table and view: name, kind (table or view), the name
#	                   as extract takes it, and what it is called in SQL, with tabs between
#	DIR/describe/N.json   what extract --describe says of the table in line N
#
# and source_profile DIR, after it, DIR/profile.json.

source_catalog()
{
	local dir=$1 name kind address number=0
	rm -rf -- "$dir/describe"
	mkdir -p -- "$dir/describe"
	extract --list "$SOURCE" >"$dir/list.csv" || die 3 'cannot list the tables of the source'
	"$DRIVER/catalog-tables" "$dir/list.csv" >"$dir/tables" ||
		die 2 'the source has a table that cannot be a name of a file'
	[[ -s $dir/tables ]] || die 2 'the source has no tables'
	while IFS=$'\t' read -r name kind address _; do
		number=$((number + 1))
		extract --describe "$SOURCE" "$address" >"$dir/describe/$number.json" ||
			die 3 "cannot describe '$name'"
	done <"$dir/tables"
}

# All rows of all tables, in one snapshot, so that what refers to what is seen as it is.  The
# shards hold everything that the source knows of anybody, and are gone when they were read.
source_profile()
{
	local dir=$1 name kind address tables=()
	while IFS=$'\t' read -r name kind address _; do
		[[ $kind != table ]] || tables+=("$address")
	done <"$dir/tables"
	((${#tables[@]} > 0)) || die 2 'the source has views only'
	rm -rf -- "$dir/raw"
	mkdir -p -- "$dir/raw"
	name=$dir/raw
	# the shards of one table alone lie directly in the folder
	((${#tables[@]} > 1)) || name=$dir/raw/${tables[0]}
	# shellcheck disable=SC2086 # several options
	extract -q -d "$name" -j "$JOBS" -n "$SHARD_ROWS" $EXTRACT_OPTIONS "$SOURCE" "${tables[@]}" ||
		die 3 'cannot read the tables of the source'
	# from within: a path with = in it would be taken for a name
	(cd -- "$dir" && validate -q --profile --format json -o profile.json raw) ||
		die 3 'cannot make a profile of the tables'
	rm -rf -- "$dir/raw"
}
