# stages.bash - one wave through the four programs
# shellcheck shell=bash
#
# Each function takes WAVE and DIR, the wave's folder below the work folder
# (run/WAVE, or simulate/WAVE), works on TARGET, and may be called again after
# it was killed: what is there is complete and is left alone.  DIR has
#
#	query/     what was asked of the source       raw/NAME/     its answer, in shards
#	mapped/    what passed transform, validate    keys/NAME/    their keys
#	rejects/   NAME/SHARD.STAGE.csv               stats/NAME/   SHARD.STAGE.json
#	refs/      keys that the wave's rows may refer to
#	members.csv.zst   the wave's users
#	extracted frozen mapped loaded verified       marks: that far it has come
#
# The working folder must be WORK, so that the ledger's names hold wherever the
# plan lies.

# run_jobs LOG COMMAND...: for each line of stdin, with what is between its tabs in place of {1},
# {2}..., JOBS at a time, on each of HOSTS if there are any.  They have the work folder and the programs
# under the same names.  What the environment says goes with each job on ssh's command line, so no
# password is among it.  GNU parallel takes 0.2 s to begin: as many jobs as can be go into one call.
run_jobs()
{
	local joblog=$1 hosts=() name
	shift
	mkdir -p -- "${joblog%/*}"
	if [[ -n $HOSTS ]]; then
		hosts=(--sshloginfile "$HOSTS" --workdir "$WORK")
		for name in PATH DRIVER TARGET MASK PGPASSFILE PGSERVICEFILE PGSSLMODE PGSSLROOTCERT; do
			[[ -z ${!name+set} ]] || hosts+=(--env "$name")
		done
		[[ -z ${PARALLEL_SSH-} ]] || hosts+=(--ssh "$PARALLEL_SSH")
	fi
	parallel --will-cite --quote --no-run-if-empty --colsep '\t' --trim n --jobs "$JOBS" \
		--joblog "$joblog" --halt soon,fail=1 "${hosts[@]}" "$@"
}

# The shards in a folder, each name followed by a NUL; a replay's come after those of the source.
shard_files()
{
	local file
	for file in "$1"/part-*.csv.zst "$1"/replay-*.csv.zst; do
		[[ ! -e $file ]] || printf '%s\0' "$file"
	done
}

# Their names, without path and ending, one a line.
shards_in()
{
	local file
	while IFS= read -r -d '' file; do
		file=${file##*/}
		printf '%s\n' "${file%.csv.zst}"
	done < <(shard_files "$1")
}

mark()
{
	printf '%(%Y-%m-%dT%H:%M:%S%z)T %s\n' -1 "$(plan_hash)" | put "$1"
}

stage_extract()
{
	local wave=$1 dir=$2 folder folders name query members queries=()
	[[ ! -e $dir/extracted ]] || return 0
	mapfile -t folders < <(tables_of "$wave")
	mkdir -p -- "$dir/query.new" "$dir/stats"
	members=$(bare_sql "$PLAN/waves/$wave.sql")
	[[ -z ${SAMPLE-} ]] || members=$(sampled "$members" "$dir")
	printf '%s\n' "$members" >"$dir/query.new/_members.sql"
	queries=(--query "_members=$dir/query/_members.sql")
	for folder in "${folders[@]}"; do
		name=$(table_name "$folder")
		query=$(bare_sql "$PLAN/tables/$folder/extract.sql")
		printf '%s\n' "${query//:wave/$members}" >"$dir/query.new/$name.sql"
		queries+=(--query "$name=$dir/query/$name.sql")
	done
	# what an earlier question got is of no use
	if [[ -d $dir/query ]] && ! diff -rq "$dir/query" "$dir/query.new" >/dev/null; then
		rm -rf -- "$dir/raw"
	fi
	rm -rf -- "$dir/query"
	mv -- "$dir/query.new" "$dir/query"
	# killed after its last shard and before the mark, it is complete, which --again makes no error
	# shellcheck disable=SC2086 # several options
	extract -q --again -d "$dir/raw" -j "$JOBS" -n "$SHARD_ROWS" --stats "$dir/stats/extract.json" \
		$EXTRACT_OPTIONS "${queries[@]}" "$SOURCE" ||
		die 3 "extraction of $wave failed; run it again"
	mark "$dir/extracted"
}

# A wave's SELECT, of SAMPLE of its users: always the same, by their keys' hashes.
sampled()
{
	local key hash
	printf 'SELECT * FROM (%s) w LIMIT 0\n' "$1" >"$2/key.sql"
	key=$(extract -q --query "key=$2/key.sql" "$SOURCE") || die 3 'cannot ask the source'
	case $SOURCE in
	mysql:* | mariadb:*) hash="MOD(CRC32(w.\`$key\`), 10000)" ;;
	*) hash="MOD(ABS(hashtext(w.\"$key\"::text)::bigint), 10000)" ;;
	esac
	printf 'SELECT * FROM (%s) w WHERE %s < %s * 100' "$1" "$hash" "${SAMPLE%\%}"
}

