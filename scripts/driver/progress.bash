# progress.bash - a line on the terminal for each stage, redrawn while it works
# shellcheck shell=bash
#
# Nothing of it goes to the log.  PROGRESS is yes or empty; progress_option sets it.

PROGRESS='' WATCHER=''
[[ ! -t 2 ]] || PROGRESS=yes

# progress_option OPTION: whether it is one of --progress, --no-progress and --quiet, which is
# then done.
progress_option()
{
	case $1 in
	--progress) PROGRESS=yes ;;
	--no-progress) PROGRESS='' ;;
	-q | --quiet)
		PROGRESS=''
		exec >/dev/null
		;;
	*) return 1 ;;
	esac
}

# progress_begin STAGE WAVE DIR: show how far the stage is, until progress_end.
progress_begin()
{
	local expect=''
	[[ -n $PROGRESS ]] || return 0
	[[ $1 != extract ]] || expect=$(expected_rows "$2" "$3")
	# without the lock: it is the programs that must have ended
	"$DRIVER/tally" --since "${EPOCHREALTIME/,/.}" ${expect:+--expect "$expect"} --watch "$2" --stage "$1" "$3" \
		{LOCK}>&- &
	WATCHER=$!
}

progress_end()
{
	local watcher=$WATCHER
	[[ -n $watcher ]] || return 0
	WATCHER=''
	# it may have ended by itself, when nobody reads what it draws
	if kill -TERM "$watcher" 2>/dev/null; then
		wait "$watcher" || log 'the progress could not be shown'
	fi
}

# The rows that the last simulation read in this wave, where it read all.
expected_rows()
{
	local report=simulate/last/report.json
	[[ -e $report && -z ${SAMPLE-} ]] || return 0
	jq -r --arg wave "$1" 'select(.sample == null) | .waves[] | select(.wave == $wave) |
		.users + (.tables | map(.extracted) | add)' "$report"
}
