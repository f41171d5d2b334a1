#!/usr/bin/env bats
#
# caravan-manual.bats - caravan's --help, manual, completion and installation agree

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	make_plan manual_bats 600
	# shellcheck disable=SC2153 # from make_plan
	rm -r "$PLAN"/tables/[2-4]0-*
}

teardown_file()
{
	load test-helpers
	need_servers || return
	drop_plan manual_bats
}

setup()
{
	load test-helpers
	need_servers || return
	cd "$BATS_TEST_TMPDIR" || return
	scripts=$BATS_TEST_DIRNAME
}

@test "--help, the manual and the completion have the same verbs" {
	"$scripts/caravan" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' >help
	[ "$(wc -l <help)" -ge 7 ]
	sed -n 's/^\.It Cm \([a-z-]*\).*/\1/p' "$scripts/caravan.1" | sort | diff help -
	sed -n "s/.*local verbs='\(.*\)'$/\1/p" "$scripts/caravan.bash" | tr ' ' '\n' | diff help -
}

@test "the manual has every option of every verb" {
	local file verb
	for file in "$scripts"/verbs/*.bash; do
		verb=$(basename "$file" .bash)
		echo "$verb"
		# the synopsis: the lines of the first comment that begin with the verb
		sed -n '/^verb_/q; s/^#	\('"$verb"' .*\)/\1/p' "$file" | grep -o -e '--[a-z-]*' | sort -u |
			grep -vxE -e '--(no-)?progress|--quiet' >usage || [ ! -s usage ]
		sed -n '/^\.It Cm '"$verb"'\( \|$\)/p' "$scripts/caravan.1" | grep -o 'Fl Fl [a-z-]*' |
			sed 's/Fl Fl /--/' | sort -u | diff usage -
	done
}

@test "the manual's examples do what it says" {
	caravan()
	{
		local name=$1
		shift
		[ "$name" = plan ]
		"$scripts/caravan" "$PLAN" "$@"
	}
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$scripts/caravan.1" | sed -n '/^\.Bd/,/^\.Ed/p' | grep -v '^\.[BE]d' |
		sed 's/\\&//' >expected
	grep '^\$ ' expected | while read -r _ line; do
		printf '$ %s\n' "$line"
		rc=0
		eval "$line" </dev/null 2>&1 || rc=$?
		[ "$rc" = 0 ] || echo "status $rc"
	done >found
	diff expected found
}

@test "installed under another name, with programs under other names, it works; uninstalled, nothing is left" {
	make -s -C "$scripts/.." B="${CARAVAN_BUILD:-build}" install PREFIX="$PWD/usr" PROGRAM_PREFIX=caravan- >/dev/null
	[ -x usr/bin/caravan-extract ]
	[ ! -e usr/bin/extract ]
	run -0 env -u CARAVAN_BUILD PATH=/usr/bin:/bin usr/bin/caravan --version
	[[ $output == 'caravan '[0-9]* ]]
	env -u CARAVAN_BUILD PATH=/usr/bin:/bin usr/bin/caravan --help | diff - <("$scripts/caravan" --help)
	run -0 env -u CARAVAN_BUILD PATH=/usr/bin:/bin usr/bin/caravan "$PLAN" simulate --sample 20%
	[[ $output == *'the simulation was clean'* ]]
	[ -e usr/share/man/man1/caravan.1 ]
	make -s -C "$scripts/.." uninstall PREFIX="$PWD/usr" PROGRAM_PREFIX=caravan-
	[ -z "$(find usr ! -type d)" ]
	[ ! -e usr/libexec/caravan ]
}

@test "completion: verbs, the options of a verb, the plan's waves" {
	# shellcheck disable=SC1091 # a file of its own
	source "$scripts/caravan.bash"
	complete_line()
	{
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		_caravan
		echo "${COMPREPLY[*]}"
	}
	[ "$(complete_line caravan "$PLAN" rol)" = rollback ]
	[ "$(complete_line caravan "$PLAN" run 20)" = 20-subscribers ]
	[ "$(complete_line caravan "$PLAN" simulate --s)" = --sample ]
	[ "$(complete_line caravan "$PLAN" status --format=j)" = --format=json ]
}
