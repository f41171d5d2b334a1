#
# run [WAVE]  move the users of the next wave, or of that one
#
#	run [--force] [--progress | --no-progress | --quiet] [WAVE]
#
# A wave begins only when those before it are verified, and the plan is as it was
# when a simulation of it was clean.  --force goes on all the same, and the log
# says so.  Over its budget a wave leaves nothing in the target.
#
# shellcheck shell=bash

verb_run()
{
	local force='' wave='' dir
	while (($# > 0)); do
		case $1 in
		--force) force=yes ;;
		-*) progress_option "$1" || die 2 "run takes --force, --progress, --no-progress and --quiet, not '$1'" ;;
		*) wave=$1 ;;
		esac
		shift
	done
	plan_complete
	if [[ -z $wave ]]; then
		wave=$(next_wave)
		[[ -n $wave ]] || {
			say 'all waves are loaded'
			return
		}
	fi
	is_wave "$wave" || die 2 "the plan has no wave '$wave'"
	plan_lock
	cd -- "$WORK" || exit
	may_begin "$wave" "$force"
	dir=run/$wave
	mkdir -p -- "$dir"
	if [[ -e $dir/loaded ]]; then
		stage_map "$wave" "$dir" # refuses what was loaded otherwise
		say "$wave is loaded already"
		return
	fi
	log "run $wave begins, plan $(plan_hash)"
	trap 'log "run $wave: stopped by a signal"; trap - INT; kill -s INT $$' INT
	if ! run_wave "$wave" "$dir"; then
		die 1 "$wave stopped over its budget; nothing of it is in the target. Mend the mapping, simulate, and run it again"
	fi
	say "$wave is loaded; next: caravan $PLAN verify $wave"
}

# The first wave that is not loaded.
next_wave()
{
	local wave
	for wave in "${WAVES[@]}"; do
		[[ -e $WORK/run/$wave/loaded ]] || {
			printf '%s' "$wave"
			return
		}
	done
}

# What stands against beginning a wave ends the verb, or is logged when it is forced.
may_begin()
{
	local wave=$1 force=$2 earlier reasons=()
	while read -r earlier; do
		[[ -e run/$earlier/verified ]] || reasons+=("$earlier is not verified")
	done < <(waves_before "$wave")
	if [[ ! -e simulate/clean ]]; then
		reasons+=('no simulation of the plan was clean')
	elif [[ $(<simulate/clean) != "$(plan_hash)" ]]; then
		reasons+=('the plan has changed since it was last simulated')
	fi
	for earlier in "${reasons[@]}"; do
		[[ -n $force ]] || die 2 "$wave may not begin: $earlier (--force goes on all the same)"
		log "run $wave --force: $earlier"
	done
}
