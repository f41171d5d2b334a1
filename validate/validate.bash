# validate.bash - completion of validate's options for bash
# shellcheck shell=bash

_caravan_validate()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local options='--resource --report --report-format --keys-out --keys-check --schema --diff --sort --memory --checksum
		--buckets --key --bucket --compare --ignore --profile --format --output --rejects --max-rejects --stats --end-mark --progress
		--no-progress --quiet --verbose --version --help'

	case $prev in
	--max-rejects | --diff | --memory | --buckets | --key | --bucket | --compare | --ignore) return ;;
	--report-format)
		mapfile -t COMPREPLY < <(compgen -W 'json text' -- "$cur")
		return
		;;
	--format)
		mapfile -t COMPREPLY < <(compgen -W 'text json markdown' -- "$cur")
		return
		;;
	--resource | --report | --keys-out | --schema | --output | -o | --rejects | --stats)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	esac
	case $cur in
	-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
	*) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	esac
}

complete -o filenames -F _caravan_validate validate
