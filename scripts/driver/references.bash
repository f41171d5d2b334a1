# references.bash - which table refers to which, and the keys that a wave's rows may refer to
# shellcheck shell=bash
#
# A contract's foreign keys are checked before anything is loaded.  What they refer to is either a
# table of the plan that stands before, whose rows are those of this wave and, in the target, those
# of earlier ones; or a table of the target alone.

# REFERS: FOLDER => the tables that its contract refers to, one a line.
# REFERRED: table => its columns that any contract refers to, one a line.
declare -A REFERS=() REFERRED=()

# Read both from the plan's contracts, and refuse what could not be checked there.
plan_references()
{
	local file folder parent column earlier=$'\n' lines
	lines=$(cd -- "$PLAN/tables" && for file in "${TABLES[@]}"; do
		jq -r --arg folder "$file" '.foreignKeys? | .[]? | .reference? | . as $r |
			.fields? | if type == "array" then .[] else . end |
			[$folder, ($r.resource? // ""), .] | join("\t")' "$file/schema.json" || exit
	done) || die 2 'a contract of the plan cannot be read'
	while IFS=$'\t' read -r folder parent column; do
		[[ -n $folder ]] || continue
		# two tabs with nothing between them are one to read
		[[ -n $column ]] ||
			die 2 "tables/$folder/schema.json refers to its own table, which only the database can check: take that foreign key out"
		add_line REFERS "$folder" "$parent"
		add_line REFERRED "$parent" "$column"
	done <<<"$lines"
	for folder in "${TABLES[@]}"; do
		while read -r parent; do
			[[ -z $parent || -z $(folder_of "$parent") || $earlier == *$'\n'"$parent"$'\n'* ]] ||
				die 2 "tables/$folder/schema.json refers to $parent, which is loaded after it"
		done <<<"${REFERS[$folder]-}"
		earlier+=$(table_name "$folder")$'\n'
	done
}

# add_line MAP KEY LINE: LINE is one of MAP[KEY]'s.
add_line()
{
	local -n map=$1
	[[ $'\n'${map[$2]-} == *$'\n'"$3"$'\n'* ]] || map[$2]+=$3$'\n'
}

# The folder of a table of the plan, or nothing.
folder_of()
{
	local folder
	for folder in "${TABLES[@]}"; do
		[[ $(table_name "$folder") != "$1" ]] || printf '%s' "$folder"
	done
}

# contract_references FOLDER...: a line "FROM TO", with a tab between, for each of these folders
# that refers to another by its contract.
contract_references()
{
	local folder parent
	for folder in "$@"; do
		while read -r parent; do
			parent=$(folder_of "$parent")
			[[ -z $parent ]] || printf '%s\t%s\n' "$folder" "$parent"
		done <<<"${REFERS[$folder]-}"
	done
}

# The same by the target's catalog.
target_references()
{
	local folder values=''
	for folder in "$@"; do
		values+=", ($(sql_text "$folder"), to_regclass($(sql_text "$(target_table "$(table_name "$folder")")")))"
	done
	target -F $'\t' -c "WITH t (folder, oid) AS (VALUES ${values#, })
		SELECT a.folder, b.folder FROM pg_constraint c JOIN t a ON a.oid = c.conrelid
			JOIN t b ON b.oid = c.confrelid WHERE c.contype = 'f' AND a.oid <> b.oid"
}

# in_groups REFERENCES FOLDER...: the folders in their order, a line for each run of them in which
# none refers to another, with tabs between.  REFERENCES has lines "FROM TO".
in_groups()
{
	local references=$1
	shift
	printf '%s\n' "$references" "$@" | awk -F '\t' '
		NF == 2 { refers[$1, $2] = refers[$2, $1] = 1 }
		NF == 1 {
			for (i = 1; i <= n; i++)
				if (($1, group[i]) in refers) {
					printf "\n"
					n = 0
				}
			printf "%s%s", (n > 0 ? "\t" : ""), $1
			group[++n] = $1
		}
		END { printf "\n" }'
}

# reference_keys DIR FOLDER [target]: DIR/mapped/NAME/.references gets validate's options for the
# keys that rows of the table may refer to; with "target" those of rows that are loaded only.
reference_keys()
{
	local dir=$1 folder=$2 only=${3-} parent there
	mkdir -p -- "$dir/refs"
	while read -r parent; do
		[[ -n $parent ]] || continue
		there=$dir/refs/$parent
		[[ -n $only || ! -e $there.target.csv.zst ]] || continue
		target_keys "$parent" "$there.target.csv.zst"
		rm -f -- "$there.wave.csv.zst"
		[[ -n $only || -z $(folder_of "$parent") || ! -d $dir/mapped/$parent ]] ||
			wave_keys "$dir" "$parent" "$there.wave.csv.zst"
	done <<<"${REFERS[$folder]-}"
	while read -r parent; do
		for there in "$dir/refs/$parent".{target,wave}.csv.zst; do
			[[ -z $parent || ! -e $there ]] || printf -- '--resource\n%s=%s\n' "$parent" "$there"
		done
	done <<<"${REFERS[$folder]-}" | put "$dir/mapped/$(table_name "$folder")/.references"
}

# target_keys TABLE FILE: its columns that are referred to, of all rows that the target has.
target_keys()
{
	local columns
	mapfile -t columns <<<"${REFERRED[$1]%$'\n'}"
	target -c "COPY (SELECT $(prefixed t "${columns[@]}") FROM $(target_table "$1") t) TO STDOUT (FORMAT csv, HEADER)" |
		zstd -q | put "$2" || die 3 "cannot read the keys of $1 in the target"
}

# wave_keys DIR TABLE FILE: the same of the rows that the wave mapped.
wave_keys()
{
	local dir=$1 name=$2 columns header column sql=''
	mapfile -t columns <<<"${REFERRED[$name]%$'\n'}"
	mapfile -t header < <(header_of "$dir/mapped/$name/part-00000.csv.zst")
	for column in "${columns[@]}"; do
		printf '%s\n' "${header[@]}" | grep -qxF -- "$column" ||
			die 2 "a contract refers to $name.$column, which the mapping of $name does not make"
	done
	for column in "${header[@]}"; do
		printf '%s\n' "${columns[@]}" | grep -qxF -- "$column" ||
			sql+="-- drop: $(sql_name "$column")   nothing refers to it"$'\n'
	done
	printf '%sSELECT %s FROM t\n' "$sql" "$(prefixed t "${columns[@]}")" | put "$3.sql"
	shard_files "$dir/mapped/$name" | xargs -0 transform -q -o "$3" "$3.sql" ||
		die 3 "cannot read the keys of $name"
}
