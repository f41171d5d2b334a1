#!/usr/bin/env bats
#
# hosts.bats - shards handed to two hosts: two sshd of this test's own on loopback ports

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	make_plan hosts_bats 1000 100
	rm -r "$PLAN"/tables/[34]0-*
	export SSH_DIR=$BATS_FILE_TMPDIR/ssh
	mkdir -m 700 "$SSH_DIR"
	ssh-keygen -q -t ed25519 -N '' -f "$SSH_DIR/host" && ssh-keygen -q -t ed25519 -N '' -f "$SSH_DIR/user"
	cp "$SSH_DIR/user.pub" "$SSH_DIR/authorized_keys"
	: >"$SSH_DIR/config"
	start_sshd one && start_sshd two
	printf 'one\ntwo\n' >"$PLAN/hosts"
	cat >"$PLAN/plan.env" <<-END
		HOSTS=\${PLAN_HOSTS-$PLAN/hosts}
		PARALLEL_SSH='ssh -F $SSH_DIR/config'
	END
}

teardown_file()
{
	load test-helpers
	need_servers || return
	local file pid
	for file in "$SSH_DIR"/*.pid; do
		[ -e "$file" ] || continue
		read -r pid <"$file"
		kill "$pid"
	done
	drop_plan hosts_bats
}

# start_sshd NAME: a host of that name in SSH_DIR/config; only binding proves a port free
start_sshd()
{
	local name=$1 port pid try
	[ "$EUID" -ne 0 ] || mkdir -p /run/sshd
	for try in {1..20}; do
		port=$((10240 + (RANDOM * 32768 + RANDOM) % 20000))
		/usr/sbin/sshd -D -e -f /dev/null -p "$port" -o ListenAddress=127.0.0.1 -o HostKey="$SSH_DIR/host" \
			-o AuthorizedKeysFile="$SSH_DIR/authorized_keys" -o StrictModes=no -o UsePAM=no -o PidFile=none \
			-o PasswordAuthentication=no -o MaxStartups=50 -o LogLevel=INFO 2>"$SSH_DIR/$name.log" 3>&- &
		pid=$!
		if wait_for sshd_settled "$name" "$pid" && kill -0 "$pid" 2>/dev/null; then
			echo "$pid" >"$SSH_DIR/$name.pid"
			printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d ' ' -f 1,2 "$SSH_DIR/host.pub")" >>"$SSH_DIR/known_hosts"
			printf '%s\n' "Host $name" ' HostName 127.0.0.1' " Port $port" " IdentityFile $SSH_DIR/user" \
				' IdentitiesOnly yes' " UserKnownHostsFile $SSH_DIR/known_hosts" ' StrictHostKeyChecking yes' \
				' BatchMode yes' >>"$SSH_DIR/config"
			return 0
		fi
	done
	echo "no port for sshd after $try tries" >&2
	return 1
}

# sshd_settled NAME PID: it listens, or it has ended
sshd_settled()
{
	grep -q 'Server listening' "$SSH_DIR/$1.log" || ! kill -0 "$2" 2>/dev/null
}

setup()
{
	load test-helpers
	need_servers || return
}

caravan()
{
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" "$@"
}

outcome()
{
	# shellcheck disable=SC2153 # from make_plan
	table_hash "$NAME" users
	table_hash "$NAME" profiles
	psql_client "$NAME" -c 'SELECT shard, rows, loaded, rejected, xxh3 FROM caravan.ledger ORDER BY 1'
}

@test "two hosts share the shards, and it comes to the same as on one" {
	PLAN_HOSTS='' run -0 caravan run --force 10-free
	outcome >"$BATS_TEST_TMPDIR/one"
	run -0 caravan rollback 10-free
	run -0 caravan run --force 10-free
	echo "$output"
	[ "$(tail -q -n +2 "$PLAN"/work/run/10-free/joblog/*.map | cut -f 2 | sort -u | paste -sd ' ')" = 'one two' ]
	[ "$(tail -q -n +2 "$PLAN"/work/run/10-free/joblog/*.load | cut -f 2 | sort -u | paste -sd ' ')" = 'one two' ]
	outcome | diff "$BATS_TEST_TMPDIR/one" -
	# a joblog may be shown around
	run ! grep -q "$TARGET" "$PLAN"/work/run/10-free/joblog/*
	run -0 caravan verify
	run -0 caravan rollback 10-free
}

@test "a host that is away stops the wave with status 3; without it, it goes on" {
	local pid
	read -r pid <"$SSH_DIR/two.pid"
	kill "$pid"
	rm "$SSH_DIR/two.pid"
	wait_for sshd_gone "$pid"
	run -3 caravan run --force 10-free
	[[ $output == *'could not be mapped; see '* ]]
	echo one >"$PLAN/hosts"
	run -0 caravan run --force 10-free
	run -0 caravan verify
}

sshd_gone()
{
	! kill -0 "$1" 2>/dev/null
}