# The column of the users' keys, as the wave's SELECT calls it.
key_column()
{
	header_line "$1/raw/_members/part-00000.csv.zst"
}

# --except options for the users of earlier waves, where a table has the users' key.
without_earlier()
{
	local wave=$1 dir=$2 name=$3 key earlier header
	key=$(key_column "$dir")
	header=$(header_line "$dir/raw/$name/part-00000.csv.zst")
	[[ ,$header, == *",$key,"* ]] || return 0
	while read -r earlier; do
		[[ ! -e ${dir%/*}/$earlier/members.csv.zst ]] ||
			printf -- '--except\n%s=%s\n' "$key" "${dir%/*}/$earlier/members.csv.zst"
	done < <(waves_before "$wave")
}

stage_freeze()
{
	local wave=$1 dir=$2 key except
	[[ ! -e $dir/frozen ]] || return 0
	key=$(key_column "$dir")
	[[ $key != *,* && $key != *'"'* ]] ||
		die 2 "waves/$wave.sql must select one column, the users' key, not '$key'"
	printf 'SELECT "%s" AS user_key, %s AS wave, %s AS state FROM _members WHERE "%s" IS NOT NULL\n' \
		"$key" "$(sql_text "$wave")" "'legacy'" "$key" >"$dir/members.sql"
	mapfile -t except < <(without_earlier "$wave" "$dir" _members)
	transform -q --stats "$dir/stats/members.json" "${except[@]}" "$dir/members.sql" \
		"$dir"/raw/_members/part-*.csv.zst -o "$dir/members.csv.zst" ||
		die 3 "cannot write down the users of $wave"
	target_init
	load -q --mode upsert --no-ledger "$TARGET" caravan.user_state "$dir/members.csv.zst" ||
		die 3 "cannot write the users of $wave to caravan.user_state"
	mark "$dir/frozen"
}

# What a table's shards became so far has another plan: forget it.
forget_mapped()
{
	local dir=$1 name=$2 loaded
	loaded=$(target -c "SELECT count(*) FROM caravan.ledger
		WHERE starts_with(shard, $(sql_text "$dir/mapped/$name/"))") || exit 3
	[[ $loaded == 0 ]] ||
		die 2 "$name was loaded with another mapping or contract; take it back first: caravan PLAN rollback ${dir##*/}"
	rm -rf -- "$dir"/{mapped,keys,rejects,stats}/"$name" "$dir/mapped.done"
}

stage_map()
{
	local wave=$1 dir=$2 folder folders groups line n=0
	mapfile -t folders < <(tables_of "$wave")
	for folder in "${folders[@]}"; do
		begin_mapping "$wave" "$dir" "$folder"
	done
	rm -rf -- "$dir/refs"
	# what others refer to before them
	mapfile -t groups < <(in_groups "$(contract_references "${folders[@]}")" "${folders[@]}")
	for line in "${groups[@]}"; do
		IFS=$'\t' read -r -a folders <<<"$line"
		n=$((n + 1))
		map_tables "$dir" "$dir/joblog/$n.map" "${folders[@]}"
	done
	summarize "$wave" "$dir"
}

# The folders of a table's rows, and what is the same for all of its shards.
begin_mapping()
{
	local wave=$1 dir=$2 folder=$3 name hash
	name=$(table_name "$folder")
	hash=$(table_hash "$folder")
	if [[ -e $dir/mapped/$name/.plan && $(<"$dir/mapped/$name/.plan") != "$hash" ]]; then
		forget_mapped "$dir" "$name"
	fi
	mkdir -p -- "$dir"/{mapped,keys,rejects,stats}/"$name"
	printf '%s\n' "$hash" | put "$dir/mapped/$name/.plan"
	without_earlier "$wave" "$dir" "$name" | put "$dir/mapped/$name/.options"
}

# map_tables DIR JOBLOG FOLDER...: of tables that do not refer to each other, what is not mapped yet.
map_tables()
{
	local dir=$1 joblog=$2 folder name shard shards lines=''
	shift 2
	for folder in "$@"; do
		name=$(table_name "$folder")
		shards=''
		while read -r shard; do
			[[ -e $dir/mapped/$name/$shard.csv.zst ]] || shards+=$folder$'\t'$shard$'\n'
		done < <(shards_in "$dir/raw/$name")
		[[ -z $shards ]] || reference_keys "$dir" "$folder"
		lines+=$shards
	done
	if [[ -n $lines ]]; then
		printf '%s' "$lines" | run_jobs "$joblog" "$DRIVER/map-shard" "$PLAN" '{1}' "$dir" '{2}' ||
			die 3 "a shard could not be mapped; see $WORK/$joblog"
	fi
	for folder in "$@"; do
		check_keys "$dir" "$(table_name "$folder")"
	done
}

# Keys over all shards of a table: those that come twice to rejects/NAME/keys.csv.
check_keys()
{
	local dir=$1 name=$2
	[[ ! -e $dir/stats/$name/keys.json ]] || return 0
	shard_files "$dir/keys/$name" |
		xargs -0 -r validate -q --keys-check --max-rejects 100% --rejects "$dir/rejects/$name/keys.csv" \
			--stats "$dir/stats/$name/keys.json" ||
		die 3 "the keys of $name could not be compared"
}

# DIR/stats/NAME.json of each table of the wave: the sums over its shards, as far as they are there.
summarize()
{
	local wave=$1 dir=$2 ledger name line
	ledger=$(target -c "SELECT coalesce(json_object_agg(name, json_build_array(loaded, rejected)), '{}')
		FROM (SELECT split_part(substr(shard, length(p) + 1), '/', 1) AS name,
				sum(loaded) AS loaded, sum(rejected) AS rejected
			FROM caravan.ledger, (VALUES ($(sql_text "$dir/mapped/"))) v (p)
			WHERE starts_with(shard, p) GROUP BY 1) x") || exit 3
	while IFS=$'\t' read -r name line; do
		put "$dir/stats/$name.json" <<<"$line"
	done < <("$DRIVER/tally" "$dir" | jq -r --argjson ledger "$ledger" \
		--argjson names "$(tables_of "$wave" | sed 's/^[^-]*-//' | jq -R . | jq -s .)" '
		.tables[] | select(.table | IN($names[])) | ($ledger[.table] // [0, 0]) as [$loaded, $refused] |
			{table, shards, extracted, added, filtered,
			rejected: (.rejected + {load: ($refused - .replayed.load)}), mapped,
			loaded: $loaded, replayed, seconds} | "\(.table)\t\(tojson)"')
	# the status of what the loop read
	wait "$!" || die 3 "the figures of $wave cannot be put together"
}

# figures WAVE DIR FILTER: the array that jq's FILTER makes of each table's summary, a line each, with
# tabs between.
figures()
{
	local folder files=()
	while read -r folder; do
		files+=("$2/stats/$(table_name "$folder").json")
	done < <(tables_of "$1")
	jq -r "$3 | @tsv" "${files[@]}"
}

# Whether the tables' rejects are within the wave's budget; tells of each that is not.
within_budget()
{
	local wave=$1 dir=$2 name rejected extracted allowed rc=0
	while IFS=$'\t' read -r name rejected extracted; do
		allowed=$(budget "$wave" "$extracted")
		if ((rejected > allowed)); then
			say "$name: $rejected rows rejected, MAX_REJECTS of $wave allows $allowed of $extracted"
			rc=1
		fi
	done < <(figures "$wave" "$dir" '[.table, (.rejected | add), .extracted]')
	wait "$!" || die 3 "the figures of $wave cannot be read"
	return "$rc"
}

# Why rows were rejected: table, stage, column, code, rows, the first one's message.  What hangs on
# rejected rows comes behind them.
tell_rejects()
{
	"$DRIVER/reasons" "$1"/rejects/*/ | awk -F '\t' '{
		line = sprintf("  %-16s %-9s %-16s %-17s %8d  %s\n", $1, $2, $3, $4, $5, substr($6, 1, 100))
		if ($4 == "foreign-key" || $4 == "23503")
			behind = behind line
		else
			printf "%s", line
	}
	END { printf "%s", behind }'
}

# Returns 1 when too many rows were refused.
stage_load()
{
	local wave=$1 dir=$2 folders references groups line rc=0 n=0
	mapfile -t folders < <(tables_of "$wave")
	references=$(target_references "${folders[@]}") || die 3 'cannot ask the target what refers to what'
	mapfile -t groups < <(in_groups "$references" "${folders[@]}")
	for line in "${groups[@]}"; do
		IFS=$'\t' read -r -a folders <<<"$line"
		n=$((n + 1))
		to_load "$wave" "$dir" "${folders[@]}" |
			run_jobs "$dir/joblog/$n.load" "$DRIVER/load-shard" '{1}' "$dir" '{2}' '{3}' || rc=$?
		((rc == 0)) || break
	done
	summarize "$wave" "$dir"
	((rc <= 1)) || die 3 "a shard could not be loaded; see $WORK/$dir/joblog/$n.load"
	((rc == 0)) && within_budget "$wave" "$dir"
}

# The shards of these tables, a line each: table, shard, and how many rows may still be refused.
to_load()
{
	local wave=$1 dir=$2 folder name extracted refused left
	local -A more=()
	shift 2
	while IFS=$'\t' read -r name extracted refused; do
		more[$name]=$(($(budget "$wave" "$extracted") - refused))
	done < <(figures "$wave" "$dir" '[.table, .extracted, .rejected.transform + .rejected.validate]')
	for folder in "$@"; do
		name=$(table_name "$folder")
		left=${more[$name]}
		shards_in "$dir/mapped/$name" | while read -r shard; do
			printf '%s\t%s\t%s\n' "$name" "$shard" "$left"
		done
	done
}

# extracted + added = filtered + rejected + loaded, for each table.
check_sums()
{
	local wrong
	wrong=$(figures "$1" "$2" 'select(.extracted + .added != .filtered + (.rejected | add) + .loaded) | [.table,
		"\(.extracted) extracted, \(.filtered) filtered, \(.rejected | add) rejected, \(.loaded) loaded"]') ||
		die 3 "the figures of $1 cannot be read"
	[[ -z $wrong ]] || die 1 "the rows of ${wrong%%$'\t'*} do not add up: ${wrong#*$'\t'}"
}

# A table of what became of the rows.
tell_rows()
{
	printf '  %-16s %10s %10s %10s %10s %10s\n' table extracted filtered rejected loaded shards
	figures "$1" "$2" '[.table, .extracted, .filtered, (.rejected | add), .loaded, .shards]' |
		awk -F '\t' '{ printf "  %-16s %10d %10d %10d %10d %10d\n", $1, $2, $3, $4, $5, $6 }'
}

# The replay of a wave that was begun and not ended: its folder, or nothing.
replay_pending()
{
	local batch
	for batch in "$1"/replay/[0-9][0-9][0-9][0-9]; do
		[[ ! -d $batch || -e $batch/done ]] || printf '%s' "$batch"
	done
}

# at WAVE DIR: where the verb is now, for status to tell.
at()
{
	printf '%s\t%s\t%s\t%s\t%s\n' "${verb:--}" "$1" "$2" "$$" "${EPOCHREALTIME/,/.}" >"$WORK/running.new"
	mv -f -- "$WORK/running.new" "$WORK/running"
}

# A wave from the source into TARGET: 0, or 1 when the budget was spent and nothing was left behind.
run_wave()
{
	local wave=$1 dir=$2 rc=0
	at "$wave" "$dir"
	if [[ ! -e $dir/extracted ]]; then
		say "$wave: reading the source"
		progress_begin extract "$wave" "$dir"
	fi
	stage_extract "$wave" "$dir"
	progress_end
	stage_freeze "$wave" "$dir"
	say "$wave: mapping $(of_members "$dir") users"
	progress_begin map "$wave" "$dir"
	stage_map "$wave" "$dir"
	progress_end
	if ! within_budget "$wave" "$dir"; then
		tell_rejects "$dir"
		return 1
	fi
	mark "$dir/mapped.done"
	say "$wave: loading"
	progress_begin load "$wave" "$dir"
	stage_load "$wave" "$dir" || rc=1
	progress_end
	if ((rc != 0)); then
		say "$wave: too many rows were refused; taking back what was loaded"
		tell_rejects "$dir"
		take_back "$wave" "$dir"
		return 1
	fi
	check_sums "$wave" "$dir"
	mark "$dir/loaded"
	tell_rows "$wave" "$dir"
}

of_members()
{
	jq -r .rows_out "$1/stats/members.json"
}
