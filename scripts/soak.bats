#!/usr/bin/env bats
#
# soak.bats - killed at any moment nothing is lost, and soak would notice if it were
#
# make soak kills KILLS times (1000), make check 100 times.

bats_require_minimum_version 1.5.0
load test-helpers

setup_file()
{
	need_servers
	soak=$BATS_TEST_DIRNAME/soak
	export soak
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
}

# A build folder whose PROGRAM is what stands on standard input; REAL is the real one.
mutant()
{
	local program
	mkdir -p build/bin
	for program in extract transform validate load; do
		ln -s "$(type -P "$program")" "build/bin/$program"
	done
	REAL=$(readlink "build/bin/$1")
	rm "build/bin/$1"
	{
		echo '#!/bin/bash'
		cat
	} >"build/bin/$1"
	chmod +x "build/bin/$1"
	export REAL
}

# finds_out TEXT: soak, with the mutant, ends with that.
finds_out()
{
	[ -n "${SOAK-}" ] || skip 'for make soak: it takes a while'
	CARAVAN_BUILD=$PWD/build run -1 "$soak" --kills 200
	echo "$output"
	[[ $output == *"$1"* ]]
	[[ $output == *'again: scripts/soak --seed 1 --round '* ]]
	[ -e build/soak-failed/log ]
}

@test "killed again and again: 0 rows lost, 0 doubled" {
	local kills=100
	[ -z "${SOAK-}" ] || kills=${KILLS:-1000}
	run -0 "$soak" -v --kills "$kills"
	echo "# ${lines[-2]}" >&3
	[[ $output == *'; 0 rows lost, 0 doubled'* ]]
}

@test "a shard that shows before it is whole is found out" {
	mutant transform <<'END'
while (($#)); do
	[[ $1 != -o ]] || { out=$2; shift 2; continue; }
	args+=("$1")
	shift
done
[[ $out ]] || exec "$REAL" "${args[@]}"
whole=$(mktemp) && "$REAL" "${args[@]}" -o "$whole.zst" || exit
head -c 500 "$whole.zst" >"$out"
sleep 0.05
cat "$whole.zst" >"$out"
rm "$whole" "$whole.zst"
END
	finds_out 'a shard that can be seen is not whole: mapped/'
}

@test "a load that commits without the end mark is found out" {
	mutant load <<'END'
for arg; do [[ $arg = --end-mark ]] || args+=("$arg"); done
exec "$REAL" "${args[@]}"
END
	finds_out 'half of a pipe was committed'
}

@test "a load that forgets what it has loaded is found out" {
	mutant load <<'END'
exec "$REAL" --no-ledger "$@"
END
	finds_out 'the rejects: unexpected: rejects/load/'
}

@test "usage" {
	run -2 "$soak" --kills 0
	run -2 "$soak" more
	CARAVAN_BUILD=/nowhere run -2 "$soak"
	[[ $output == *"'/nowhere/bin/extract' is not built"* ]]
	run -2 "$BATS_TEST_DIRNAME/soak-steps" everything
}
