#
# route          configure HAProxy, and bring its maps in step with the users' states
#
#	route
#
# Writes route/haproxy.cfg and its maps below the work folder, and tells a running
# HAProxy.  The maps are files first, so that a reload or a restart at any moment
# reads what a running one was told.
#
# users.map has the users that are in the new system; whoever is in no map is in
# the legacy one.  hold.map has those being moved: it is small and is replaced in
# one commit, so that a batch is held, and let go, at once, while users.map only
# grows: in HAProxy 2.6 an entry is added in microseconds, but changed or removed
# by a search through all of them.  back.map, for the same reason, has those
# that went back and are still in users.map; this verb makes it empty again.
#
# shellcheck shell=bash

verb_route()
{
	(($# == 0)) || die 2 "route takes no argument, not '$1'"
	route_settings
	plan_lock
	target_init
	mkdir -p -- "$ROUTE" || die 3 "cannot make '$ROUTE'"
	log 'route begins'
	route_maps
	route_write_config
	if route_push hold && route_push users && route_push back; then
		say "route: HAProxy has $(route_count users) users in the new system, $(route_count hold) on hold"
	else
		say "route: HAProxy does not run; start it with: haproxy -W -f $ROUTE/haproxy.cfg"
	fi
}

# What plan.env says of the routes, checked: it becomes part of HAProxy's configuration.
route_settings()
{
	local name server
	: "${ROUTE_BIND:=127.0.0.1:8080}" "${ROUTE_STATS=127.0.0.1:8404}" "${ROUTE_CHECK=}"
	: "${ROUTE_READS:=GET HEAD OPTIONS}" "${ROUTE_RETRY_AFTER:=1}" "${ROUTE_TIMEOUT:=30}"
	ROUTE=$WORK/route
	ROUTE_SOCKET=${ROUTE_SOCKET:-$ROUTE/haproxy.sock}
	for name in ROUTE_LEGACY ROUTE_NEW; do
		[[ -n ${!name-} ]] || die 2 "plan.env says no $name: the servers of that system, as HOST:PORT"
		for server in ${!name}; do
			[[ $server =~ ^[A-Za-z0-9_.:-]+:[0-9]+$ ]] || die 2 "$name: '$server' is not HOST:PORT"
		done
	done
	for name in ROUTE_BIND ROUTE_STATS; do
		[[ -z ${!name} || ${!name} =~ ^[A-Za-z0-9_.:*-]*:[0-9]+$ ]] || die 2 "$name: '${!name}' is not ADDRESS:PORT"
	done
	[[ -n $ROUTE_BIND ]] || die 2 'ROUTE_BIND is empty: where HAProxy is to listen, as ADDRESS:PORT'
	[[ $ROUTE_READS =~ ^[A-Z]+(\ [A-Z]+)*$ ]] || die 2 "ROUTE_READS is '$ROUTE_READS', not names of methods"
	[[ $ROUTE_RETRY_AFTER =~ ^[0-9]{1,5}$ ]] || die 2 "ROUTE_RETRY_AFTER is '$ROUTE_RETRY_AFTER', not seconds"
	[[ $ROUTE_TIMEOUT =~ ^[1-9][0-9]{0,4}$ ]] || die 2 "ROUTE_TIMEOUT is '$ROUTE_TIMEOUT', not seconds"
	[[ -z $ROUTE_CHECK || $ROUTE_CHECK =~ ^/[!-~]*$ ]] || die 2 "ROUTE_CHECK is '$ROUTE_CHECK', not a path"
	[[ $ROUTE_CHECK != *[\"\'\\#]* ]] || die 2 "ROUTE_CHECK may have no quotes, '\\' or '#'"
	[[ $ROUTE =~ ^[A-Za-z0-9_./@+-]+$ && $ROUTE_SOCKET =~ ^[A-Za-z0-9_./@+-]+$ ]] ||
		die 2 "HAProxy's files cannot lie in '$ROUTE': a path with other characters than letters, digits and _./@+-"
	((${#ROUTE_SOCKET} <= 90)) || die 2 "the path of HAProxy's socket is too long; give a shorter ROUTE_SOCKET in plan.env"
	ROUTE_FETCH=$(route_fetch) || exit
}

# The expression by which HAProxy finds the user's key in a request.
route_fetch()
{
	local name=${ROUTE_KEY#*:}
	case ${ROUTE_KEY-} in
	path:/*)
		[[ $name =~ ^/[A-Za-z0-9_./~-]*/$ ]] || die 2 "ROUTE_KEY: '$name' is not the part of a path before the key, such as /users/"
		printf 'path,bytes(%d),field(1,/),url_dec if { path_beg %s }' ${#name} "$name" ;;
	header:?* | cookie:?* | query:?*)
		[[ $name =~ ^[A-Za-z0-9_.-]+$ ]] || die 2 "ROUTE_KEY: '$name' is not the name of a ${ROUTE_KEY%%:*}"
		case $ROUTE_KEY in
		header:*) printf 'req.hdr(%s),field(1,\\,) if { req.hdr(%s) -m found }' "$name" "$name" ;;
		cookie:*) printf 'req.cook(%s),url_dec if { req.cook(%s) -m found }' "$name" "$name" ;;
		query:*) printf 'urlp(%s),url_dec if { urlp(%s) -m found }' "$name" "$name" ;;
		esac ;;
	*) die 2 "plan.env must say by ROUTE_KEY where a request has its user: path:/users/, header:NAME, cookie:NAME or query:NAME" ;;
	esac
}

# The maps as the target has the users' states.  A key with a blank or a control character in it
# could not stand in a map.
route_maps()
{
	local odd name
	odd=$(target -c "SELECT quote_literal(user_key) FROM caravan.user_state
		WHERE user_key = '' OR user_key ~ '[[:space:][:cntrl:]]' LIMIT 1") || die 3 'cannot read the states of the users'
	[[ -z $odd ]] || die 2 "the user $odd cannot be routed: a key of HAProxy's maps has no blanks"
	# one statement: both as of one moment
	target -c "COPY (SELECT state, user_key || ' ' || CASE state WHEN 'hold' THEN home ELSE 'new' END
		FROM caravan.user_state WHERE state IN ('hold', 'new')) TO STDOUT" >"$ROUTE/states.next" ||
		die 3 'cannot read the states of the users'
	if ! awk -F '\t' -v hold="$ROUTE/hold.map.next" -v users="$ROUTE/users.map.next" '
		BEGIN { printf "" >hold; printf "" >users }
		$1 == "hold" { print $2 >hold }
		$2 ~ / new$/ { print $2 >users }' "$ROUTE/states.next" ||
		! : >"$ROUTE/back.map.next" || ! rm -- "$ROUTE/states.next"; then
		die 3 "cannot write the maps in '$ROUTE'"
	fi
	for name in hold users back; do
		mv -- "$ROUTE/$name.map.next" "$ROUTE/$name.map" || die 3 "cannot write the maps in '$ROUTE'"
	done
}

route_count()
{
	wc -l <"$ROUTE/$1.map"
}

# route_push MAP: 1 when no HAProxy runs.
route_push()
{
	local status=0
	"$DRIVER/haproxy-map" "$ROUTE_SOCKET" replace "$ROUTE/$1.map" || status=$?
	case $status in
	0) return 0 ;;
	4) return 1 ;;
	*) die 3 "HAProxy was not told; its maps are written, so a reload would do" ;;
	esac
}

