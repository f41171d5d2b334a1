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
#	members.csv.zst   the wave's users
#	extracted frozen mapped loaded verified       marks: that far it has come
#
# The working folder must be WORK, so that the ledger's names hold wherever the
# plan lies.

# run_jobs LOG COMMAND...: with each line of stdin in place of {}, JOBS at a time, on each of HOSTS if
# there are any.  They have the work folder and the programs under the same names.  What the
# environment says goes with each job on ssh's command line, so no password is among it.
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
	parallel --will-cite --quote --no-run-if-empty --jobs "$JOBS" --joblog "$joblog" --halt soon,fail=1 \
		"${hosts[@]}" "$@"
}

# The shards in a folder, each name followed by a NUL; a replay's come after those of the source.
shard_files()
{
	find "$1" -maxdepth 1 \( -name 'part-*.csv.zst' -o -name 'replay-*.csv.zst' \) -print0 | sort -z
}

# Their names, without path and ending, one a line.
shards_in()
{
	shard_files "$1" | tr '\0' '\n' | sed 's/.*\///; s/\.csv\.zst$//'
}

mark()
{
	printf '%(%Y-%m-%dT%H:%M:%S%z)T %s\n' -1 "$(plan_hash)" | put "$1"
}

stage_extract()
{
	local wave=$1 dir=$2 folder name query members queries=()
	[[ ! -e $dir/extracted ]] || return 0
	mkdir -p -- "$dir/query.new" "$dir/stats"
	members=$(bare_sql "$PLAN/waves/$wave.sql")
	[[ -z ${SAMPLE-} ]] || members=$(sampled "$members" "$dir")
	printf '%s\n' "$members" >"$dir/query.new/_members.sql"
	queries=(--query "_members=$dir/query/_members.sql")
	for folder in $(tables_of "$wave"); do
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
	zstdcat -- "$1/raw/_members/part-00000.csv.zst" | head -n 1
}

# --except options for the users of earlier waves, where a table has the users' key.
without_earlier()
{
	local wave=$1 dir=$2 name=$3 key earlier header
	key=$(key_column "$dir")
	header=$(zstdcat -- "$dir/raw/$name/part-00000.csv.zst" | head -n 1)
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
	local wave=$1 dir=$2 folder name hash except
	for folder in $(tables_of "$wave"); do
		name=$(table_name "$folder")
		hash=$(table_hash "$folder")
		if [[ -e $dir/mapped/$name/.plan && $(<"$dir/mapped/$name/.plan") != "$hash" ]]; then
			forget_mapped "$dir" "$name"
		fi
		mkdir -p -- "$dir"/{mapped,keys,rejects,stats}/"$name"
		printf '%s\n' "$hash" | put "$dir/mapped/$name/.plan"
		mapfile -t except < <(without_earlier "$wave" "$dir" "$name")
		shards_in "$dir/raw/$name" |
			run_jobs "$dir/joblog/$name.map" "$DRIVER/map-shard" "$PLAN" "$folder" "$dir" {} \
				"${except[@]}" ||
			die 3 "a shard of $name could not be mapped; see $WORK/$dir/joblog/$name.map"
		check_keys "$dir" "$name"
		summarize "$dir" "$folder"
	done
}

# Keys over all shards of a table: those that come twice to rejects/NAME/keys.csv.
check_keys()
{
	local dir=$1 name=$2
	shard_files "$dir/keys/$name" |
		xargs -0 -r validate -q --keys-check --max-rejects 100% --rejects "$dir/rejects/$name/keys.csv" \
			--stats "$dir/stats/$name/keys.json" ||
		die 3 "the keys of $name could not be compared"
}

