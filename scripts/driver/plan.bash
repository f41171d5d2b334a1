# plan.bash - what a plan's folder says, and how the driver speaks
# shellcheck shell=bash
#
# plan_open sets PLAN and WORK (absolute), TABLES (folders below tables/, in
# load order), WAVES (names, in order) and what plan.env says: SOURCE, TARGET,
# STAGING, JOBS, SHARD_ROWS, EXTRACT_OPTIONS, HOSTS.

declare -a TABLES=() WAVES=()
# BY_WAVE: FOLDER => yes for the tables that have users' rows.  They are read in each wave, others in
# the first only.
declare -A BY_WAVE=()

# die STATUS MESSAGE: one line on stderr, also in the log, and the end.
die()
{
	log "error: $2"
	progress_end
	printf 'caravan: %s\n' "$2" >&2
	exit "$1"
}

warn()
{
	log "warning: $1"
	printf 'caravan: warning: %s\n' "$1" >&2
}

# A line for people, also in the log.
say()
{
	log "$1"
	printf '%s\n' "$1"
}

# What happened when, for ever: one line each.
log()
{
	[[ -n ${READ_ONLY-} || -z ${WORK-} || ! -d $WORK ]] ||
		printf '%(%Y-%m-%dT%H:%M:%S%z)T %s\n' -1 "${1//$'\n'/ }" >>"$WORK/log"
}

plan_open()
{
	local file
	[[ -d $1 ]] || die 2 "there is no folder '$1'"
	PLAN=$(realpath -- "$1")
	[[ -f $PLAN/plan.env ]] || die 2 "'$1' is no plan: it has no plan.env"
	set -a
	# shellcheck disable=SC1091 # the user's
	source "$PLAN/plan.env" || die 2 "cannot read '$1/plan.env'"
	: "${WORK:=$PLAN/work}" "${JOBS:=$(nproc)}" "${SHARD_ROWS:=100000}"
	: "${EXTRACT_OPTIONS:=}" "${HOSTS:=}" "${STAGING:=}"
	set +a
	[[ -n ${SOURCE-} ]] || die 2 "plan.env says no SOURCE"
	[[ -n ${TARGET-} ]] || die 2 "plan.env says no TARGET"
	[[ $JOBS =~ ^[1-9][0-9]{0,3}$ ]] || die 2 "JOBS is '$JOBS', not a number of jobs"
	[[ $SHARD_ROWS =~ ^[1-9][0-9]{0,8}$ ]] || die 2 "SHARD_ROWS is '$SHARD_ROWS', not a number of rows"
	umask 077
	[[ -n ${READ_ONLY-} ]] || mkdir -p -- "$WORK" || die 3 "cannot make the work folder"
	WORK=$(realpath -m -- "$WORK")
	export PLAN WORK
	for file in "$PLAN"/tables/*/; do
		[[ -d $file ]] || continue
		file=$(basename -- "$file")
		[[ -f $PLAN/tables/$file/extract.sql && -f $PLAN/tables/$file/map.sql &&
			-f $PLAN/tables/$file/schema.json ]] ||
			die 2 "tables/$file must have extract.sql, map.sql and schema.json"
		# its name is part of options, of lines and of names of folders
		[[ ! $file =~ [=%\\[:cntrl:]] && $file =~ ^[^-]*-[^.] ]] ||
			die 2 "tables/$file: a table's folder is called NUMBER-TABLE, without =, % and \\"
		TABLES+=("$file")
		[[ $(<"$PLAN/tables/$file/extract.sql") != *:wave* ]] || BY_WAVE[$file]=yes
	done
	for file in "$PLAN"/waves/*.sql; do
		[[ ! -f $file ]] || WAVES+=("$(basename -- "$file" .sql)")
	done
}

# Verbs that move rows need both, and that somebody has decided what becomes of each column.
plan_complete()
{
	local undecided
	((${#TABLES[@]} > 0)) || die 2 "the plan has no tables"
	((${#WAVES[@]} > 0)) || die 2 "the plan has no waves"
	plan_references
	undecided=$(cd -- "$PLAN" && awk '/^[ \t]*--[ \t]*drop:.*[ \t]undecided[ \t]*$/ {
		column = $0
		sub(/^[^:]*:[ \t]*/, "", column)
		sub(/[ \t]+undecided[ \t]*$/, "", column)
		printf "caravan: %s:%d: %s is undecided: map it, or say why it is dropped\n", FILENAME, FNR, column
	}' tables/*/map.sql) || die 3 'cannot read the mappings'
	[[ -n $undecided ]] || return 0
	printf '%s\n' "$undecided" >&2
	die 2 'nothing moves before every column of the plan is decided'
}

