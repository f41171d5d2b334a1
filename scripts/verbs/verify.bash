#
# verify [WAVE]  prove that every row of a wave is in the target as it was mapped
#
#	verify [WAVE]...
#
# Without WAVE, all that are loaded.  The shards, whose seals are checked, are
# read into tables beside the target's, and the server compares them: checksums
# first, then, where those differ, row by row.  Writes certificate.json in the
# wave's folder.
#
# shellcheck shell=bash

verb_verify()
{
	local wave rc=0
	plan_complete
	for wave in "$@"; do
		is_wave "$wave" || die 2 "the plan has no wave '$wave'"
	done
	plan_lock
	cd -- "$WORK" || exit
	if (($# == 0)); then
		for wave in "${WAVES[@]}"; do
			[[ ! -e run/$wave/loaded ]] || set -- "$@" "$wave"
		done
		(($# > 0)) || die 2 'no wave is loaded'
	fi
	for wave in "$@"; do
		[[ -e run/$wave/loaded ]] || die 2 "$wave is not loaded"
		[[ -z $(replay_pending "run/$wave") ]] ||
			die 2 "a replay of $wave was interrupted; end it first: caravan PLAN replay $wave"
		verify_wave "$wave" "run/$wave" || rc=1
	done
	((rc == 0)) || die 1 'the target is not what was mapped; see the certificate'
}

# verify_wave WAVE DIR: 0 when all is as it should be.
verify_wave()
{
	local wave=$1 dir=$2 name loaded keys copy refused result=() rc=0
	local -A loaded_of=()
	rm -f -- "$dir/verified"
	at "$wave" "$dir"
	while IFS=$'\t' read -r name loaded; do
		loaded_of[$name]=$loaded
	done < <(figures "$wave" "$dir" '[.table, .loaded]')
	keys=$(target_keys_of "${!loaded_of[@]}") || die 3 'cannot ask the target for its keys'
	while read -r name; do
		copy=$(relation_for verify "$name")
		refused=$(relation_for refused "$name")
		if ! fresh_copies "$name" "$copy" "$refused" ||
			! shard_files "$dir/mapped/$name" | fill_copy "$copy"; then
			die 3 "cannot read the shards of $name back"
		fi
		shards_in "$dir/mapped/$name" | refused_files "$dir" "$name" | fill_copy "$refused" ||
			die 3 "cannot read the rejects of $name back"
		result+=("$(verify_table "$name" "$dir" "${loaded_of[$name]}" "$keys")") || die 3 "cannot compare $name"
	done < <(tables_of "$wave" | sed 's/^[^-]*-//')
	printf '%s\n' "${result[@]}" | jq -s --arg wave "$wave" --arg plan "$(plan_hash)" \
		--arg when "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
		--slurpfile manifest <(manifest_of "$dir") \
		'{wave: $wave, verified_at: $when, plan: $plan, source: $manifest[0], tables: .,
		ok: all(.[]; .ok)}' | put "$dir/certificate.json"
	jq -r '.tables[] | [.table, .mapped, .in_target, .refused, .missing, .changed,
		(if .ok then "yes" else "NO" end)] | @tsv' "$dir/certificate.json" |
		awk -F '\t' -v wave="$wave" 'BEGIN {
			printf "%s\n  %-16s %10s %10s %10s %10s %10s  %s\n", wave, "table", "mapped",
				"in target", "refused", "missing", "changed", "equal" }
			{ printf "  %-16s %10d %10d %10d %10d %10d  %s\n", $1, $2, $3, $4, $5, $6, $7 }'
	jq -r '.tables[] | select(.ok | not) | .examples[] // empty' "$dir/certificate.json" |
		sed 's/^/  /'
	if [[ $(jq .ok "$dir/certificate.json") == true ]]; then
		mark "$dir/verified"
		log "verify $wave: every row is in the target as it was mapped"
	else
		log "verify $wave: differences"
		rc=1
	fi
	return "$rc"
}

# What the extraction said of the source and its snapshot.
manifest_of()
{
	local file=$1/raw/_members/datapackage.json
	[[ -e $file ]] || file=$1/raw/datapackage.json
	jq '.caravan' "$file"
}

# verify_table NAME DIR LOADED KEYS: JSON.  A row that is missing must be one that load refused.
verify_table()
{
	local name=$1 dir=$2 loaded=$3 keys=$4 copy refused table key columns
	copy=$(relation_for verify "$name")
	refused=$(relation_for refused "$name")
	table=$(target_table "$name")
	key=$(key_in "$keys" "$name") || exit
	mapfile -t key <<<"$key"
	mapfile -t columns < <(header_of "$dir/mapped/$name/part-00000.csv.zst")
	target <<-END
		-- half an md5 as a number: rows have a sum, whatever their order
		CREATE FUNCTION pg_temp.weight(text) RETURNS numeric LANGUAGE sql IMMUTABLE AS
			\$\$ SELECT ('x' || left(md5(\$1), 16))::bit(64)::bigint::numeric \$\$;
		ANALYZE $copy;
		CREATE TEMP TABLE compared AS
			SELECT key, here, mapped, found, n <= coalesce(r.refused, 0) AS refused
			FROM (SELECT ROW($(prefixed m "${key[@]}"))::text AS key, t.here,
					ROW($(prefixed m "${columns[@]}"))::text AS mapped,
					ROW($(prefixed t "${columns[@]}"))::text AS found,
					-- of equal rows as many are refused as load refused
					row_number() OVER (PARTITION BY ROW($(prefixed m "${columns[@]}"))::text) AS n
				FROM $copy m
				LEFT JOIN (SELECT true AS here, * FROM $table) t
					ON ($(prefixed t "${key[@]}")) = ($(prefixed m "${key[@]}"))) x
			LEFT JOIN (SELECT ROW($(prefixed r "${columns[@]}"))::text AS row, count(*) AS refused
				FROM $refused r GROUP BY 1) r ON r.row = x.mapped;
		SELECT json_build_object('table', $(sql_text "$name"), 'mapped', count(*),
			'in_target', count(*) FILTER (WHERE here AND NOT refused),
			'refused', count(*) FILTER (WHERE refused),
			'missing', count(*) FILTER (WHERE here IS NULL AND NOT refused),
			'changed', count(*) FILTER (WHERE here AND mapped <> found AND NOT refused),
			'checksum_mapped', sum(pg_temp.weight(mapped)) FILTER (WHERE NOT refused),
			'checksum_target', sum(pg_temp.weight(found)) FILTER (WHERE NOT refused),
			'target_rows', (SELECT count(*) FROM $table),
			'ok', count(*) FILTER (WHERE NOT refused AND (here IS NULL OR mapped <> found)) = 0
				AND count(*) FILTER (WHERE here AND NOT refused) = $loaded,
			'examples', (SELECT coalesce(json_agg(e), '[]') FROM (SELECT
				CASE WHEN here THEN 'changed ' || key || ': ' || mapped || ' is now ' || found
					ELSE 'missing ' || key END AS e
				FROM compared WHERE NOT refused AND (here IS NULL OR mapped <> found)
				ORDER BY key LIMIT 10) x))
		FROM compared;
		DROP TABLE $copy, $refused;
	END
}
