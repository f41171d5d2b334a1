#!/usr/bin/env bats
#
# follow-lag.bats - a plan that is copied and followed while somebody writes without a pause
#
# make soak writes 1,000 rows a second for two minutes, make check for some seconds less of
# less.  How far the target was behind is printed, and not judged: that is the machine's.

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	export SECONDS_LONG=6 RATE=200 USERS=1000
	[ -z "${SOAK-}" ] || export SECONDS_LONG=120 RATE=1000 USERS=20000
	make_plan follow_lag_bats "$USERS" 5000
	# of two users with one address either may be refused, whoever comes later
	mysql_client follow_lag_bats -e "DELETE a FROM tbl_user a JOIN tbl_user b
		ON LOWER(TRIM(a.mail)) = LOWER(TRIM(b.mail)) AND a.u_id > b.u_id"
}

teardown_file()
{
	load test-helpers
	need_servers || return
	drop_plan follow_lag_bats
	psql_client postgres -c 'DROP DATABASE IF EXISTS follow_lag_fresh'
}

setup()
{
	load test-helpers
	need_servers || return
	cd "$BATS_TEST_TMPDIR" || return
}

teardown()
{
	touch stop
	[ -z "${follower-}" ] || kill "$follower" 2>/dev/null || :
}

# changes: RATE rows a second, of all kinds, ten bursts a second, until the file stop is there;
# how many it wrote goes to the file written.
changes()
{
	# shellcheck disable=SC2153 # from make_plan
	perl -MTime::HiRes=time,sleep -e '
		my ($rate, $users, $seed) = @ARGV;
		srand $seed;
		$| = 1;
		my ($n, $begin, $new) = (0, time, 10_000_000);
		until (-e "stop") {
			for (1 .. $rate / 10) {
				my $u = 1 + int rand $users;
				my $kind = int rand 10;
				$n++;
				if ($kind < 4) { print "UPDATE tbl_user SET nm = \"Name $n\" WHERE u_id = $u;\n" }
				elsif ($kind < 5) { print "UPDATE subs SET note = \"note $n\" WHERE u_id = $u;\n" }
				elsif ($kind < 6) { print "DELETE FROM fav WHERE u_id = $u;\n" }
				elsif ($kind < 7) { print "REPLACE INTO fav VALUES ($u, \"$n,7\", NOW());\n" }
				elsif ($kind < 8) {
					$new++;
					print "INSERT INTO tbl_child SELECT $new, u_id, \"Child $n\", \"2015-01-02\", \"m\", NULL, 3, NULL, NULL, 1500000000 ",
						"FROM tbl_user WHERE u_id = $u;\n";
				}
				elsif ($kind < 9) { print "UPDATE tbl_child SET u_id = u_id, nm = \"Kid $n\" WHERE ch_id = $u;\n" }
				else { printf "DELETE FROM tbl_child WHERE ch_id = %d;\n", 10_000_000 + 1 + int rand($new - 10_000_000 + 1) }
			}
			my $ahead = $begin + $n / $rate - time;
			sleep $ahead if $ahead > 0;
		}
		open my $out, ">", "written" or die;
		print $out "$n\n";
		close $out or die;
	' "$RATE" "$USERS" 42 | mysql_client "$NAME"
}

# lags: writes a mark into one user again and again, and how long it takes until the target has it, a line each.
lags()
{
	local user=$1 end=$((SECONDS + SECONDS_LONG)) n=0 begin client name
	coproc psql_client "$NAME"
	client=$COPROC_PID
	while ((SECONDS < end)); do
		n=$((n + 1))
		mysql_client "$NAME" -e "UPDATE tbl_user SET nm = 'Mark $n' WHERE u_id = $user"
		begin=${EPOCHREALTIME/[.,]/}
		until
			echo "SELECT coalesce(full_name, '') FROM users WHERE id = $user;" >&"${COPROC[1]}"
			read -r name <&"${COPROC[0]}"
			[ "$name" = "Mark $n" ]
		do
			sleep 0.02
		done
		echo $((${EPOCHREALTIME/[.,]/} - begin))
	done
	echo '\q' >&"${COPROC[1]}"
	wait "$client"
}

@test "written to all the time, copied in two waves, followed and drained: nothing is lost" {
	changes &
	writer=$!
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" run --force -q
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" follow >followed 2>&1 3>&- &
	follower=$!
	# while changes go on, and are followed
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" run --force -q
	# one whom nobody else writes to
	user=$(psql_client "$NAME" -c 'SELECT max(id) FROM users')
	[ "$user" -gt "$USERS" ]
	# what came since the copies was gone through
	mysql_client "$NAME" -e "UPDATE tbl_user SET nm = 'Mark 0' WHERE u_id = $user"
	end=$((SECONDS + 300))
	until [ "$(psql_client "$NAME" -c "SELECT full_name FROM users WHERE id = $user")" = 'Mark 0' ]; do
		[ $SECONDS -lt $end ]
		sleep 0.05
	done
	lags "$user" >measured
	touch stop
	wait $writer
	kill -INT $follower || :
	kill -TERM $follower
	wait $follower
	cat followed
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" follow --until-now
	sort -n measured >sorted
	awk -v n="$(wc -l <sorted)" -v written="$(cat written)" -v lag="$(jq -c . "$PLAN/work/follow/status.json")" '
		{ v[NR] = $1 / 1e6 }
		END { printf "# %d changes written; lag in seconds of %d marks: median %.2f, 99th percentile %.2f, most %.2f\n# %s\n",
			written, n, v[int((n + 1) / 2)], v[int(n * 0.99 + 0.999)], v[n], lag }' sorted >&3
	[ -s sorted ]
	as_fresh follow_lag_fresh
}
