# transform.bash - completion of transform's options for bash
# shellcheck shell=bash

_caravan_transform()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local options='--lookup --only --except --now --check --describe --lineage --output --rejects --max-rejects --stats --end-mark 
		--progress --no-progress --quiet --verbose --version --help'

	case $prev in
	--max-rejects | --now) return ;;
	--lookup | --only | --except)
		mapfile -t COMPREPLY < <(compgen -f -- "${cur#*=}")
		return
		;;
	--check | --output | -o | --rejects | --stats)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	esac
	case $cur in
	--lineage=*)
		mapfile -t COMPREPLY < <(compgen -W 'text csv json' -- "${cur#*=}")
		;;
	-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
	*) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	esac
}

complete -o filenames -F _caravan_transform transform
