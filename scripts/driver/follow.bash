# follow.bash - what changed in the legacy system, into the new one
# shellcheck shell=bash
#
# A row of the plan is made by a SELECT, perhaps of several tables, so a change of one
# table does not say what becomes of it.  What it says is whose data changed.
# Of those users all rows are read again, by the plan's own SELECTs and in one
# snapshot, mapped, and put in the place of what is there; rows that were deleted
# are deleted by the key that the mapping makes of them.  That gives the same
# however often it is done, and in whatever state of the source it reads: a
# later change comes with a later batch.
#
# In WORK/follow:
#	changes/     what extract --follow writes; kept
#	applied      TABLE NEXT, a line each: that far batches were applied
#	joined       the waves whose users are followed, a line each
#	clock        the number of the last batch; positions are made of it
#	batch/       the batch at work
#	rejects/     NUMBER.TABLE.STAGE.csv, what was refused
#	status.json  for status
#
# The working folder is WORK.

# The tables that are read by the plan's SELECTs, and the columns of the users' keys in them:
# FOLLOWED[TABLE]=COLUMN; MAIN[FOLDER]=TABLE, whose rows those of the plan's table are.
declare -A FOLLOWED=() MAIN=()

follow_tables()
{
	local folder table words listed column columns key=$1
	listed=$(extract -q --list "$SOURCE" | awk -F, 'NR > 1 { print $2 }') || die 3 'cannot ask the source for its tables'
	for folder in "${TABLES[@]}"; do
		[[ -n ${BY_WAVE[$folder]-} ]] || {
			warn "$folder is not read by wave, so its changes are not followed"
			continue
		}
		words=$(bare_sql "$PLAN/tables/$folder/extract.sql" | grep -oE '[A-Za-z0-9_$]+' | sort -u)
		MAIN[$folder]=$(follow_first_from "$folder")
		while read -r table; do
			grep -qxF -- "$table" <<<"$words" || continue
			[[ -z ${FOLLOWED[$table]-} ]] || continue
			column=$key
			[[ " ${FOLLOW_KEYS-} " != *" $table="* ]] || {
				column=" ${FOLLOW_KEYS-} "
				column=${column##*" $table="}
				column=${column%% *}
			}
			columns=$(extract -q --describe "$SOURCE" "$table" | jq -r '.fields[].name') ||
				die 3 "cannot ask the source for the columns of '$table'"
			if grep -qxF -- "$column" <<<"$columns"; then
				FOLLOWED[$table]=$column
			else
				warn "table '$table' has no column '$column', so its changes are not followed; FOLLOW_KEYS in plan.env can name another: $table=COLUMN"
			fi
		done <<<"$listed"
		[[ -n ${FOLLOWED[${MAIN[$folder]:-.}]-} ]] ||
			die 2 "$folder cannot be followed: 'FROM ${MAIN[$folder]}' in its extract.sql names no table with the users' key"
	done
	((${#FOLLOWED[@]} > 0)) || die 2 'the plan has no table that can be followed'
}

# The table whose rows a plan's table is made of: the first that its SELECT reads.
follow_first_from()
{
	bare_sql "$PLAN/tables/$1/extract.sql" |
		perl -0777 -ne 'print $1 if /\bFROM\s+(?:[`"]?\w+[`"]?\s*\.\s*)?[`"]?([\w\$]+)/i'
}

loaded_waves()
{
	local wave
	# shellcheck disable=SC2153 # from plan_open
	for wave in "${WAVES[@]}"; do
		[[ ! -e run/$wave/loaded ]] || printf '%s\n' "$wave"
	done
}

# The column of the users' keys in the waves' SELECTs.
follow_key()
{
	local wave
	for wave in "${WAVES[@]}"; do
		[[ ! -e run/$wave/frozen ]] || {
			key_column "run/$wave"
			return
		}
	done
}

# The waves that are loaded and not joined yet, one a line.
follow_new_waves()
{
	local wave
	for wave in "${WAVES[@]}"; do
		[[ ! -e run/$wave/loaded ]] || grep -qxF -- "$wave" follow/joined || printf '%s\n' "$wave"
	done
}

# follow_shards TABLE FROM TO: the names of its change shards with these numbers, TO not among them.
follow_shards()
{
	local n dir=follow/changes
	((${#FOLLOWED[@]} == 1)) || dir+=/$1
	for ((n = $2; n < $3; n++)); do
		printf '%s/part-%09d.csv.zst\n' "$dir" "$n"
	done
}

follow_applied()
{
	[[ ! -e follow/applied ]] || awk -v t="$1" '$1 == t { print $2 }' follow/applied
}

# NEXT[TABLE]: how many shards each table has, by changes/position.json; 1 when none is new.
declare -A NEXT=()
follow_look()
{
	local table n new=1
	[[ -e follow/changes/position.json ]] || return 1
	while read -r table n; do
		NEXT[$table]=$n
	done < <(jq -r '.tables | to_entries[] | "\(.key) \(.value.next)"' follow/changes/position.json)
	for table in "${!FOLLOWED[@]}"; do
		n=$(follow_applied "$table")
		((${NEXT[$table]:-0} <= ${n:-0})) || new=0
	done
	return "$new"
}

# follow_batch WAVES FROM-THE-START: what the shards tell of the users of these waves, into the target.
follow_batch()
{
	local waves=$1 all=$2 table from shards list started=$EPOCHREALTIME
	{ rm -rf -- follow/batch && mkdir -p -- follow/batch/shards; } || die 3 "cannot make 'follow/batch'"
	for table in "${!FOLLOWED[@]}"; do
		from=$(follow_applied "$table")
		[[ -z $all ]] || from=0
		follow_shards "$table" "${from:-0}" "${NEXT[$table]:-0}" >"follow/batch/shards/$table"
		mapfile -t shards <"follow/batch/shards/$table"
		((${#shards[@]} == 0)) ||
			"$DRIVER/follow-changes" "${FOLLOWED[$table]}" "${shards[@]}" || die 3 'cannot read what has changed'
	done | sort -u >follow/batch/touched || die 3 'cannot read what has changed'
	follow_choose "$waves"
	if [[ -s follow/batch/users ]]; then
		follow_read
		follow_map
		follow_apply
	fi
	follow_done "$started"
}

# Of the users that were touched those that are followed: of these waves, and still in the legacy
# system.  When all waves are loaded, whoever is in none came later, and joins the last.
follow_choose()
{
	local waves=$1 wave list='' last=''
	while read -r wave; do
		[[ -z $wave ]] || list+="${list:+, }$(sql_text "$wave")"
	done <<<"$waves"
	if [[ $(loaded_waves | wc -l) == "${#WAVES[@]}" ]]; then
		last="INSERT INTO caravan.user_state (user_key, wave, state)
			SELECT k, $(sql_text "${WAVES[-1]}"), 'legacy' FROM touched ON CONFLICT DO NOTHING;"
	fi
	target -f - >follow/batch/users <<-END || die 3 'cannot ask the target where the users are'
		CREATE TEMP TABLE touched (k text);
		\copy touched FROM 'follow/batch/touched' (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02')
		$last
		COPY (SELECT t.k FROM touched t JOIN caravan.user_state s ON s.user_key = t.k
			WHERE s.wave IN (${list:-NULL}) AND s.state <> 'new' AND (s.state <> 'hold' OR s.home <> 'new')
			ORDER BY 1) TO STDOUT (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02');
	END
}

# Their rows, as they are now, some users at a time, all in one snapshot each: batch/raw/N/NAME.
follow_read()
{
	local n=0 file
	follow_tick
	split -d -a 6 -l "${FOLLOW_USERS:-1000}" follow/batch/users follow/batch/users. ||
		die 3 "cannot write to 'follow/batch'"
	for file in follow/batch/users.??????; do
		follow_read_some "$file" "$((++n))"
	done
}

follow_read_some()
{
	local file=$1 n=$2 folder name query members options=() event
	event=$(((n + 1) * 1000))
	mkdir -p -- "follow/batch/query/$n" || die 3 "cannot write to 'follow/batch'"
	members=$(follow_select <"$file")
	for folder in "${FOLLOWED_FOLDERS[@]}"; do
		name=$(table_name "$folder")
		query=$(bare_sql "$PLAN/tables/$folder/extract.sql")
		event=$((event + 1))
		printf "SELECT q.*, 'u' AS _op, CONCAT('%s:%010d:', LPAD(ROW_NUMBER() OVER (), 9, '0')) AS _pos FROM (\n%s\n) q\n" \
			"$FOLLOW_CLOCK" "$event" "${query//:wave/$members}" >"follow/batch/query/$n/$name.sql"
		options+=(--query "$name=follow/batch/query/$n/$name.sql")
	done
	# shellcheck disable=SC2086 # several options
	extract -q -d "follow/batch/raw/$n" $EXTRACT_OPTIONS "${options[@]}" "$SOURCE" ||
		die 3 'cannot read the rows of the users that changed'
}

# The users' keys on stdin as a SELECT, in the type that the source has them in.
follow_select()
{
	FOLLOW_KEY=$FOLLOW_KEY FOLLOW_NUMERIC=$FOLLOW_NUMERIC perl -ne '
		chomp;
		if (!$ENV{FOLLOW_NUMERIC}) {
			s/([\\\x27])/\\$1/g;
			$_ = "\x27$_\x27";
		}
		print $. == 1 ? "SELECT $_ AS `$ENV{FOLLOW_KEY}`" : " UNION ALL SELECT $_";'
}

# batch/mapped/NAME.csv.zst: what is gone, and then what is there, as the plan makes it.
follow_map()
{
	local folder name table shards pids=() pid event=0
	mapfile -t lookups < <(lookup_options "$PLAN")
	mkdir -p -- follow/batch/{gone,mapped,rejects,stats} || die 3 "cannot write to 'follow/batch'"
	for folder in "${FOLLOWED_FOLDERS[@]}"; do
		name=$(table_name "$folder")
		table=${MAIN[$folder]}
		event=$((event + 1))
		header_of follow/batch/raw/1/"$name"/part-00000.csv.zst >"follow/batch/gone/$name.header"
		mapfile -t shards <"follow/batch/shards/$table"
		"$DRIVER/follow-changes" --deleted "$(printf '%s:%010d' "$FOLLOW_CLOCK" "$event")" \
			"follow/batch/gone/$name.header" follow/batch/users "${FOLLOWED[$table]}" "${shards[@]}" \
			>"follow/batch/gone/$name.csv" || die 3 "cannot read what was deleted from '$table'"
		follow_map_table "$folder" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || die 3 'what has changed could not be mapped'
	done
}

follow_map_table()
{
	local folder=$1 name files=()
	name=$(table_name "$folder")
	mapfile -d '' -t files < <(find follow/batch/raw -path "*/$name/part-*.csv.zst" -print0 | sort -z -t / -k 4n)
	transform -q --end-mark --max-rejects 100% --rejects "follow/batch/rejects/$name.transform.csv" \
		--stats "follow/batch/stats/$name.transform.json" "${lookups[@]}" \
		"$PLAN/tables/$folder/map.sql" "follow/batch/gone/$name.csv" "${files[@]}" |
		validate -q --end-mark --max-rejects 100% --rejects "follow/batch/rejects/$name.validate.csv" \
			--stats "follow/batch/stats/$name.validate.json" \
			-o "follow/batch/mapped/$name.csv.zst" "follow/schema/$name.json"
}

# One transaction: deletions from the children up, then all else from the parents down.
follow_apply()
{
	local folder name first='' with=()
	for folder in "${FOLLOWED_FOLDERS[@]}"; do
		name=$(table_name "$folder")
		if [[ -z $first ]]; then
			first=$name
		else
			with+=(--with "$name=follow/batch/mapped/$name.csv.zst")
		fi
	done
	load -q --stream follow --max-rejects 100% --rejects "follow/batch/rejects/load.csv" \
		--stats follow/batch/stats/load.json "${with[@]}" "$TARGET" "$first" "follow/batch/mapped/$first.csv.zst" ||
		die 3 'what has changed could not be applied'
}

# A number that no batch had before, of which the changes' positions are made: what is stored in
# the target under a greater one would be taken for applied.
follow_tick()
{
	local last=0 now=${EPOCHREALTIME/[.,]/}
	[[ ! -e follow/clock ]] || last=$(<follow/clock)
	((now > last)) || now=$((last + 1))
	printf '%s\n' "$now" | put follow/clock
	FOLLOW_CLOCK=follow.$now:0000000001
}

# The batch is in the target: remember that, and what was refused.
follow_done()
{
	local started=$1 table file clock
	for file in follow/batch/rejects/*.csv; do
		[[ -s $file ]] || continue
		clock=${FOLLOW_CLOCK#*.}
		mv -- "$file" "follow/rejects/${clock%%:*}.${file##*/}" || die 3 'cannot keep what was refused'
	done
	follow_figures "$started" >follow/status.json.next || die 3 'the figures of a batch cannot be put together'
	put follow/status.json <follow/status.json.next
	for table in "${!FOLLOWED[@]}"; do
		printf '%s %s\n' "$table" "${NEXT[$table]:-0}"
	done | sort | put follow/applied
}

# What this batch did, added to what those before it did: JSON.  A batch that was killed between
# these figures and its end is counted twice.
follow_figures()
{
	local started=$1 before='{}' stats=() oldest
	[[ ! -e follow/status.json ]] || before=$(<follow/status.json)
	[[ ! -s follow/batch/users ]] || stats=(follow/batch/stats/*.json)
	oldest=$(cat follow/batch/shards/* | tr '\n' '\0' | xargs -0 -r stat -c %.Y -- | sort -n | head -n 1)
	jq -n --argjson before "$before" --argjson users "$(wc -l <follow/batch/users)" \
		--argjson started "$started" --argjson oldest "${oldest:-$started}" \
		--argjson position "$(jq .position follow/changes/position.json)" '
		[inputs] as $done | now as $now | {
			position: $position, applied_at: $now,
			lag_seconds: ($now - $oldest), batch_seconds: ($now - $started),
			batches: (($before.batches // 0) + 1), users: (($before.users // 0) + $users),
			inserted: (($before.inserted // 0) + ([$done[].inserted // 0] | add // 0)),
			updated: (($before.updated // 0) + ([$done[].updated // 0] | add // 0)),
			deleted: (($before.deleted // 0) + ([$done[].deleted // 0] | add // 0)),
			rejected: (($before.rejected // 0) + ([$done[] | .rejected // 0 |
				if type == "object" then add // 0 else . end] | add // 0))
		}' "${stats[@]}" </dev/null
}

follow_rejected()
{
	jq '.rejected' follow/status.json
}
