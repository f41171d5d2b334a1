#
# init SOURCE TARGET  propose a plan from what both databases are like
#
#	init [--user-table TABLE] [--user-key COLUMN] [--force] SOURCE TARGET
#
# Makes PLAN: plan.env, tables/, waves/10-all.sql.  What was guessed, and what is
# left to do by hand, is told.  A column of which nobody knows what becomes of it
# stands in map.sql as "-- drop: COLUMN  undecided", and nothing moves before that
# is decided.  --force puts what an earlier plan had aside, in before-init-N.
#
# shellcheck shell=bash

verb_init()
{
	local force='' options=() operands=() plan=$1
	shift
	while (($# > 0)); do
		case $1 in
		--force) force=yes ;;
		--user-table | --user-key)
			(($# > 1)) || die 2 "$1 needs a name"
			options+=("$1" "$2")
			shift
			;;
		--user-table=* | --user-key=*) options+=("${1%%=*}" "${1#*=}") ;;
		-*) die 2 "init takes --user-table, --user-key and --force, not '$1'" ;;
		*) operands+=("$1") ;;
		esac
		shift
	done
	((${#operands[@]} == 2)) || die 2 'init needs the addresses of the source and of the target'
	export SOURCE=${operands[0]} TARGET=${operands[1]}
	local address='://[^/@]*:[^/@]*@'
	[[ ! $SOURCE =~ $address && ! $TARGET =~ $address ]] ||
		die 2 'an address with a password does not belong in a plan: use ~/.my.cnf and ~/.pgpass'
	[[ ! -e $plan || -d $plan ]] || die 2 "'$plan' is no folder"
	if [[ -z $force && (-e $plan/plan.env || -e $plan/tables || -e $plan/waves) ]]; then
		die 2 "'$plan' is a plan already; --force puts its files aside and makes them anew"
	fi
	# shellcheck source=scripts/driver/source.bash
	source "$DRIVER/source.bash"
	umask 077
	: "${JOBS:=$(nproc)}" "${SHARD_ROWS:=100000}" "${EXTRACT_OPTIONS:=}"
	mkdir -p -- "$plan" || die 3 "cannot make the folder '$plan'"
	PLAN=$(realpath -- "$plan")
	# the rows that are looked at lie in there, for that long
	trap 'rm -rf -- "$PLAN/.init"; rmdir --ignore-fail-on-non-empty -- "$PLAN"' EXIT
	init_plan "$PLAN/.init" "${options[@]}"
}

init_plan()
{
	local dir=$1
	shift
	rm -rf -- "$dir"
	mkdir -- "$dir" || die 3 "cannot write to the folder '$PLAN'"
	source_catalog "$dir"
	init_target "$dir"
	source_profile "$dir"
	"$DRIVER/plan-propose" "$dir" "$dir/plan" "$@" >"$dir/told" || die 2 'no plan can be proposed'
	{
		printf '# Passwords stand in ~/.my.cnf and ~/.pgpass, never here.\n'
		# shellcheck disable=SC2016 # expands when the plan is read
		printf '[[ -n ${SOURCE-} ]] || SOURCE=%q\n[[ -n ${TARGET-} ]] || TARGET=%q\n' "$SOURCE" "$TARGET"
	} >"$dir/plan/plan.env"
	init_publish "$dir"
	sed 's/^/caravan: /' "$dir/told" >&2
	printf 'the plan is in %s; read it, decide what is undecided, then: caravan %s simulate\n' "$PLAN" "$PLAN"
}

# The contracts of the target's tables; those that have rows are somebody else's.
init_target()
{
	local dir=$1 name schema table filled number=0
	mkdir -- "$dir/target"
	target -F $'\t' -c "SELECT n.nspname, c.relname, format('%I.%I', n.nspname, c.relname)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
			AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'caravan')
		ORDER BY 3" >"$dir/target/list" || die 3 'cannot reach the target'
	[[ -s $dir/target/list ]] || die 2 'the target has no tables: make its schema first'
	while IFS=$'\t' read -r schema table name; do
		filled=$(target -c "SELECT EXISTS (SELECT 1 FROM $name)") || die 3 "cannot read $name"
		if [[ $filled == t ]]; then
			printf 'caravan: %s has rows already: it is left out of the plan\n' "$([[ $schema == public ]] || printf '%s.' "$schema")$table" >&2
			continue
		fi
		number=$((number + 1))
		load --describe "$TARGET" "$name" >"$dir/target/$number.json" || die 3 "cannot describe $name"
	done <"$dir/target/list"
	((number > 0)) || die 2 'all tables of the target have rows already'
}

# What was there goes aside, and the new plan takes its place.
init_publish()
{
	local dir=$1 part number=1
	while [[ -e $PLAN/before-init-$number ]]; do
		number=$((number + 1))
	done
	for part in plan.env tables waves; do
		if [[ -e $PLAN/$part ]]; then
			mkdir -p -- "$PLAN/before-init-$number"
			mv -- "$PLAN/$part" "$PLAN/before-init-$number/" || die 3 "cannot put $part aside"
		fi
	done
	for part in tables waves plan.env; do
		mv -- "$dir/plan/$part" "$PLAN/" || die 3 "cannot write $part"
	done
}
