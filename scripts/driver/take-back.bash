# take-back.bash - a wave's rows out of the target again
# shellcheck shell=bash
#
# Only what the ledger says was loaded is the wave's to delete: of each shard in it the
# rows, but for those that load refused.  A refused row may be the very picture of
# one that an earlier wave loaded, or somebody else.

# Take a wave's rows out of TARGET, in one transaction, and its shards out of the ledger.  Rows of
# the wave that are no longer as they were loaded, or that others refer to, stop it.
take_back()
{
	local wave=$1 dir=$2 names name keys i sql=''
	mapfile -t names < <(tables_of "$wave" | sed 's/^[^-]*-//')
	keys=$(target_keys_of "${names[@]}") || die 3 'cannot ask the target for its keys'
	for name in "${names[@]}"; do
		loaded_rows "$dir" "$name" || die 3 "cannot read the shards of $name back"
	done
	# what refers to others before them
	for ((i = ${#names[@]} - 1; i >= 0; i--)); do
		sql+=$(take_back_sql "$dir" "${names[i]}" "$keys")$'\n' || exit
	done
	target -c BEGIN -f - -c COMMIT <<<"$sql" || die 3 "$wave could not be taken back; nothing was"
	rm -f -- "$dir/loaded" "$dir/verified" "$dir/certificate.json"
	summarize "$wave" "$dir"
}

# The rows that the target took of a wave's shards of a table, into relation_for back.
loaded_rows()
{
	local dir=$1 name=$2 back refused columns shards
	back=$(relation_for back "$name")
	refused=$(relation_for refused "$name")
	shards=$(target -c "SELECT shard FROM caravan.ledger
		WHERE starts_with(shard, $(sql_text "$dir/mapped/$name/")) ORDER BY shard") || return
	fresh_copies "$name" "$back" "$refused" || return
	[[ -n $shards ]] || return 0
	tr '\n' '\0' <<<"$shards" | fill_copy "$back" || return
	refused_files "$dir" "$name" <<<"$shards" | fill_copy "$refused" || return
	mapfile -t columns < <(header_of "$dir/mapped/$name/part-00000.csv.zst")
	target <<-SQL
		-- of equal rows as many were refused as load says
		DELETE FROM $back b USING
			(SELECT ctid AS place, ROW($(prefixed b "${columns[@]}"))::text AS row,
				row_number() OVER (PARTITION BY ROW($(prefixed b "${columns[@]}"))::text) AS n
				FROM $back b) x,
			(SELECT ROW($(prefixed r "${columns[@]}"))::text AS row, count(*) AS n
				FROM $refused r GROUP BY 1) r
			WHERE b.ctid = x.place AND r.row = x.row AND x.n <= r.n;
	SQL
}

# The rejects of load of the shards on stdin, and those that were replayed since: their shard still
# has them as they were.
refused_files()
{
	local dir=$1 name=$2 shard file
	while read -r shard; do
		shard=${shard##*/}
		printf '%s\n' "$dir/rejects/$name/${shard%.csv.zst}.load.csv"
	done | cat - <(printf '%s\n' "$dir/replay"/*/was/"$name.load.csv") | while read -r file; do
		[[ ! -s $file ]] || printf '%s\0' "$file"
	done
}

# take_back_sql DIR NAME KEYS
take_back_sql()
{
	local dir=$1 name=$2 keys=$3 back table key columns text
	back=$(relation_for back "$name")
	table=$(target_table "$name")
	text=$(sql_text "$name")
	if [[ ! -e $dir/mapped/$name/part-00000.csv.zst ]]; then
		# the wave did not come so far
		printf 'DROP TABLE %s, %s;\n' "$back" "$(relation_for refused "$name")"
		return
	fi
	key=$(key_in "$keys" "$name") || exit
	mapfile -t key <<<"$key"
	mapfile -t columns < <(header_of "$dir/mapped/$name/part-00000.csv.zst")
	cat <<-SQL
		DELETE FROM $back b WHERE NOT EXISTS (SELECT FROM $table t
			WHERE ($(prefixed t "${key[@]}")) = ($(prefixed b "${key[@]}")));
		DO \$take_back\$ DECLARE n bigint; k text; r record; BEGIN
			-- a key may come twice: refused at first, mended later
			SELECT count(*), min(key) INTO n, k FROM (SELECT ROW($(prefixed t "${key[@]}"))::text AS key
				FROM $table t JOIN $back b ON ($(prefixed t "${key[@]}")) = ($(prefixed b "${key[@]}"))
				GROUP BY 1 HAVING NOT bool_or(ROW($(prefixed t "${columns[@]}"))::text
					= ROW($(prefixed b "${columns[@]}"))::text)) x;
			IF n > 0 AND coalesce(current_setting('caravan.force', true), '') <> 'on' THEN
				RAISE EXCEPTION '% rows of % were changed since they were loaded, the first is %', n, $text, k;
			END IF;
			-- what refers to a row and would go with it, or stand in its way
			FOR r IN SELECT conrelid::regclass AS child, conname,
				(SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY i)
					FROM unnest(conkey) WITH ORDINALITY u(n, i)
					JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = u.n) AS own,
				(SELECT string_agg('b.' || quote_ident(a.attname), ', ' ORDER BY i)
					FROM unnest(confkey) WITH ORDINALITY u(n, i)
					JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = u.n) AS parent
				FROM pg_constraint WHERE contype = 'f' AND confrelid = $(sql_text "$table")::regclass
					AND conrelid <> confrelid
			LOOP
				EXECUTE format('SELECT count(*) FROM %s WHERE (%s) IN (SELECT %s FROM $back b)',
					r.child, r.own, r.parent) INTO n;
				IF n > 0 THEN
					RAISE EXCEPTION '% rows of % refer to rows of % of this wave', n, r.child, $text;
				END IF;
			END LOOP;
		END \$take_back\$;
		DELETE FROM $table t USING $back b WHERE ($(prefixed t "${key[@]}")) = ($(prefixed b "${key[@]}"));
		DELETE FROM caravan.ledger WHERE starts_with(shard, $(sql_text "$dir/mapped/$name/"));
		DROP TABLE $back, $(relation_for refused "$name");
	SQL
}
