# extract.bash - completion of extract's options for bash

_caravan_extract()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	case $prev in
	-d | --directory)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	-o | --output | --stats | --defaults-file | --from-manifest)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	-w | --where | -c | --columns | -n | --rows-per-shard | -j | --jobs | --query | \
		--max-rows-per-second | --interval)
		return
		;;
	--from | --until)
		mapfile -t COMPREPLY < <(compgen -W 'now' -- "$cur")
		return
		;;
	--max-load)
		mapfile -t COMPREPLY < <(compgen -W 'Threads_running= active=' -- "$cur")
		return
		;;
	esac
	case $cur in
	-*)
		mapfile -t COMPREPLY < <(compgen -W '--where --columns --query --directory
			--rows-per-shard --jobs --no-lock --again --max-rows-per-second
			--max-load --list --describe --follow --from --from-manifest --until
			--until-now --interval --defaults-file --output
			--stats --end-mark --progress --no-progress --quiet --verbose
			--version --help' -- "$cur")
		;;
	m* | p*)
		mapfile -t COMPREPLY < <(compgen -W 'mysql:// mariadb:// postgres:// postgresql://' -- "$cur")
		;;
	esac
}

complete -F _caravan_extract extract
