#
# simulate    run all waves, with all rows, into a staging copy of the target
#
#	simulate [--sample N%] [--mask] [--keep] [--progress | --no-progress | --quiet]
#
# The copy has the target's whole schema and the rows of the tables that are not
# the plan's.  It is made anew in the database that STAGING names, which must be
# empty or an earlier simulation's; without STAGING in a database of its own
# beside the target's, which is dropped afterwards unless --keep.  When every
# wave is within its budget and verified, run may begin.  --sample takes about
# N% of each wave's users, and --mask sends each table with a mask.sql through
# that mapping first; neither makes a plan ready to run.
#
# shellcheck shell=bash

verb_simulate()
{
	local sample='' keep=''
	while (($# > 0)); do
		case $1 in
		--sample)
			(($# > 1)) || die 2 '--sample needs a share such as 5%'
			sample=$2
			shift
			;;
		--sample=*) sample=${1#*=} ;;
		--keep) keep=yes ;;
		--mask) export MASK=yes ;;
		*) progress_option "$1" ||
			die 2 "simulate takes --sample, --mask, --keep, --progress, --no-progress and --quiet, not '$1'" ;;
		esac
		shift
	done
	[[ -z $sample || $sample =~ ^(100|[1-9][0-9]?)(\.[0-9]+)?%$ ]] ||
		die 2 "--sample '$sample' is not a share such as 5%"
	plan_complete
	plan_lock
	cd -- "$WORK" || exit
	rm -f -- simulate/clean
	rm -rf -- simulate/new
	mkdir -p -- simulate/new
	log "simulate begins, plan $(plan_hash)"
	staging_make
	simulate_waves "$sample" "$keep"
}

# database_of URI-OR-CONNINFO: the name of its database.
database_name()
{
	psql -X -q -A -t -d "$1" -c 'SELECT current_database()'
}

