#
# report      one HTML page: waves, throughput, rejects, verification, simulations
#
#	report [-o FILE]
#
# Without -o to standard output.  The page needs no network and no other file.
# Messages of rejects may hold users' data, so the file is for its owner alone.
# The charts are made with gnuplot.
#
# shellcheck shell=bash

# shellcheck source=scripts/driver/facts.bash
source "$DRIVER/facts.bash"

verb_report()
{
	local out='' facts
	while (($# > 0)); do
		case $1 in
		-o | --output)
			(($# > 1)) || die 2 "$1 needs a file"
			out=$2
			shift
			;;
		--output=*) out=${1#*=} ;;
		*) die 2 "report takes --output, not '$1'" ;;
		esac
		shift
	done
	facts=$(mktemp -d) || die 3 'cannot make a temporary folder'
	# shellcheck disable=SC2064 # now
	trap "rm -rf -- $(printf %q "$facts")" EXIT
	collect_facts "$facts"
	report_facts "$facts" | "$DRIVER/page" >"$facts/page" || exit 3
	if [[ -z $out ]]; then
		cat -- "$facts/page" || exit 3
	else
		put "$out" <"$facts/page"
	fi
}

# What the page is made of, as JSON.
report_facts()
{
	local facts=$1 wave dir
	for wave in "${WAVES[@]}"; do
		dir=$WORK/run/$wave
		[[ -d $dir/raw ]] || continue
		"$DRIVER/tally" --events "$dir" | jq --arg wave "$wave" \
			--slurpfile certificate <(cat_if "$dir/certificate.json") \
			--slurpfile replays <(replays_of "$dir") \
			'{wave: $wave, events, certificate: $certificate[0], replays: $replays}'
	done >"$facts/events.json"
	jq -n --slurpfile status "$facts/status.json" --slurpfile waves "$facts/events.json" \
		--slurpfile simulations <(cat_if "$WORK/simulate/last/report.json" "$WORK/simulate/previous/report.json") \
		'{status: $status[0], waves: $waves, simulations: $simulations}'
}

# Those of the files that there are.
cat_if()
{
	local file
	for file in "$@"; do
		[[ ! -e $file ]] || cat -- "$file"
	done
}

# Each replay's number and result.
replays_of()
{
	local batch
	for batch in "$1"/replay/[0-9][0-9][0-9][0-9]; do
		[[ ! -e $batch/result.json ]] ||
			jq --arg number "${batch##*/}" '{number: $number, result: .}' "$batch/result.json"
	done
}
