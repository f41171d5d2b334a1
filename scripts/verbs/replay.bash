#
# replay WAVE  take the mended rejects of a wave through the stages again
#
#	replay WAVE --collect
#	replay [--force] WAVE
#
# --collect writes WORK/run/WAVE/replay/TABLE.STAGE.csv, the rows that STAGE refused, to
# be edited; rows that cannot be mended are deleted there.  Without it those files
# are replayed: transform's rows through transform, validate and load, validate's
# through validate and load, load's through validate, since a hand was on them,
# and load.  Each becomes a further shard of the wave.  What is refused again is
# among the rejects again.
#
# replay/NUMBER/ keeps what was edited, was/ how it was before, result.json what
# became of it.  A replay that was interrupted is ended by the next one, first.
#
# shellcheck shell=bash

verb_replay()
{
	local wave='' gather='' force='' dir batch
	while (($# > 0)); do
		case $1 in
		--collect) gather=yes ;;
		--force) force=yes ;;
		-*) die 2 "replay takes --collect and --force, not '$1'" ;;
		*) wave=$1 ;;
		esac
		shift
	done
	plan_complete
	is_wave "$wave" || die 2 "replay takes one of the plan's waves, not '$wave'"
	plan_lock
	cd -- "$WORK" || exit
	dir=run/$wave
	[[ -e $dir/loaded ]] || die 2 "$wave is not loaded; mend the mapping and run it"
	replay_same_plan "$wave" "$dir" "$force"
	at "$wave" "$dir"
	batch=$(replay_pending "$dir")
	if [[ -n $batch ]]; then
		replay_batch "$wave" "$dir" "$batch"
	fi
	if [[ -n $gather ]]; then
		replay_collect "$wave" "$dir"
		return
	fi
	replay_freeze "$wave" "$dir"
	if [[ -n $FROZEN ]]; then
		replay_batch "$wave" "$dir" "$FROZEN"
	elif [[ -z $batch ]]; then
		die 2 "there is nothing to replay: caravan PLAN replay $wave --collect writes the rejects to mend"
	fi
}

# Rows of one wave come from one mapping.
replay_same_plan()
{
	local wave=$1 dir=$2 force=$3 folder folders name
	mapfile -t folders < <(tables_of "$wave")
	for folder in "${folders[@]}"; do
		name=$(table_name "$folder")
		[[ $(<"$dir/mapped/$name/.plan") != "$(table_hash "$folder")" ]] || continue
		[[ -n $force ]] || die 2 "$name was loaded with another mapping or contract than the plan now has (--force goes on all the same)"
		log "replay $wave --force: $name was loaded with another mapping or contract"
	done
}

replay_collect()
{
	local wave=$1 dir=$2 folder folders name stage file some=''
	mkdir -p -- "$dir/replay"
	mapfile -t folders < <(tables_of "$wave")
	for folder in "${folders[@]}"; do
		name=$(table_name "$folder")
		for stage in transform validate load; do
			file=$dir/replay/$name.$stage.csv
			[[ ! -e $file ]] || die 2 "$WORK/$file is there already; replay it, or remove it"
		done
	done
	for folder in "${folders[@]}"; do
		name=$(table_name "$folder")
		for stage in transform validate load; do
			file=$dir/replay/$name.$stage.csv
			"$DRIVER/mend" collect "$dir" "$name" "$stage" >"$file.new" || die 3 "cannot collect the rejects of $name"
			if [[ -s $file.new ]]; then
				mv -- "$file.new" "$file"
				some=yes
				say "$WORK/$file"
			else
				rm -- "$file.new"
			fi
		done
	done
	[[ -n $some ]] || say "$wave has no rejects"
}

