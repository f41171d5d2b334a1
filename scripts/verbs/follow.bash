#
# follow         bring what changes in the legacy system into the new one, until stopped
#
#	follow [--until-now] [--again]
#
# For the users of the waves that are loaded and not switched.  --until-now ends when all is applied
# that was committed when it began.  --again reads all users again whom the kept
# changes tell of, after the mapping was mended.
#
# shellcheck shell=bash

# shellcheck source=scripts/driver/follow.bash
source "$DRIVER/follow.bash"
# shellcheck source=scripts/verbs/run.bash
source "$VERBS/run.bash"

verb_follow()
{
	local until=() again=''
	while (($# > 0)); do
		case $1 in
		--until-now) until=(--until-now) ;;
		--again) again=yes ;;
		*) die 2 "follow takes --until-now and --again, not '$1'" ;;
		esac
		shift
	done
	plan_complete
	case $SOURCE in
	mysql:* | mariadb:*) ;;
	*) die 2 'only the changes of MySQL and MariaDB can be followed' ;;
	esac
	cd -- "$WORK" || exit
	mkdir -p -- follow/{rejects,schema} || die 3 "cannot make '$WORK/follow'"
	exec {FOLLOW_LOCK}>>follow/lock
	flock -w "${LOCK_WAIT:-60}" "$FOLLOW_LOCK" || die 3 'another follower is at work on this plan'
	follow_prepare
	log 'follow begins'
	[[ -z $again ]] || follow_again
	follow_until_stopped "${until[@]}"
}

follow_prepare()
{
	local folder name
	FOLLOW_KEY=$(follow_key)
	FOLLOWED_FOLDERS=()
	[[ -n $FOLLOW_KEY && -n $(first_loaded) ]] || die 2 'no wave is loaded yet: follow begins where the first was copied'
	follow_tables "$FOLLOW_KEY"
	FOLLOW_NUMERIC=$(follow_numeric)
	for folder in "${TABLES[@]}"; do
		[[ -n ${MAIN[$folder]-} ]] || continue
		FOLLOWED_FOLDERS+=("$folder")
		name=$(table_name "$folder")
		# the target itself knows what may refer to what; only it has all rows
		jq 'del(.foreignKeys)' "$PLAN/tables/$folder/schema.json" | put "follow/schema/$name.json"
	done
	# what was loaded before the first change is there in full
	[[ -e follow/joined ]] || printf '%s\n' "$(loaded_waves)" | put follow/joined
	FOLLOW_MAX_REJECTS=${FOLLOW_MAX_REJECTS:-1000}
	[[ $FOLLOW_MAX_REJECTS =~ ^[0-9]{1,9}$ ]] || die 2 "FOLLOW_MAX_REJECTS is '$FOLLOW_MAX_REJECTS', not a number of rows"
}

first_loaded()
{
	loaded_waves | sed -n 1p
}

# Whether the source has the users' keys as whole numbers: 1, or nothing.
follow_numeric()
{
	local table=${MAIN[${TABLES[0]}]-}
	[[ -n $table ]] || table=$(printf '%s\n' "${!FOLLOWED[@]}" | sort | sed -n 1p)
	extract -q --describe "$SOURCE" "$table" |
		jq -r --arg c "${FOLLOWED[$table]}" '.fields[] | select(.name == $c and .type == "integer") | 1'
}

# All users again whom the kept changes tell of.
follow_again()
{
	[[ -e follow/applied ]] || die 2 'nothing was followed yet'
	follow_look_back
	follow_batch "$(<follow/joined)" yes
	say "follow: $(wc -l <follow/batch/users) users were mapped again"
}

# As far as was applied, and no further: what all waves that are followed have seen.
follow_look_back()
{
	local table
	for table in "${!FOLLOWED[@]}"; do
		NEXT[$table]=$(follow_applied "$table")
	done
}

follow_until_stopped()
{
	local from=() status=0 stopped='' worker
	[[ -e follow/changes/position.json ]] ||
		from=(--from-manifest "run/$(first_loaded)/raw/_members/datapackage.json")
	# shellcheck disable=SC2086 # several options
	# it ends with its parent, also when that is killed
	setpriv --pdeathsig TERM -- extract -q --follow --interval "${FOLLOW_INTERVAL:-0.2}" "${from[@]}" "$@" -d follow/changes \
		$EXTRACT_OPTIONS "$SOURCE" "${!FOLLOWED[@]}" &
	FOLLOWER=$!
	rm -f -- follow/ended || die 3 "cannot write to 'follow'"
	follow_work &
	worker=$!
	# bash may forget a signal that comes while it waits for a command that does not die of it,
	# but not in wait, which is all that is done here
	trap 'stopped=yes; kill -TERM $FOLLOWER 2>/dev/null' INT TERM
	while kill -0 "$FOLLOWER" 2>/dev/null && kill -0 "$worker" 2>/dev/null; do
		wait -n "$FOLLOWER" "$worker" || :
	done
	trap '' INT TERM
	kill -TERM "$FOLLOWER" 2>/dev/null || :
	wait "$FOLLOWER" || status=$?
	: >follow/ended
	wait "$worker" || exit
	trap - INT TERM
	((status == 0)) || die 3 'the changes of the source cannot be read; what was read is applied'
	log 'follow ends'
	[[ -z $stopped ]] || say 'follow: stopped; all that was read is applied'
}

# Batches until the follower has ended, or whoever waits for it was killed.
follow_work()
{
	until [[ -e follow/ended ]]; do
		kill -0 "$$" 2>/dev/null || exit 3
		follow_once || sleep 0.05
	done
	while follow_once; do :; done
}

# One batch, if there is anything for it; a wave that was loaded meanwhile first: its users' changes
# since it was copied were passed over until now.
follow_once()
{
	local wave waves
	while read -r wave; do
		[[ -n $wave ]] || continue
		follow_look_back
		waves=$wave
		# who is in no wave was passed over as well
		[[ -n $(next_wave) ]] || waves+=$'\n'${WAVES[-1]}
		follow_batch "$waves" yes
		printf '%s\n' "$(<follow/joined)" "$wave" | put follow/joined
		log "follow: the users of $wave are followed"
	done < <(follow_new_waves)
	follow_look || return 1
	follow_batch "$(<follow/joined)" ''
	(($(follow_rejected) <= FOLLOW_MAX_REJECTS)) ||
		die 1 "$(follow_rejected) rows were refused, FOLLOW_MAX_REJECTS allows $FOLLOW_MAX_REJECTS; see $WORK/follow/rejects"
}