route_write_config()
{
	local message
	route_config >"$ROUTE/haproxy.cfg.next" || die 3 "cannot write '$ROUTE/haproxy.cfg'"
	if command -v haproxy >/dev/null; then
		message=$(haproxy -c -f "$ROUTE/haproxy.cfg.next" 2>&1) ||
			die 2 "HAProxy does not take the configuration: ${message//$'\n'/ }"
	fi
	if [[ -e $ROUTE/haproxy.cfg ]] && ! cmp -s -- "$ROUTE/haproxy.cfg"{,.next}; then
		warn "route/haproxy.cfg has changed: reload HAProxy"
	fi
	mv -- "$ROUTE/haproxy.cfg.next" "$ROUTE/haproxy.cfg" || die 3 "cannot write '$ROUTE/haproxy.cfg'"
}

route_config()
{
	cat <<-END
		# Written by caravan route from plan.env: changes here are lost.
		global
			stats socket $ROUTE_SOCKET mode 600 level admin expose-fd listeners

		defaults
			mode http
			timeout connect 5s
			timeout client ${ROUTE_TIMEOUT}s
			timeout server ${ROUTE_TIMEOUT}s
			timeout queue ${ROUTE_TIMEOUT}s
			timeout http-request 10s
			timeout http-keep-alive 10s

		frontend users
			bind $ROUTE_BIND
			http-request set-var(txn.user) $ROUTE_FETCH
			# where the user's data is: the legacy system, unless a map says otherwise
			http-request set-var(txn.home) str(legacy)
			http-request set-var(txn.home) var(txn.user),map_str($ROUTE/users.map,legacy) if { var(txn.user) -m found }
			http-request set-var(txn.home) str(legacy) if { var(txn.user),map_str($ROUTE/back.map) -m found }
			# a user being moved may read where the data was, but not write
			acl held var(txn.user),map_str($ROUTE/hold.map) -m found
			acl reads method $ROUTE_READS
			http-request set-var(txn.home) var(txn.user),map_str($ROUTE/hold.map) if held
			http-request return status 503 content-type text/plain string "this account is being moved: please try again" hdr Retry-After $ROUTE_RETRY_AFTER if held !reads
			http-request set-header X-Caravan-System %[var(txn.home)]
			http-response set-header X-Caravan-System %[var(txn.home)]
			use_backend new if { var(txn.home) -m str new }
			default_backend legacy
	END
	route_backend legacy "$ROUTE_LEGACY"
	route_backend new "$ROUTE_NEW"
	[[ -z $ROUTE_STATS ]] || cat <<-END

		frontend stats
			bind $ROUTE_STATS
			stats enable
			stats uri /
			stats refresh 2s
			stats show-modules
			http-request use-service prometheus-exporter if { path /metrics }
	END
}

route_backend()
{
	local server n=0
	printf '\nbackend %s\n\tbalance roundrobin\n' "$1"
	[[ -z $ROUTE_CHECK ]] || printf '\toption httpchk GET %s\n' "$ROUTE_CHECK"
	for server in $2; do
		printf '\tserver %s%d %s check inter 2s\n' "$1" $((++n)) "$server"
	done
}
