# facts.bash - all that is known of a plan's waves, as JSON, for status and report
# shellcheck shell=bash
#
# Reads only: the work folder as it is at the moment, and the target where it
# answers.

# collect_facts FOLDER: FOLDER/status.json.
collect_facts()
{
	local folder=$1 reachable=true wave
	if ! ask_target >"$folder/target" 2>"$folder/error"; then
		reachable=false
	fi
	jq -R -s '[split("\n")[] | select(. != "") | split("\t")] |
		{users: [.[] | select(.[0] == "user") | {wave: .[1], state: .[2], users: (.[3] | tonumber)}],
		ledger: [.[] | select(.[0] == "ledger") | {wave: .[1], table: .[2], shards: (.[3] | tonumber),
			loaded: (.[4] | tonumber), refused: (.[5] | tonumber), last: .[6]}]}' \
		"$folder/target" >"$folder/target.json"
	for wave in "${WAVES[@]}"; do
		wave_facts "$wave" "$WORK/run/$wave" || return
	done >"$folder/waves.json"
	simulation_facts >"$folder/simulation.json"
	running_facts >"$folder/running.json"
	follow_facts >"$folder/follow.json"
	jq -n --arg plan "$PLAN" --arg hash "$(plan_hash)" --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
		--argjson reachable "$reachable" --arg clean "$(cat -- "$WORK/simulate/clean" 2>/dev/null)" \
		--slurpfile target "$folder/target.json" --slurpfile waves "$folder/waves.json" \
		--slurpfile simulation "$folder/simulation.json" --slurpfile running "$folder/running.json" \
		--slurpfile follow "$folder/follow.json" '
		$target[0] as $t |
		{plan: $plan, plan_hash: $hash, at: $at, ready: ($clean == $hash),
		simulation: ($simulation[0] | if . then . + {current: (.plan == $hash)} else null end),
		running: $running[0], follow: $follow[0],
		target: {reachable: $reachable, users: $t.users},
		waves: [$waves[] | .wave as $w | .tables |= map(. as $x |
			([$t.ledger[] | select(.wave == $w and .table == $x.table)] | first) as $l |
			if $reachable then .loaded = ($l.loaded // 0) | .rejected.load = (($l.refused // 0) - .replayed.load)
			else . end)]}' >"$folder/status.json" || die 3 'cannot put the facts together'
}

# Users by state, and what the ledger has, by wave and table; nothing where there is no schema caravan.
ask_target()
{
	PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-5} target -F $'\t' <<-'END'
		SELECT to_regclass('caravan.user_state') IS NOT NULL AS has_users,
			to_regclass('caravan.ledger') IS NOT NULL AS has_ledger \gset
		\if :has_users
			SELECT 'user', wave, state, count(*) FROM caravan.user_state GROUP BY wave, state ORDER BY 2, 3;
		\endif
		\if :has_ledger
			SELECT 'ledger', split_part(shard, '/', 2), split_part(shard, '/', 4), count(*), sum(loaded),
				sum(rejected), max(loaded_at) FROM caravan.ledger WHERE shard LIKE 'run/%/mapped/%'
				GROUP BY 2, 3 ORDER BY 2, 3;
		\endif
	END
}

# When a mark was made, or nothing.
marked()
{
	[[ ! -e $1 ]] || cut -d ' ' -f 1 <"$1"
}

