# load.bash - completion of load's options for bash
# shellcheck shell=bash

_caravan_load()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local options='--mode --key --dry-run --again --no-ledger --print-schema --describe --defaults-file --defer-indexes --rebuild-indexes --no-analyze --stream --from --until --with --output --rejects --max-rejects --stats --end-mark
		--progress --no-progress --quiet --verbose --version --help'

	case $prev in
	--mode)
		mapfile -t COMPREPLY < <(compgen -W 'insert upsert replace' -- "$cur")
		return
		;;
	--key | --max-rejects | --stream | --from | --until) return ;;
	--rejects | --stats | --defaults-file | --output | -o)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	esac
	case $cur in
	-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
	*) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	esac
}

complete -o filenames -F _caravan_load load
