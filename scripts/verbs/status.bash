#
# status      how far the waves have come, and what is running
#
#	status [--format=text|json|openmetrics] [-o FILE]
#
# openmetrics is what Prometheus' node_exporter takes from a file in its textfile
# folder; -o replaces FILE at once.  Writes nothing else, and waits for no lock, so it may be
# asked at any time.  Where the target does not answer, what was loaded is what
# was last known.
#
# shellcheck shell=bash

# shellcheck source=scripts/driver/facts.bash
source "$DRIVER/facts.bash"

verb_status()
{
	local format=text out='' facts
	while (($# > 0)); do
		case $1 in
		--format | -o | --output)
			(($# > 1)) || die 2 "$1 needs a value"
			if [[ $1 == --format ]]; then format=$2; else out=$2; fi
			shift
			;;
		--format=*) format=${1#*=} ;;
		--output=*) out=${1#*=} ;;
		*) die 2 "status takes --format and --output, not '$1'" ;;
		esac
		shift
	done
	[[ $format =~ ^(text|json|openmetrics)$ ]] ||
		die 2 "--format is text, json or openmetrics, not '$format'"
	[[ -z $out || $out == /* ]] || out=$PWD/$out
	facts=$(mktemp -d) || die 3 'cannot make a temporary folder'
	# shellcheck disable=SC2064 # now
	trap "rm -rf -- $(printf %q "$facts")" EXIT
	collect_facts "$facts"
	"status_$format" "$facts/status.json" >"$facts/out"
	if [[ -z $out ]]; then
		cat -- "$facts/out" || exit 3
	else
		put "$out" <"$facts/out"
	fi
}

status_json()
{
	jq . "$1"
}

# shellcheck disable=SC2016 # jq's variables
status_text()
{
	jq -r '
		def n: tostring | explode | reverse | [foreach .[] as $c (-1; . + 1;
			if . > 0 and . % 3 == 0 then 44, $c else $c end)] | reverse | implode;
		def clock: floor | "\(. / 3600 | floor):\(. / 60 % 60 + 100 | tostring[1:]):\(. % 60 + 100 | tostring[1:])";
		"plan        \(.plan) (\(.plan_hash))",
		"simulation  " + (if .simulation == null then "none yet" else .simulation |
			"\(.at), " + (if .sample then "of a sample of \(.sample), " else "" end) +
			(if .clean then "clean" else "not clean" end) +
			(if .current then "; the plan is as it was then" else "; the plan has changed since" end) end),
		"running     " + (if .running == null then "nothing" else .running |
			"\(.verb) \(.wave // "") since \(.since): " + (.progress | .stage +
			(if .shards_total then ", \(.shards) of \(.shards_total) shards" else ", \(.shards) shards" end) +
			(if .rows_total then ", \(.rows | n) of \(.rows_total | n) rows" else ", \(.rows | n) rows" end) +
			(if .rate then ", \(.rate | floor | n) rows/s" else "" end) +
			(if .eta then ", ETA \(.eta | clock)" else "" end) +
			(if .rejected > 0 then ", \(.rejected | n) rejected" else "" end)) end),
		(if .follow == null then empty else .follow |
			"follow      " + (if .running then "running" else "not running" end) +
			(if .done then ", applied up to \(.done.position): \(.done.users | n) users in \(.done.batches | n) batches, " +
				"\(.done.rejected | n) rows rejected, the last change \(.done.lag_seconds * 10 | floor / 10) s old" else "" end) +
			([.waiting[] | select(.shards > 0) | "\n            \(.table): \(.bytes | n) bytes of changes wait, " +
				"for \(.seconds * 10 | floor / 10) s"] | join("")) end),
		(if .target.reachable then empty else "target      does not answer: what is loaded is as last known" end)
		' "$1"
	printf '\n'
	jq -r '.waves[] | [.wave, .state, (.users // "-"), (.since // "-"), .replays] | @tsv' "$1" | awk -F '\t' '
		BEGIN { printf "%-16s %-10s %10s  %-25s %s\n", "wave", "state", "users", "since", "replays" }
		{ printf "%-16s %-10s %10s  %-25s %d\n", $1, $2, $3, $4, $5 }'
	jq -r '.waves[] | .wave as $w | .tables[] | [$w, .table, .extracted, .filtered, (.rejected | add), .loaded // -1] |
		@tsv' "$1" | awk -F '\t' '
		function share(n, all) { return all > 0 && n >= 0 ? sprintf("%.2f%%", 100 * n / all) : "-" }
		NR == 1 { printf "\n%-16s %-14s %10s %10s %8s %10s %8s %10s %8s\n", "wave", "table", "extracted",
			"filtered", "", "rejected", "", "loaded", "" }
		{ printf "%-16s %-14s %10d %10d %8s %10d %8s %10s %8s\n", $1, $2, $3, $4, share($4, $3), $5,
			share($5, $3), ($6 < 0 ? "?" : $6), share($6, $3) }'
	jq -r '.waves[] | .wave as $w | .reasons[] | [$w, .table, .stage, .column, .code, .rows, .message] | @tsv' "$1" |
		awk -F '\t' '
		NR == 1 { printf "\n%-16s %-14s %-9s %-14s %-17s %8s  %s\n", "wave", "table", "stage", "column", "code",
			"rejected", "message of the first" }
		{ printf "%-16s %-14s %-9s %-14s %-17s %8d  %s\n", $1, $2, $3, $4, $5, $6, substr($7, 1, 80) }'
	jq -r '.target.users[]? | [.wave, .state, .users] | @tsv' "$1" | awk -F '\t' '
		NR == 1 { printf "\n%-16s %-10s %10s\n", "users of", "are in", "" }
		{ printf "%-16s %-10s %10d\n", $1, $2, $3 }'
}

# A family of metrics each: its name, type and help, and then its samples.
# shellcheck disable=SC2016 # jq's variables
status_openmetrics()
{
	jq -r '
		def esc: tostring | gsub("\\\\"; "\\\\") | gsub("\""; "\\\"") | gsub("\n"; "\\n");
		def labels: to_entries | map("\(.key)=\"\(.value | esc)\"") | join(",") |
			if . == "" then "" else "{\(.)}" end;
		def sample(name; l; v): if v == null then empty else "\(name)\(l | labels) \(v)" end;
		def family(name; help; samples): "# TYPE \(name) gauge", "# HELP \(name) \(help)", samples;
		. as $s | $s.waves as $w |
		family("caravan_target_up"; "Whether the target answered.";
			sample("caravan_target_up"; {}; if $s.target.reachable then 1 else 0 end)),
		family("caravan_running"; "Whether a verb is at work on the plan.";
			if $s.running then sample("caravan_running"; {verb: $s.running.verb, wave: ($s.running.wave // ""),
				stage: $s.running.progress.stage}; 1) else sample("caravan_running"; {}; 0) end),
		(if $s.running then $s.running.progress as $p |
			family("caravan_running_shards"; "Shards that the running stage has done.";
				sample("caravan_running_shards"; {}; $p.shards)),
			family("caravan_running_shards_expected"; "Shards that the running stage has to do.";
				sample("caravan_running_shards_expected"; {}; $p.shards_total)),
			family("caravan_running_rows"; "Rows that the running stage has done.";
				sample("caravan_running_rows"; {}; $p.rows)),
			family("caravan_running_rows_expected"; "Rows that the running stage has to do.";
				sample("caravan_running_rows_expected"; {}; $p.rows_total)),
			family("caravan_running_rows_per_second"; "Speed of the running stage.";
				sample("caravan_running_rows_per_second"; {}; $p.rate)),
			family("caravan_running_left_seconds"; "Time that the running stage still takes.";
				sample("caravan_running_left_seconds"; {}; $p.eta)) else empty end),
		family("caravan_simulation_clean"; "Whether the last simulation of all rows was clean, and the plan is as it was then.";
			sample("caravan_simulation_clean"; {}; if $s.ready then 1 else 0 end)),
		family("caravan_wave_state"; "1 for the state that the wave is in.";
			$w[] | sample("caravan_wave_state"; {wave, state}; 1)),
		family("caravan_wave_users"; "Users of a wave, frozen at its start.";
			$w[] | sample("caravan_wave_users"; {wave}; .users)),
		family("caravan_replays"; "Replays of mended rejects.";
			$w[] | sample("caravan_replays"; {wave}; .replays)),
		family("caravan_rows"; "Rows of a table in a wave, by what became of them.";
			$w[] | .wave as $n | .tables[] | . as $t |
				("extracted", "added", "filtered", "loaded") as $k |
				sample("caravan_rows"; {wave: $n, table: $t.table, what: $k}; $t[$k])),
		family("caravan_rejected_rows"; "Rows that a stage refused.";
			$w[] | .wave as $n | .tables[] | . as $t | ("transform", "validate", "load") as $k |
				sample("caravan_rejected_rows"; {wave: $n, table: $t.table, stage: $k}; $t.rejected[$k])),
		family("caravan_reject_reasons"; "Rows refused, by reason.";
			$w[] | .wave as $n | .reasons[] |
				sample("caravan_reject_reasons"; {wave: $n, table, stage, column, code}; .rows)),
		(if $s.follow then $s.follow as $f |
			family("caravan_follow_running"; "Whether changes of the legacy system are followed.";
				sample("caravan_follow_running"; {}; if $f.running then 1 else 0 end)),
			family("caravan_follow_waiting_bytes"; "Change shards that are not applied yet.";
				$f.waiting[] | sample("caravan_follow_waiting_bytes"; {table}; .bytes)),
			family("caravan_follow_waiting_seconds"; "Age of the oldest change shard that is not applied yet.";
				$f.waiting[] | sample("caravan_follow_waiting_seconds"; {table}; .seconds)),
			family("caravan_follow_lag_seconds"; "Age of the last batch when it was applied.";
				sample("caravan_follow_lag_seconds"; {}; $f.done.lag_seconds)),
			family("caravan_follow_users"; "Users whose rows were brought over again.";
				sample("caravan_follow_users"; {}; $f.done.users)),
			family("caravan_follow_rejected_rows"; "Changed rows that were refused.";
				sample("caravan_follow_rejected_rows"; {}; $f.done.rejected)) else empty end),
		family("caravan_users"; "Users by the system that holds them.";
			$s.target.users[]? | sample("caravan_users"; {wave, state}; .users)),
		"# EOF"' "$1"
}