# DIR/stats/NAME.json: the sums over a table's shards, as far as they are there.
summarize()
{
	local dir=$1 folder=$2 name ledger
	name=$(table_name "$folder")
	ledger=$(target -F ' ' -c "SELECT coalesce(sum(loaded), 0), coalesce(sum(rejected), 0)
		FROM caravan.ledger WHERE starts_with(shard, $(sql_text "$dir/mapped/$name/"))") || exit 3
	"$DRIVER/tally" "$dir" "$name" |
		jq --argjson loaded "${ledger% *}" --argjson refused "${ledger#* }" '.tables[0] |
			{table, shards, extracted, added, filtered,
			rejected: (.rejected + {load: ($refused - .replayed.load)}), mapped,
			loaded: $loaded, replayed, seconds}' | put "$dir/stats/$name.json"
}

# of DIR NAME FILTER: a figure of a table's summary.
of()
{
	jq -r "$3" "$1/stats/$2.json"
}

# Whether the tables' rejects are within the wave's budget; tells of each that is not.
within_budget()
{
	local wave=$1 dir=$2 folder name rejected allowed rc=0
	for folder in $(tables_of "$wave"); do
		name=$(table_name "$folder")
		rejected=$(of "$dir" "$name" '.rejected | add')
		allowed=$(budget "$wave" "$(of "$dir" "$name" .extracted)")
		if ((rejected > allowed)); then
			say "$name: $rejected rows rejected, MAX_REJECTS of $wave allows $allowed of $(of "$dir" "$name" .extracted)"
			rc=1
		fi
	done
	return "$rc"
}

# Why rows were rejected: table, stage, column, code, rows, the first one's message.
tell_rejects()
{
	"$DRIVER/reasons" "$1"/rejects/*/ | awk -F '\t' '{
		printf "  %-16s %-9s %-16s %-17s %8d  %s\n", $1, $2, $3, $4, $5, substr($6, 1, 100) }'
}

# Returns 1 when too many rows were refused.
stage_load()
{
	local wave=$1 dir=$2 folder name left rc
	for folder in $(tables_of "$wave"); do
		name=$(table_name "$folder")
		left=$(($(budget "$wave" "$(of "$dir" "$name" .extracted)") -
			$(of "$dir" "$name" '.rejected.transform + .rejected.validate')))
		rc=0
		shards_in "$dir/mapped/$name" |
			run_jobs "$dir/joblog/$name.load" "$DRIVER/load-shard" "$name" "$dir" {} \
				"$left" || rc=$?
		summarize "$dir" "$folder"
		case $rc in
		0) ;;
		1) return 1 ;;
		*) die 3 "a shard of $name could not be loaded; see $WORK/$dir/joblog/$name.load" ;;
		esac
	done
	within_budget "$wave" "$dir"
}

# extracted + added = filtered + rejected + loaded, for each table.
check_sums()
{
	local wave=$1 dir=$2 folder name
	for folder in $(tables_of "$wave"); do
		name=$(table_name "$folder")
		[[ $(of "$dir" "$name" '.extracted + .added == .filtered + (.rejected | add) + .loaded') == true ]] ||
			die 1 "the rows of $name do not add up: $(of "$dir" "$name" \
				'"\(.extracted) extracted, \(.filtered) filtered, \(.rejected | add) rejected, \(.loaded) loaded"')"
	done
}

# A table of what became of the rows.
tell_rows()
{
	local wave=$1 dir=$2 folder
	printf '  %-16s %10s %10s %10s %10s %10s\n' table extracted filtered rejected loaded shards
	for folder in $(tables_of "$wave"); do
		of "$dir" "$(table_name "$folder")" \
			'[.table, .extracted, .filtered, (.rejected | add), .loaded, .shards] | @tsv'
	done | awk -F '\t' '{ printf "  %-16s %10d %10d %10d %10d %10d\n", $1, $2, $3, $4, $5, $6 }'
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

# Take a wave's rows out of TARGET, in one transaction, and its shards out of the ledger.  Rows of
# the wave that are no longer as they were loaded, or that others refer to, stop it.
take_back()
{
	local wave=$1 dir=$2 folder name key i tables=() sql=''
	mapfile -t tables < <(tables_of "$wave")
	for folder in "${tables[@]}"; do
		name=$(table_name "$folder")
		copy_of "$folder" "$dir" "caravan.\"back_$name\"" || die 3 "cannot read the shards of $name back"
	done
	for ((i = ${#tables[@]} - 1; i >= 0; i--)); do
		name=$(table_name "${tables[i]}")
		key=$(target_key "$name")
		[[ -n $key ]] || die 2 "$name has no primary key: its rows cannot be told apart"
		sql+=$(take_back_sql "$dir" "$name" "$key")$'\n'
	done
	target -c BEGIN -f - -c COMMIT <<<"$sql" || die 3 "$wave could not be taken back; nothing was"
	rm -f -- "$dir/loaded" "$dir/verified" "$dir/certificate.json"
	for folder in "${tables[@]}"; do
		summarize "$dir" "$folder"
	done
}

# take_back_sql DIR NAME KEY: only rows that the ledger says we loaded are ours to delete.
take_back_sql()
{
	local dir=$1 name=$2 key=$3 back="caravan.\"back_$2\"" table columns
	table=$(target_table "$name")
	columns=$(zstdcat -- "$dir/mapped/$name/part-00000.csv.zst" | head -n 1)
	cat <<-SQL
		DELETE FROM $back b WHERE NOT EXISTS (SELECT FROM $table t
			WHERE ($(prefixed t "$key")) = ($(prefixed b "$key")));
		DO \$\$ DECLARE n bigint; k text; r record; BEGIN
			IF NOT EXISTS (SELECT FROM caravan.ledger
				WHERE starts_with(shard, $(sql_text "$dir/mapped/$name/"))) THEN
				DELETE FROM $back;
			END IF;
			-- a key may come twice: refused at first, mended later
			SELECT count(*), min(key) INTO n, k FROM (SELECT ROW($(prefixed t "$key"))::text AS key
				FROM $table t JOIN $back b ON ($(prefixed t "$key")) = ($(prefixed b "$key"))
				GROUP BY 1 HAVING NOT bool_or(
					ROW($(prefixed t "$columns"))::text = ROW($(prefixed b "$columns"))::text)) x;
			IF n > 0 AND coalesce(current_setting('caravan.force', true), '') <> 'on' THEN
				RAISE EXCEPTION '% rows of $name were changed since they were loaded, the first is %', n, k;
			END IF;
			-- what refers to a row and would go with it, or stand in its way
			FOR r IN SELECT conrelid::regclass AS child, conname,
				(SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY i)
					FROM unnest(conkey) WITH ORDINALITY u(n, i)
					JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = u.n) AS own,
				(SELECT string_agg('b.' || quote_ident(a.attname), ', ' ORDER BY i)
					FROM unnest(confkey) WITH ORDINALITY u(n, i)
					JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = u.n) AS parent
				FROM pg_constraint WHERE contype = 'f' AND confrelid = '$table'::regclass
					AND conrelid <> confrelid
			LOOP
				EXECUTE format('SELECT count(*) FROM %s WHERE (%s) IN (SELECT %s FROM $back b)',
					r.child, r.own, r.parent) INTO n;
				IF n > 0 THEN
					RAISE EXCEPTION '% rows of % refer to rows of $name of this wave', n, r.child;
				END IF;
			END LOOP;
		END \$\$;
		DELETE FROM $table t USING $back b WHERE ($(prefixed t "$key")) = ($(prefixed b "$key"));
		DELETE FROM caravan.ledger WHERE starts_with(shard, $(sql_text "$dir/mapped/$name/"));
		DROP TABLE $back;
	SQL
}

# prefixed T "a, b": T.a, T.b
prefixed()
{
	sed -E "s/(^|,) */\1$1./g" <<<"$2"
}