# What was edited becomes the next batch, all at once: FROZEN is its folder, or empty.
replay_freeze()
{
	local wave=$1 dir=$2 folder folders name stage file number new some='' last
	mapfile -t folders < <(tables_of "$wave")
	FROZEN=''
	new=$dir/replay/new
	rm -rf -- "$new"
	mkdir -p -- "$new/was"
	last=$(find "$dir/replay" -maxdepth 1 -name '[0-9][0-9][0-9][0-9]' -printf '%f\n' | sort | tail -n 1)
	for folder in "${folders[@]}"; do
		name=$(table_name "$folder")
		for stage in transform validate load; do
			file=$dir/replay/$name.$stage.csv
			[[ -e $file ]] || continue
			# the replay before this one was stopped between freezing and removing it
			if [[ -n $last ]] && cmp -s -- "$file" "$dir/replay/$last/$name.$stage.csv"; then
				rm -- "$file"
				continue
			fi
			"$DRIVER/mend" take "$dir" "$name" "$stage" "$file" >"$new/was/$name.$stage.csv" || exit
			cp -- "$file" "$new/$name.$stage.csv" || die 3 "cannot copy '$file'"
			some=yes
		done
	done
	if [[ -z $some ]]; then
		rm -rf -- "$new"
		return
	fi
	number=$(printf '%04d' $((10#${last:-0} + 1)))
	rm -f -- "$dir/verified"
	mv -- "$new" "$dir/replay/$number"
	FROZEN=$dir/replay/$number
	for file in "$FROZEN"/*.csv; do
		rm -f -- "$dir/replay/${file##*/}"
	done
}

# One batch through the stages; what is there already is left alone.
replay_batch()
{
	local wave=$1 dir=$2 batch=$3 folder folders name stage shard file
	mapfile -t folders < <(tables_of "$wave")
	log "replay $wave ${batch##*/} begins"
	rm -f -- "$dir/verified"
	for folder in "${folders[@]}"; do
		name=$(table_name "$folder")
		for stage in transform validate load; do
			file=$batch/$name.$stage.csv
			[[ -e $file ]] || continue
			shard=replay-${batch##*/}-$stage
			# all that they may refer to is loaded by now
			reference_keys "$dir" "$folder" target
			"$DRIVER/replay-shard" "$PLAN" "$folder" "$dir" "$stage" "$shard" "$file" ||
				die 3 "the mended rows of $name could not be mapped; run replay again"
			"$DRIVER/load-shard" "$name" "$dir" "$shard" 100% ||
				die 3 "the mended rows of $name could not be loaded; run replay again"
			"$DRIVER/mend" settle "$dir" "$name" "$stage" "$file" || exit
		done
	done
	summarize "$wave" "$dir"
	check_sums "$wave" "$dir"
	replay_result "$wave" "$dir" "$batch" | put "$batch/result.json"
	mark "$batch/done"
	log "replay $wave ${batch##*/}: $(jq -r '"\(map(.solved) | add) of \(map(.rows) | add) rows are solved"' \
		"$batch/result.json")"
	jq -r '.[] | [.table, .stage, .rows, .filtered, .refused, .solved] | @tsv' "$batch/result.json" | awk -F '\t' '
		BEGIN { printf "  %-16s %-10s %10s %10s %14s %10s\n", "table", "stage", "replayed", "filtered",
			"refused again", "solved" }
		{ printf "  %-16s %-10s %10d %10d %14d %10d\n", $1, $2, $3, $4, $5, $6 }'
	say "verify it: caravan $PLAN verify $wave"
}

# JSON: of each table and stage, how many rows were replayed, and what became of them.
replay_result()
{
	local wave=$1 dir=$2 batch=$3 folder folders name stage shard ledger
	mapfile -t folders < <(tables_of "$wave")
	for folder in "${folders[@]}"; do
		name=$(table_name "$folder")
		for stage in transform validate load; do
			[[ -e $batch/$name.$stage.csv ]] || continue
			shard=replay-${batch##*/}-$stage
			ledger=$(target -F ' ' -c "SELECT loaded, rejected FROM caravan.ledger
				WHERE shard = $(sql_text "$dir/mapped/$name/$shard.csv.zst")") || exit 3
			find "$dir/stats/$name" -name "$shard.transform.json" -exec cat {} + |
				cat - "$dir/stats/$name/$shard.validate.json" |
				jq -s --arg table "$name" --arg stage "$stage" --argjson loaded "${ledger% *}" \
					--argjson refused "${ledger#* }" '{table: $table, stage: $stage, rows: .[0].rows_in,
					filtered: (map(.filtered) | add), refused: ((map(.rejected) | add) + $refused), solved: $loaded}'
		done
	done | jq -s .
}