# with_database ADDRESS NAME: the same server's database of that name.
with_database()
{
	local base=${1%%'?'*} rest=''
	if [[ $1 == *'://'* ]]; then
		[[ $1 != *'?'* ]] || rest="?${1#*'?'}"
		[[ ${base#*://} == */* ]] && base=${base%/*}
		printf '%s/%s%s' "$base" "$2" "$rest"
	elif [[ $1 == *=* ]]; then
		printf '%s dbname=%s' "$1" "$2"
	else
		printf '%s' "$2"
	fi
}

# An empty database for the simulation: SIMULATION is its address.
staging_make()
{
	local name there
	REAL_TARGET=$TARGET
	name=$(database_name "$TARGET") || die 3 'cannot reach the target'
	if [[ -n $STAGING ]]; then
		SIMULATION=$STAGING
		there=$(psql -X -q -A -t -d "$STAGING" -c "SELECT count(*) FROM pg_class
			WHERE relkind IN ('r', 'p') AND relnamespace NOT IN ('pg_catalog'::regnamespace,
			'information_schema'::regnamespace) AND relpersistence <> 't'") ||
			die 3 'cannot reach STAGING'
		if [[ $there != 0 ]]; then
			[[ $(psql -X -q -A -t -d "$STAGING" -c "SELECT to_regclass('caravan.simulation') IS NOT NULL") == t ]] ||
				die 2 'STAGING has tables that no simulation made; name an empty database'
			psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$STAGING" <<-'SQL' || die 3 'cannot empty STAGING'
				SET client_min_messages = warning;
				DO $$ DECLARE s text; BEGIN
					FOR s IN SELECT quote_ident(nspname) FROM pg_namespace
						WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
					LOOP EXECUTE 'DROP SCHEMA ' || s || ' CASCADE'; END LOOP;
					CREATE SCHEMA public;
				END $$;
			SQL
		fi
	else
		name=${name:0:40}_simulation
		SIMULATION=$(with_database "$TARGET" "$name")
		if [[ $(target -c "SELECT count(*) FROM pg_database WHERE datname = $(sql_text "$name")") != 0 ]]; then
			[[ $(psql -X -q -A -t -d "$SIMULATION" -c "SELECT to_regclass('caravan.simulation') IS NOT NULL") == t ]] ||
				die 2 "there is a database '$name', which no simulation made"
		fi
		target -c "DROP DATABASE IF EXISTS \"$name\"" ||
			die 3 "cannot drop the database '$name'"
		target -c "CREATE DATABASE \"$name\" TEMPLATE template0" ||
			die 3 "cannot make the database '$name'; name an empty one by STAGING in plan.env"
	fi
	staging_fill
}

# The target's schema, and the rows of tables that are not the plan's.
staging_fill()
{
	local folder exclude=()
	for folder in "${TABLES[@]}"; do
		exclude+=(--exclude-table-data "$(target_table "$(table_name "$folder")")")
	done
	psql -X -q -d "$SIMULATION" -v ON_ERROR_STOP=1 \
		-c 'CREATE SCHEMA caravan; CREATE TABLE caravan.simulation (since timestamptz DEFAULT now())' ||
		die 3 'cannot write to the simulation'"'"'s database'
	[[ -z $STAGING ]] || psql -X -q -d "$SIMULATION" -c 'DROP SCHEMA IF EXISTS public'
	[[ -n $STAGING ]] || psql -X -q -d "$SIMULATION" -c 'DROP SCHEMA public'
	{
		# the dump has a public schema only where it is not the usual one
		printf 'CREATE SCHEMA public;\n'
		pg_dump --no-owner --no-privileges --exclude-schema caravan "${exclude[@]}" \
			--dbname="$REAL_TARGET" | sed '/^CREATE SCHEMA public;$/d'
	} | psql -X -q -d "$SIMULATION" -v ON_ERROR_STOP=1 >/dev/null ||
		die 3 "cannot copy the target's schema"
}

# The verdict: all waves within their budgets, every row verified.
simulate_waves()
{
	local sample=$1 keep=$2 wave ok=yes begin=$EPOCHREALTIME dir waves=()
	TARGET=$SIMULATION
	export TARGET
	# shellcheck source=scripts/verbs/verify.bash
	source "$VERBS/verify.bash"
	SAMPLE=$sample
	for wave in "${WAVES[@]}"; do
		dir=simulate/new/$wave
		mkdir -p -- "$dir"
		begin=$EPOCHREALTIME
		if run_wave "$wave" "$dir"; then
			verify_wave "$wave" "$dir" || ok=''
		else
			ok=''
		fi
		waves+=("$(wave_report "$wave" "$dir" "$begin")")
		log "simulate $wave: ${ok:-over its budget, or different}"
	done
	TARGET=$REAL_TARGET
	export TARGET
	printf '%s\n' "${waves[@]}" | jq -s --arg plan "$(plan_hash)" --arg sample "$sample" \
		--arg when "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --argjson clean "$([[ -n $ok ]] && echo true || echo false)" \
		'{plan: $plan, at: $when, sample: (if $sample == "" then null else $sample end), clean: $clean,
		waves: ., seconds: (map(.seconds) | add)}' | put simulate/new/report.json
	simulation_compare
	if [[ -e simulate/last ]]; then
		rm -rf -- simulate/previous
		mv -- simulate/last simulate/previous
	fi
	mv -- simulate/new simulate/last
	if [[ -z $STAGING && -z $keep ]]; then
		target -c "DROP DATABASE \"$(database_name "$SIMULATION")\"" || die 3 'cannot drop the simulation'
	fi
	[[ -n $ok ]] || die 1 'the simulation was not clean'
	[[ -n $sample || -n ${MASK-} ]] || plan_hash | put simulate/clean
	say "the simulation was clean${sample:+ (of a sample of $sample)}"
}

# One wave of the report: rows and reasons of each table, and the time it took.
wave_report()
{
	local wave=$1 dir=$2 begin=$3 folder folders
	mapfile -t folders < <(tables_of "$wave")
	for folder in "${folders[@]}"; do
		cat "$dir/stats/$(table_name "$folder").json"
	done | jq -s --arg wave "$wave" --argjson seconds "$(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')" \
		--argjson users "$(of_members "$dir")" \
		--argjson reasons "$("$DRIVER/reasons" "$dir"/rejects/*/ | jq -R -s 'split("\n") | map(select(. != "") | split("\t")
			| {table: .[0], stage: .[1], column: .[2], code: .[3], rows: (.[4] | tonumber), message: .[5], file: .[6]})')" \
		'{wave: $wave, users: $users, seconds: $seconds, tables: ., reasons: $reasons}'
}

# What is new and what got better since the last simulation, and how long the run will take.
simulation_compare()
{
	local before=simulate/last/report.json
	[[ -e $before ]] || printf '{"waves": []}' >simulate/none.json
	[[ -e $before ]] || before=simulate/none.json
	jq -r -n --slurpfile old "$before" --slurpfile new simulate/new/report.json '
		def reasons(r): [r.waves[] | .wave as $w | .reasons[] |
			{key: "\($w)\t\(.table)\t\(.stage)\t\(.column)\t\(.code)", value: .rows}] | from_entries;
		reasons($old[0]) as $a | reasons($new[0]) as $b |
		(($a | keys) + ($b | keys) | unique[]) as $k |
		($a[$k] // 0) as $x | ($b[$k] // 0) as $y |
		select($x != $y) |
		[(if $x == 0 then "new" elif $y == 0 then "gone" elif $y < $x then "fewer" else "more" end),
			$k, "\($x)", "\($y)"] | join("\t")' |
		awk -F '\t' 'BEGIN { n = 0 } n++ == 0 {
			printf "since the last simulation:\n  %-6s %-14s %-14s %-9s %-14s %-16s %8s %8s\n", "",
				"wave", "table", "stage", "column", "code", "rows", "now" }
			{ printf "  %-6s %-14s %-14s %-9s %-14s %-16s %8d %8d\n", $1, $2, $3, $4, $5, $6, $7, $8 }'
	jq -r '.waves[] | [.wave, .users, .seconds] | @tsv' simulate/new/report.json |
		awk -F '\t' -v share="${SAMPLE:-100%}" 'BEGIN { sub(/%/, "", share) } {
			printf "  %-16s %d users in %.1f s; the run takes about %.0f s\n", $1, $2, $3, $3 * 100 / share }'
	rm -f -- simulate/none.json
}
