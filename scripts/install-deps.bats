#!/usr/bin/env bats
#
# install-deps.bats - what is there is not touched, and nobody is asked for it

setup()
{
	install_deps=$BATS_TEST_DIRNAME/install-deps
}

# The package database and its lists as they are, to the nanosecond.
apt_state()
{
	find /var/lib/dpkg /var/lib/apt /usr/sbin/policy-rc.d /etc/postgresql-common \
		-printf '%p %T@ %s\n' 2>/dev/null | sort | sha256sum
}

@test "nothing is missing here, and it says so" {
	run "$install_deps" --dry-run
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "with all packages there it changes nothing, also without a network" {
	local before alone=()
	before=$(apt_state)
	if [ "$EUID" -eq 0 ] && unshare -n true 2>/dev/null; then
		alone=(unshare -n)
	fi
	run "${alone[@]}" "$install_deps"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$before" = "$(apt_state)" ]
}

@test "usage errors exit 2 before anything is done" {
	local before
	before=$(apt_state)
	run "$install_deps" --everything
	[ "$status" -eq 2 ]
	run "$install_deps" libfoo
	[ "$status" -eq 2 ]
	[ "$before" = "$(apt_state)" ]
}

@test "without dpkg it says what to do instead" {
	run env PATH=/nonexistent "$(command -v bash)" "$install_deps"
	[ "$status" -eq 2 ]
	[[ "$output" == *"not a Debian"* ]]
}
