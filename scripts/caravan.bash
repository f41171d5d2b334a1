# caravan.bash - completion of caravan's verbs, options and waves for bash
# shellcheck shell=bash

_caravan()
{
	local cur=${COMP_WORDS[COMP_CWORD]} plan=${COMP_WORDS[1]} verb=${COMP_WORDS[2]-} words file
	local verbs='document follow init replay report rollback route run simulate status verify'
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -d -W '--help --version' -- "$cur")
		return
	fi
	if ((COMP_CWORD == 2)); then
		mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$cur")
		return
	fi
	case $verb in
	document) words='--check --no-values' ;;
	follow) words='--until-now --again' ;;
	init) words='--user-table --user-key --force' ;;
	replay) words='--collect --force' ;;
	report) words='--output' ;;
	rollback) words='--force' ;;
	run) words='--force --progress --no-progress --quiet' ;;
	simulate) words='--sample --mask --keep --progress --no-progress --quiet' ;;
	status) words='--format=text --format=json --format=openmetrics --output' ;;
	esac
	case $verb in
	replay | rollback | run | verify)
		for file in "$plan"/waves/*.sql; do
			[[ ! -e $file ]] || words+=" $(basename -- "$file" .sql)"
		done
		;;
	esac
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-o | --output) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	*) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur") ;;
	esac
}

complete -o filenames -F _caravan caravan
