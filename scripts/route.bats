#!/usr/bin/env bats
#
# route.bats - a real HAProxy that sends each request to the system that has its user
#
# Two small web servers say who they are; the tests are one story.

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	NAME=route_bats
	PLAN=$BATS_FILE_TMPDIR/plan
	TARGET=$(database_uri "$POSTGRES_URI" "$NAME")
	export NAME PLAN TARGET
	psql_client postgres -c "DROP DATABASE IF EXISTS $NAME" -c "CREATE DATABASE $NAME"
	mkdir "$PLAN"
	for system in legacy new; do
		start_web "$system" || return
	done
	cat >"$PLAN/plan.env" <<-END
		SOURCE=mysql://nobody@localhost/none
		ROUTE_BIND=127.0.0.1:$(free_port)
		ROUTE_STATS=127.0.0.1:$(free_port)
		ROUTE_LEGACY=127.0.0.1:$(cat "$BATS_FILE_TMPDIR/legacy.port")
		ROUTE_NEW=127.0.0.1:$(cat "$BATS_FILE_TMPDIR/new.port")
		ROUTE_KEY=path:/users/
		ROUTE_CHECK=/health
		ROUTE_SOCKET=$BATS_FILE_TMPDIR/haproxy.sock
	END
}

teardown_file()
{
	load test-helpers
	for file in "$BATS_FILE_TMPDIR"/*.pid; do
		kill "$(cat "$file")" 2>/dev/null || :
	done
	need_servers || return
	psql_client postgres -c "DROP DATABASE IF EXISTS $NAME"
}

setup()
{
	load test-helpers
	need_servers || return
	cd "$BATS_TEST_TMPDIR" || return
	# shellcheck source=/dev/null
	source "$PLAN/plan.env"
}

# A port that nobody listens on now.
free_port()
{
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

# start_web NAME: a web server that answers NAME, on a port that it tells in NAME.port
start_web()
{
	perl -MIO::Socket::INET -e '
		my ($name, $file) = @ARGV;
		my $listen = IO::Socket::INET->new(Listen => 64, LocalAddr => "127.0.0.1") or die;
		open my $out, ">", "$file.new" or die;
		print $out $listen->sockport;
		close $out or die;
		rename "$file.new", $file or die;
		while (my $client = $listen->accept) {
			local $/ = "\r\n\r\n";
			<$client>;
			print $client "HTTP/1.0 200 OK\r\nContent-Length: " . length($name) . "\r\n\r\n$name";
			close $client;
		}' "$1" "$BATS_FILE_TMPDIR/$1.port" >/dev/null 2>&1 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/$1.pid"
	wait_for test -e "$BATS_FILE_TMPDIR/$1.port"
}

caravan()
{
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" "$@"
}

sql()
{
	psql_client "$NAME" -c "$1"
}

# start_haproxy: and wait until it knows that both systems are up
start_haproxy()
{
	haproxy -W -f "$PLAN/work/route/haproxy.cfg" >"$BATS_FILE_TMPDIR/haproxy.log" 2>&1 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/haproxy.pid"
	wait_for answers
}

answers()
{
	[ "$(get 0)" = legacy ]
}

# get USER [CURL OPTION]...: who answers a request of that user
get()
{
	local user=$1
	shift
	curl -s --noproxy '*' "$@" "http://$ROUTE_BIND/users/$user/profile"
}

# code USER METHOD: the status of the answer
code()
{
	get "$1" -X "$2" -o answer -D headers -w '%{http_code}'
}

@test "settings that are missing or would break the configuration are refused" {
	cp "$PLAN/plan.env" saved
	while IFS='|' read -r setting message; do
		{
			grep -v "^${setting%%=*}=" saved
			printf '%s\n' "$setting"
		} >"$PLAN/plan.env"
		run -2 caravan route
		echo "$setting: $output"
		[[ $output == "caravan: "*"$message"* ]]
	done <<-'END'
		ROUTE_LEGACY=|plan.env says no ROUTE_LEGACY
		ROUTE_NEW=localhost|ROUTE_NEW: 'localhost' is not HOST:PORT
		ROUTE_BIND=80|ROUTE_BIND: '80' is not ADDRESS:PORT
		ROUTE_KEY=|plan.env must say by ROUTE_KEY
		ROUTE_KEY=path:users|plan.env must say by ROUTE_KEY
		ROUTE_KEY=path:/users|'/users' is not the part of a path before the key
		ROUTE_KEY='cookie:a b'|'a b' is not the name of a cookie
		ROUTE_READS=get|ROUTE_READS is 'get'
		ROUTE_RETRY_AFTER=soon|ROUTE_RETRY_AFTER is 'soon'
		ROUTE_CHECK='/health "x'|ROUTE_CHECK
	END
	cp saved "$PLAN/plan.env"
	run -2 caravan route now
	[ "$output" = "caravan: route takes no argument, not 'now'" ]
	[ ! -e "$PLAN/work/route/haproxy.cfg" ]
}

@test "without a running HAProxy the files are written, and it is told how to start it" {
	run -0 caravan route
	[ "$output" = "route: HAProxy does not run; start it with: haproxy -W -f $PLAN/work/route/haproxy.cfg" ]
	[ ! -s "$PLAN/work/route/users.map" ]
	start_haproxy
	[ "$(get 7)" = legacy ]
	run -0 caravan route
	[ "$output" = 'route: HAProxy has 0 users in the new system, 0 on hold' ]
}

@test "who is in the new system goes there; who is unknown, or in no path of users, to the legacy one" {
	sql "INSERT INTO caravan.user_state (user_key, wave, state) SELECT n, 'w', 'new' FROM generate_series(10, 5000) n"
	sql "INSERT INTO caravan.user_state (user_key, wave, state) VALUES ('5', 'w', 'legacy'), ('zoë', 'w', 'new')"
	run -0 caravan route
	[ "$output" = 'route: HAProxy has 4992 users in the new system, 0 on hold' ]
	for user in 10 4711 5000 'zo%C3%AB' '%31%30'; do
		[ "$(get "$user")" = new ]
	done
	for user in 5 9 5001 010 '' 'a%20b' 'nobody'; do
		[ "$(get "$user")" = legacy ]
	done
	[ "$(curl -s --noproxy '*' "http://$ROUTE_BIND/index?users/10")" = legacy ]
	get 10 -D headers -o answer
	grep -qi '^x-caravan-system: new' headers
}

@test "on hold: writes get 503 with Retry-After, reads go on where the data is" {
	sql "UPDATE caravan.user_state SET state = 'hold', home = 'legacy' WHERE user_key = '5'"
	sql "UPDATE caravan.user_state SET state = 'hold', home = 'new' WHERE user_key = '20'"
	run -0 caravan route
	[ "$output" = 'route: HAProxy has 4992 users in the new system, 2 on hold' ]
	for user in 5 20; do
		for method in POST PUT DELETE PATCH; do
			[ "$(code $user $method)" = 503 ]
			grep -qi '^retry-after: 1' headers
		done
	done
	[ "$(get 5)" = legacy ]
	[ "$(get 20)" = new ]
	[ "$(code 21 POST)" = 200 ]
	sql "UPDATE caravan.user_state SET state = 'new' WHERE user_key = '5'"
	sql "UPDATE caravan.user_state SET state = 'legacy' WHERE user_key = '20'"
	caravan route
	[ "$(code 5 POST) $(cat answer)" = '200 new' ]
	[ "$(code 20 POST) $(cat answer)" = '200 legacy' ]
}

@test "the maps survive a reload and a restart, also after a crash" {
	kill -USR2 "$(cat "$BATS_FILE_TMPDIR/haproxy.pid")"
	for _ in $(seq 50); do
		[ "$(get 10)$(get 9)" = newlegacy ]
	done
	pkill -9 -P "$(cat "$BATS_FILE_TMPDIR/haproxy.pid")" || :
	kill -9 "$(cat "$BATS_FILE_TMPDIR/haproxy.pid")" || :
	start_haproxy
	[ "$(get 10)$(get 5)$(get 20)" = newnewlegacy ]
	run -0 caravan route
	[ "$output" = 'route: HAProxy has 4992 users in the new system, 0 on hold' ]
}

@test "the map changes at once: no request in between sees neither the old nor the new" {
	sql "UPDATE caravan.user_state SET state = 'new'"
	caravan route
	touch go
	{
		while [ -e go ]; do get 4999 -w '\n'; done >seen
	} 3>&- &
	pid=$!
	for _ in 1 2 3; do
		caravan route
	done
	rm go
	wait $pid
	[ "$(sort -u seen)" = new ]
	[ "$(wc -l <seen)" -gt 3 ]
}

@test "a key that cannot stand in a map is refused, and the maps stay" {
	sql "INSERT INTO caravan.user_state (user_key, wave, state) VALUES ('a b', 'w', 'new')"
	run -2 caravan route
	[ "$output" = "caravan: the user 'a b' cannot be routed: a key of HAProxy's maps has no blanks" ]
	[ "$(get 10)" = new ]
	sql "DELETE FROM caravan.user_state WHERE user_key = 'a b'"
}

@test "by header, cookie and query" {
	for key in header:X-User cookie:uid query:uid; do
		sed -i "s|^ROUTE_KEY=.*|ROUTE_KEY=$key|" "$PLAN/plan.env"
		run -0 caravan route
		[[ $output == *'warning: route/haproxy.cfg has changed: reload HAProxy'* ]]
		kill -USR2 "$(cat "$BATS_FILE_TMPDIR/haproxy.pid")"
		wait_for by_key "$key"
		[ "$(curl -s --noproxy '*' "http://$ROUTE_BIND/users/10/x")" = legacy ]
	done
}

# by_key KEY: whether user 10 is found so
by_key()
{
	local arguments
	case $1 in
	header:*) arguments=(-H 'X-User: 10' "http://$ROUTE_BIND/") ;;
	cookie:*) arguments=(-b 'a=b; uid=10' "http://$ROUTE_BIND/") ;;
	query:*) arguments=("http://$ROUTE_BIND/x?a=1&uid=10") ;;
	esac
	[ "$(curl -s --noproxy '*' "${arguments[@]}")" = new ]
}

@test "a HAProxy that has another configuration is told apart from none" {
	WORK=$PLAN/other run -3 caravan route
	[[ $output == *"HAProxy refused to change the map '$PLAN/other/route/hold.map': "* ]]
}