# One wave: its state, users, tables in load order, and why rows were rejected.
wave_facts()
{
	local wave=$1 dir=$2 state=no times='' name mark reasons='' tables='{"tables":[]}'
	for name in extracted frozen mapped.done loaded verified; do
		mark=$(marked "$dir/$name")
		times+="$name"$'\t'"$mark"$'\n'
		[[ -z $mark ]] || state=$name
	done
	if [[ $state == no ]]; then
		state='not begun'
		[[ ! -d $dir ]] || state=begun
	fi
	[[ ! -d $dir/raw ]] || tables=$("$DRIVER/tally" "$dir") || return
	[[ ! -d $dir/rejects ]] || reasons=$("$DRIVER/reasons" "$dir"/rejects/*/) || return
	jq -n --arg wave "$wave" --arg state "$state" --arg times "$times" --arg reasons "$reasons" \
		--argjson tally "$tables" --argjson users "$(users_of "$dir")" \
		--argjson replays "$(find "$dir/replay" -mindepth 2 -maxdepth 2 -name "done" 2>/dev/null | wc -l)" \
		--argjson names "$(tables_of "$wave" | sed 's/^[^-]*-//' | jq -R . | jq -s .)" \
		--argjson known "$(find "$dir/stats" -maxdepth 1 -name '*.json' -exec cat {} + 2>/dev/null | jq -s .)" '
		def lines: split("\n") | map(select(. != "") | split("\t"));
		($times | lines | map({key: .[0], value: (.[1] | select(. != ""))}) | from_entries) as $t |
		{wave: $wave, state: ({"mapped.done": "mapped", "frozen": "extracted"}[$state] // $state), users: $users,
		since: ($t | [.[]] | last), times: $t, replays: $replays,
		tables: [$names[] as $n | $tally.tables[] | select(.table == $n) | del(.files) |
			([$known[] | select(.table? == $n)] | first) as $k |
			.loaded = $k.loaded | .rejected.load = ($k.rejected.load // 0)],
		reasons: ($reasons | lines | map({table: .[0], stage: .[1], column: .[2], code: .[3], rows: (.[4] | tonumber),
			message: .[5]}))}'
}

# The users of a wave, null before it is frozen.
users_of()
{
	if [[ -e $1/frozen ]]; then of_members "$1"; else echo null; fi
}

# The last simulation's report without its tables, or null.
simulation_facts()
{
	local file=$WORK/simulate/last/report.json
	if [[ -e $file ]]; then
		jq '{at, plan, clean, sample, seconds, waves: [.waves[] | {wave, users, seconds}]}' "$file"
	else
		echo null
	fi
}

# Whether some process holds the lock on a file.  Taking it to see would hold up who wants it.
is_locked()
{
	local inode
	[[ -e $1 ]] || return 1
	inode=$(stat -c %i -- "$1") || return 1
	grep -Eq "^[0-9]+: FLOCK +ADVISORY +WRITE [-0-9]+ [0-9a-f]+:[0-9a-f]+:$inode " /proc/locks
}

# What is running now, or null: the verb, its wave, and how far its stage has come.
running_facts()
{
	local name=- wave=- dir=- pid=- since=0 tally
	if ! is_locked "$WORK/lock" || [[ ! -e $WORK/running ]]; then
		echo null
		return
	fi
	IFS=$'\t' read -r name wave dir pid since <"$WORK/running" || die 3 "cannot read '$WORK/running'"
	tally='{"progress": {"stage": "begin", "shards": 0, "rows": 0, "rejected": 0}}'
	[[ $dir == - ]] || tally=$("$DRIVER/tally" --since "$since" "$WORK/$dir") || return
	jq -n --arg verb "$name" --arg wave "$wave" --arg pid "$pid" --arg since "$since" --argjson tally "$tally" '
		{verb: $verb, wave: (if $wave == "-" then null else $wave end), pid: ($pid | tonumber? // null),
		since: ($since | tonumber | floor | todate), progress: $tally.progress}'
}

# What follow has done, whether it runs, and what waits for it, by table: shards of changes, their
# bytes and how old the oldest is, in seconds.  null when nothing was followed.
follow_facts()
{
	local dir=$WORK/follow table next applied path running=false
	if [[ ! -e $dir/changes/position.json ]]; then
		echo null
		return
	fi
	! is_locked "$dir/lock" || running=true
	jq -r '.tables | to_entries[] | "\(.key)\t\(.value.next)"' "$dir/changes/position.json" |
		while IFS=$'\t' read -r table next; do
			applied=0
			[[ ! -e $dir/applied ]] || applied=$(awk -v t="$table" '$1 == t { print $2 }' "$dir/applied")
			path=$dir/changes/$table
			[[ -d $path ]] || path=$dir/changes
			change_shards "$path" "${applied:-0}" "$next" | xargs -0 -r stat -c '%s %.Y' -- |
				awk -v t="$table" -v now="${EPOCHREALTIME/,/.}" '
				{ n++; bytes += $1; if (oldest == "" || $2 < oldest) oldest = $2 }
				END { printf "%s\t%d\t%d\t%.3f\n", t, n, bytes, n ? now - oldest : 0 }'
		done | jq -R -s --argjson running "$running" --argjson last "$(cat -- "$dir/status.json" 2>/dev/null || echo null)" '
		{running: $running, done: $last, waiting: [split("\n")[] | select(. != "") | split("\t") |
			{table: .[0], shards: (.[1] | tonumber), bytes: (.[2] | tonumber), seconds: (.[3] | tonumber)}]}'
}

# Those with numbers from FROM and below TO, NUL after each.
change_shards()
{
	local n path
	for ((n = $2; n < $3; n++)); do
		path=$(printf '%s/part-%09d.csv.zst' "$1" "$n")
		[[ ! -e $path ]] || printf '%s\0' "$path"
	done
}
