#
# rollback WAVE  take a wave's rows out of the target again
#
#	rollback [--force] WAVE
#
# In one transaction.  Rows that were changed since they were loaded stop it,
# unless it is forced, as do rows that refer to the wave's and are not its own.
#
# shellcheck shell=bash

verb_rollback()
{
	local wave='' dir later seen=''
	while (($# > 0)); do
		case $1 in
		--force) export PGOPTIONS="${PGOPTIONS-} -c caravan.force=on" ;;
		-*) die 2 "rollback takes --force, not '$1'" ;;
		*) wave=$1 ;;
		esac
		shift
	done
	plan_complete
	is_wave "$wave" || die 2 "rollback takes one of the plan's waves, not '$wave'"
	plan_lock
	cd -- "$WORK" || exit
	dir=run/$wave
	[[ -e $dir/frozen ]] || {
		say "$wave has not begun"
		return
	}
	[[ $(target -c "SELECT count(*) FROM caravan.user_state
		WHERE wave = $(sql_text "$wave") AND state <> 'legacy'") == 0 ]] ||
		die 2 "users of $wave are switched to the new system; switch them back first"
	log "rollback $wave begins"
	for later in "${WAVES[@]}"; do
		[[ -z $seen || ! -e run/$later/loaded ]] || warn "$later was loaded after $wave and stays"
		[[ $later != "$wave" ]] || seen=yes
	done
	take_back "$wave" "$dir"
	target -c "DELETE FROM caravan.user_state WHERE wave = $(sql_text "$wave")"
	# why rows were rejected may still be of use; the rest would be made anew
	mkdir -p -- rolled-back
	rm -rf -- "$dir"/{raw,mapped,keys,refs}
	mv -- "$dir" "rolled-back/$wave-$(date -u +%Y%m%dT%H%M%SZ)"
	say "$wave is taken back"
}
