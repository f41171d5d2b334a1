#
# document    write the data dictionary of the source; --check compares it
#
#	document [--check] [--no-values]
#
# PLAN/dictionary gets dictionary.md, dictionary.html (one page that needs nothing
# else) and dictionary.json, which --check compares with the source as it now is:
# status 1 when tables, columns, types, shapes or eras are not those of the
# dictionary.  --no-values leaves out what was a value of somebody's row.
#
# shellcheck shell=bash

verb_document()
{
	local check='' values=() dir committed=$PLAN/dictionary/dictionary.json
	while (($# > 0)); do
		case $1 in
		--check) check=yes ;;
		--no-values) values=(--no-values) ;;
		*) die 2 "document takes --check and --no-values, not '$1'" ;;
		esac
		shift
	done
	[[ -z $check || -f $committed ]] || die 2 'the plan has no dictionary to compare with; make it: caravan PLAN document'
	# shellcheck source=scripts/driver/source.bash
	source "$DRIVER/source.bash"
	plan_lock
	dir=$WORK/document
	mkdir -p -- "$dir"
	source_catalog "$dir"
	source_profile "$dir"
	if [[ -n $check ]]; then
		printf '[]\n' >"$dir/uses.json"
		rm -rf -- "$dir/lineage"
		dictionary_check "$dir" "$committed"
		return
	fi
	document_code "$dir"
	document_lineage "$dir"
	document_notes "$dir"
	mkdir -p -- "$PLAN/dictionary"
	"$DRIVER/dictionary-gather" "$dir" "$PLAN" "${values[@]}" >"$dir/dictionary.json" ||
		die 3 'cannot put together what the source has'
	"$DRIVER/dictionary-render" markdown "$dir/dictionary.json" >"$dir/dictionary.md" ||
		die 3 'cannot write the dictionary'
	"$DRIVER/dictionary-render" html "$dir/dictionary.json" >"$dir/dictionary.html" ||
		die 3 'cannot write the dictionary'
	put "$PLAN/dictionary/dictionary.md" <"$dir/dictionary.md"
	put "$PLAN/dictionary/dictionary.html" <"$dir/dictionary.html"
	put "$committed" <"$dir/dictionary.json"
	rm -rf -- "$dir"
	chmod 0600 "$PLAN"/dictionary/dictionary.{md,html,json}
	say "the dictionary is in $PLAN/dictionary"
}

dictionary_check()
{
	local dir=$1 rc=0
	"$DRIVER/dictionary-gather" "$dir" "$PLAN" --no-values >"$dir/dictionary.json" ||
		die 3 'cannot put together what the source has'
	"$DRIVER/dictionary-compare" "$2" "$dir/dictionary.json" || rc=$?
	rm -rf -- "$dir"
	case $rc in
	0) say 'the dictionary agrees with the source' ;;
	1) die 1 'the dictionary does not agree with the source any more; caravan PLAN document writes it anew' ;;
	*) die 3 'cannot compare the dictionary' ;;
	esac
}

# Where the legacy code speaks of tables and columns.
document_code()
{
	local dir=$1
	if [[ -d $PLAN/code ]]; then
		jq 'INDEX(.tables[]; .name) | map_values([.columns[].name])' "$dir/profile.json" |
			"$DRIVER/code-uses" "$PLAN/code" >"$dir/uses.json" || die 3 'cannot read the code'
	else
		printf '[]\n' >"$dir/uses.json"
	fi
}

# What becomes of each column, as the mappings say it.
document_lineage()
{
	local dir=$1 folder lookups=()
	rm -rf -- "$dir/lineage"
	mkdir -p -- "$dir/lineage"
	mapfile -t lookups < <(lookup_options "$PLAN")
	# shellcheck disable=SC2153 # plan.bash's
	for folder in "${TABLES[@]}"; do
		transform --lineage=json "${lookups[@]}" "$PLAN/tables/$folder/map.sql" >"$dir/lineage/$folder.json" ||
			die 2 "the mapping of $folder cannot be read"
	done
}

# Notes on a table that is not there are told: its name was misspelt, or the table is gone.
document_notes()
{
	local file name
	for file in "$PLAN"/notes/*.md; do
		[[ -f $file ]] || continue
		name=$(basename -- "$file" .md)
		cut -f 1 "$1/tables" | grep -qxF -- "$name" || warn "notes/$name.md is of a table that the source has not"
	done
}