# One verb at a time that changes something.  The programs that a killed driver left behind hold
# the lock as well, so nothing begins before they have ended.
plan_lock()
{
	exec {LOCK}>>"$WORK/lock"
	if ! flock -n "$LOCK"; then
		plan_wait
	fi
	at - -
}

plan_wait()
{
	printf 'caravan: waiting for another run of this plan, or for what a killed one left behind\n' >&2
	flock -w "${LOCK_WAIT:-60}" "$LOCK" ||
		die 3 "another verb is at work on this plan (or its programs still are)"
}

# The name of the target's table: its folder's without the number.
table_name()
{
	printf '%s' "${1#*-}"
}

is_wave()
{
	local wave
	for wave in "${WAVES[@]}"; do
		[[ $wave != "$1" ]] || return 0
	done
	return 1
}

# The waves before this one, one a line.
waves_before()
{
	local wave
	for wave in "${WAVES[@]}"; do
		[[ $wave != "$1" ]] || return 0
		printf '%s\n' "$wave"
	done
}

# A file of SQL without its comments and the semicolon at its end, to stand in parentheses.
bare_sql()
{
	sed -e 's/^[[:space:]]*--.*$//' -- "$1" | sed -e '/^[[:space:]]*$/d' -e '$s/;[[:space:]]*$//'
}

# The --lookup options for transform of a plan, one word a line.
lookup_options()
{
	local file
	for file in "$1"/lookups/*.csv "$1"/lookups/*.csv.zst; do
		[[ ! -e $file ]] || printf -- '--lookup\n%s=%s\n' "$(basename -- "${file%.zst}" .csv)" "$file"
	done
}

# The folders of the tables that are read in a wave, one a line.
tables_of()
{
	local folder
	for folder in "${TABLES[@]}"; do
		if [[ -n ${BY_WAVE[$folder]-} || $1 == "${WAVES[0]}" ]]; then
			printf '%s\n' "$folder"
		fi
	done
}

# budget WAVE ROWS: how many of a table's rows may be rejected; MAX_REJECTS of the wave, else 0.
budget()
{
	awk -v rows="$2" '
		/^-- *MAX_REJECTS: *[0-9.]*%? *$/ && value == "" { value = $0; gsub(/[^0-9.%]/, "", value) }
		END { print value ~ /%$/ ? int(rows * value / 100) : int(value) }' "$PLAN/waves/$1.sql"
}

# One hash over the names and contents of files and folders of the plan.
hash_of()
{
	local path there=()
	for path in "$@"; do
		[[ ! -e $PLAN/$path ]] || there+=("$path")
	done
	(cd -- "$PLAN" && find "${there[@]}" -type f ! -name '.*' -exec sha256sum {} + | sort -k 2) |
		sha256sum | cut -c 1-16
}

# Of what decides what a table's rows become; the tables that it refers to have a say in that.
table_hash()
{
	local files
	mapfile -t files < <(decides "$1" | sort -u)
	hash_of "${files[@]}" lookups
}

# The files of these tables, one a line.
decides()
{
	local parent
	printf 'tables/%s\n' "$1/map.sql" "$1/schema.json"
	while read -r parent; do
		parent=$(folder_of "$parent")
		[[ -z $parent ]] || decides "$parent"
	done <<<"${REFERS[$1]-}"
}

# Of the whole plan.
plan_hash()
{
	hash_of tables waves lookups
}

# The first line of a shard.
header_line()
{
	# not through a pipe: whoever writes one is killed when nobody reads on
	head -n 1 < <(zstdcat -q -- "$1")
}

# The columns of a shard, one a line.
header_of()
{
	header_line "$1" | perl -ne '
		chomp;
		for (/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g) {
			s/^"(.*)"$/$1/ and s/""/"/g;
			print "$_\n";
		}'
}

# put FILE: standard input to FILE, which has either all of it or stays as it was.
put()
{
	local new=$1.new
	{ cat >"$new" && mv -f -- "$new" "$1"; } || die 3 "cannot write '$1'"
}
