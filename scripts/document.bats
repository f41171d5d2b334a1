#!/usr/bin/env bats
#
# document.bats - the dictionary of the example's legacy database, against what is known of it

# shellcheck disable=SC2016 # Markdown's backquotes

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	export NAME=document_bats PLAN=$BATS_FILE_TMPDIR/plan SHARD_ROWS=300 JOBS=2
	local fixture=$BATS_TEST_DIRNAME/../fixtures/streaming source
	source=$(database_uri "$MYSQL_URI" "$NAME")
	mkdir "$PLAN" "$PLAN/notes"
	cp -r "$fixture"/{waves,tables,code} "$PLAN"
	printf 'SOURCE=%q TARGET=postgresql:///nowhere\n' "$source" >"$PLAN/plan.env"
	printf 'Merged in 2014 <script>alert(1)</script> & "after"\n' >"$PLAN/notes/tbl_user.md"
	mysql_client -e "DROP DATABASE IF EXISTS $NAME"
	"$fixture/generate" --users 1000 "$source" >/dev/null
	"$fixture/ground-truth" --users 1000 >"$BATS_FILE_TMPDIR/truth.csv"
	mysql_client -D "$NAME" -e "ALTER TABLE fav COMMENT 'lists | of <titles>';
		CREATE VIEW v_user AS SELECT u_id, mail FROM tbl_user"
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" document
}

teardown_file()
{
	load test-helpers
	need_servers || return
	mysql_client -e 'DROP DATABASE IF EXISTS document_bats'
}

setup()
{
	load test-helpers
	need_servers || return
	cd "$PLAN/dictionary" || return
}

caravan()
{
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" "$@"
}

# section COLUMN: its lines in the Markdown
section()
{
	head="### $1" awk '$0 == ENVIRON["head"] { on = 1; next } /^##/ { on = 0 } on' dictionary.md
}

@test "each table and column of the source is in all three forms" {
	mysql_client -e "SELECT table_name, column_name FROM information_schema.columns
		WHERE table_schema = '$NAME'" >columns.tsv
	[ "$(wc -l <columns.tsv)" -eq 46 ]
	while IFS=$'\t' read -r table column; do
		grep -qxF "### $table.$column" dictionary.md
		grep -qF "id=\"t.$table.$column\"" dictionary.html
		jq -e --arg t "$table" --arg c "$column" 'any(.tables[]; .name == $t and any(.columns[]; .name == $c))' \
			dictionary.json >/dev/null
	done <columns.tsv
	rm columns.tsv
	grep -qxF '| v_user | view | 2 |  |' dictionary.md
	[ "$(stat -c %a dictionary.md dictionary.html dictionary.json | sort -u)" = 600 ]
	# nothing of the rows is left behind
	[ ! -e "$PLAN/work/document" ]
}

@test "eras begin and end where they were planted" {
	key()
	{
		awk -F , -v c="$2" -v s="$3" -v f="$4" '$1 == "era" && $2 == "tbl_user" && $3 == c && $4 == s { print $f }' \
			"$BATS_FILE_TMPDIR/truth.csv"
	}
	for era in 'reg_dt:epoch:epoch-seconds' 'reg_dt:dd/mm/yyyy:slash-date' 'pass:md5:hex32' 'pass:bcrypt:bcrypt'; do
		IFS=: read -r column planted shape <<<"$era"
		first=$(key tbl_user "$column" "$planted" 5)
		last=$(key tbl_user "$column" "$planted" 6)
		[ -n "$first" ]
		section "tbl_user.$column" | grep -qxE -- "- era: key $first to key $last: $shape [0-9.]+%"
		# a bar for each in the page
		grep -qF "key $first to key $last: $shape" dictionary.html
	done
}

@test "declared types, NULLs, keys, orphans, and how the tables belong together" {
	section tbl_user.x_ref | grep -qxF -- '- declared: `bigint(20) unsigned`'
	section subs.dt_a | grep -qxF -- "- declared: \`datetime NOT NULL DEFAULT '0000-00-00 00:00:00'\`"
	nulls=$(mysql_client -D "$NAME" -e 'SELECT count(*) FROM tbl_child WHERE gndr IS NULL')
	section tbl_child.gndr | grep -qF -- "- NULL: $nulls of 1401 rows"
	grep -qF -- '- implied reference: `u_id` is in `tbl_user.u_id`, but for 1 orphans' dictionary.md
	grep -qF '    tbl_user ||..o{ subs : "u_id, 1 orphans"' dictionary.md
	grep -qF '        bigint u_id PK' dictionary.md
	section subs.pln | grep -qE -- '^- most frequent: `(M|Y|monthly|yearly)` [0-9]+'
}

@test "where the code reads and writes" {
	at()
	{
		grep -nF "$2" "$PLAN/code/$1" | head -n 1 | cut -d : -f 1
	}
	line=$(at inc/user.php 'SET lst_lgn')
	section tbl_user.lst_lgn | grep -qF -- "- code: \`inc/user.php:$line\` write:"
	line=$(at inc/user.php 'SELECT u_id, pass, deleted')
	section tbl_user.deleted | grep -qF -- "- code: \`inc/user.php:$line\` read:"
	line=$(at signup.php 'INSERT INTO tbl_user')
	section tbl_user.cntry | grep -qF -- "- code: \`signup.php:$line\` write:"
	line=$(at inc/user.php "strtolower(\$u['gndr'])")
	section tbl_user.gndr | grep -qF -- "- code: \`inc/user.php:$line\` mentioned:"
	# a column of that name in another table is not meant
	run -1 grep -F "inc/user.php:$line" <(section tbl_child.gndr)
	# nor what a browser sent
	run -1 grep -F "\`signup.php:$(at signup.php "esc(\$_POST['tel'])")\`" <(section tbl_user.tel)
}

@test "SQL in other languages, and in pieces" {
	mkdir "$BATS_TEST_TMPDIR/code"
	cat >"$BATS_TEST_TMPDIR/code/A.java" <<-'END'
		String q = "SELECT u.nm FROM tbl_user u" +
			" JOIN subs s ON s.u_id = u.u_id WHERE s.stat = 1";
		name = rs.getString("nm");
	END
	cat >"$BATS_TEST_TMPDIR/code/b.py" <<-'END'
		cursor.execute("""
		    INSERT INTO subs (s_id, stat) VALUES (%s, 1)
		    ON DUPLICATE KEY UPDATE stat = VALUES(stat), pln = 'M'
		""")
		print(nm, stat)
	END
	printf 'DELETE FROM subs WHERE stat = 0;\nUPDATE `subs` s SET s.`prc` = s.cur WHERE pln = 1;\n' >"$BATS_TEST_TMPDIR/code/c.sql"
	printf 'stat\0UPDATE subs SET stat = 1' >"$BATS_TEST_TMPDIR/code/binary"
	printf 'UPDATE subs SET stat = 1; -- caf\xe9\n' >"$BATS_TEST_TMPDIR/code/latin1.sql"
	: >"$BATS_TEST_TMPDIR/code/empty"
	run -0 bash -c '"$1/driver/code-uses" "$2/code" <<<"$3" | jq -r ".[] | \"\(.file):\(.line) \(.table).\(.column // \"\") \(.use)\""' \
		- "$BATS_TEST_DIRNAME" "$BATS_TEST_TMPDIR" '{"tbl_user":["u_id","nm"],"subs":["s_id","u_id","stat","pln","prc","cur"]}'
	expected='A.java:1 tbl_user. read
	A.java:1 tbl_user.nm read
	A.java:2 subs. read
	A.java:2 subs.stat read
	A.java:2 subs.u_id read
	A.java:2 tbl_user.u_id read
	A.java:3 tbl_user.nm mention
	b.py:2 subs. write
	b.py:2 subs.s_id write
	b.py:2 subs.stat write
	b.py:3 subs.pln write
	b.py:3 subs.stat write
	b.py:3 subs.stat read
	c.sql:1 subs. delete
	c.sql:1 subs.stat read
	c.sql:2 subs. write
	c.sql:2 subs.cur read
	c.sql:2 subs.pln read
	c.sql:2 subs.prc write
	latin1.sql:1 subs. write
	latin1.sql:1 subs.stat write'
	diff <(sort <<<"${expected//$'\t'/}") <(sort <<<"$output")
}

@test "what each column becomes, why it is dropped, and what is mapped nowhere" {
	section tbl_user.mail | grep -qxF -- "- becomes: \`users.email\` text, as \`lower(nullif(btrim(mail), ''))\`"
	section tbl_user.pass_old | grep -qF -- '- becomes: dropped from `10-users`: plain md5 of before 2012'
	section tbl_user.deleted | grep -qF -- '- becomes: decides which rows go to `profiles`'
	section cntry.nm | grep -qF 'not mapped anywhere'
}

@test "notes by hand are in it, and stay as they are; all text is escaped" {
	grep -qF 'Merged in 2014 <script>alert(1)</script> & "after"' dictionary.md
	[ "$(<"$PLAN/notes/tbl_user.md")" = 'Merged in 2014 <script>alert(1)</script> & "after"' ]
	run -1 grep -ciE '<script|<link|<img|https?://[a-z]|@import|url\(' dictionary.html
	grep -qF 'Merged in 2014 &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;after&quot;' dictionary.html
	grep -qF 'lists | of &lt;titles&gt;' dictionary.html
	grep -qF 'lists \| of \<titles\>' dictionary.md
	# each element that is opened is closed
	python3 - <<-'END'
		from html.parser import HTMLParser
		class Check(HTMLParser):
		    open = []
		    def handle_starttag(self, tag, attrs):
		        if tag not in ("meta", "br"): self.open.append(tag)
		    def handle_endtag(self, tag):
		        assert self.open.pop() == tag, tag
		check = Check()
		check.feed(open("dictionary.html", encoding="utf-8").read())
		assert not check.open
	END
}

@test "the diagram has all that refers to something: in a circle, to itself, by two columns, in any name" {
	run -0 grep -c '<svg' dictionary.html
	[ "$output" = 1 ]
	[ "$(grep -c '<path class="ref implied"' dictionary.html)" = "$(grep -c '&rarr;' dictionary.html)" ]
	cd "$BATS_TEST_TMPDIR"
	jq -n 'def t(n; k; r): {name: n, kind: "table", rows: 1, primary_key: k, declared_references: [r[] |
			{fields: .[0], reference: {resource: .[1], fields: .[2]}}], indexes: [], keys: [], references: [],
			referred_to_by: [], read_by: [], code: [], columns: [k[], "x" | {name: ., declared: "int", more: {},
			code: [], becomes: [], dropped: []}]};
		{values: true, tables: [t("a"; ["id"]; [[["b_id"], "b", ["id"]]]), t("b"; ["id"]; [[["a_id"], "a", ["id"]]]),
			t("tree"; ["id"]; [[["up"], null, ["id"]]]), t("alone"; ["id"]; []),
			t("pair"; ["k1", "k2"]; [[["up"], "tree", ["id"]]]), t("<of> & \"pairs\" whose name is long, long"; ["id"];
			[[["p1", "p2"], "pair", ["k1", "k2"]], [["b"], "b", ["id"]], [["gone"], "nowhere", ["id"]]])]}' >d.json
	"$BATS_TEST_DIRNAME/driver/dictionary-render" html d.json >d.html
	"$BATS_TEST_DIRNAME/driver/dictionary-render" markdown d.json >d.md
	[ "$(grep -c '<path class="ref"' d.html)" = 6 ]
	[ "$(grep -c '<rect class="box"' d.html)" = 5 ]
	grep -qF '&lt;of&gt; &amp; &quot;pairs&quot;' d.html
	# all of it is within the drawing, and no box is over another
	python3 - <<-'END'
		import re
		svg = re.search(r"<svg.*?</svg>", open("d.html", encoding="utf-8").read(), re.S).group()
		wide, high = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
		boxes = [tuple(map(float, b)) for b in re.findall(
		    r'class="box" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg)]
		for x, y, w, h in boxes:
		    assert 0 < x and x + w < wide and 0 < y and y + h < high, (x, y, w, h, wide, high)
		for i, (x, y, w, h) in enumerate(boxes):
		    for x2, y2, w2, h2 in boxes[:i]:
		        assert x + w < x2 or x2 + w2 < x or y + h < y2 or y2 + h2 < y
		for d in re.findall(r' d="([^"]+)"', svg):
		    numbers = list(map(float, re.findall(r"-?[\d.]+", d)))
		    assert all(0 <= n <= wide for n in numbers[::2]) and all(0 <= n <= high for n in numbers[1::2]), d
	END
}

@test "the same source gives the same dictionary; --check agrees, also with more rows" {
	cp dictionary.md "$BATS_TEST_TMPDIR/before.md"
	run -0 caravan document
	diff dictionary.md "$BATS_TEST_TMPDIR/before.md"
	mysql_client -D "$NAME" -e "INSERT INTO cntry VALUES (99, 'SE', 'Sweden', 'السويد', 1)"
	run -0 caravan document --check
	[ "$output" = 'the dictionary agrees with the source' ]
	mysql_client -D "$NAME" -e 'DELETE FROM cntry WHERE id = 99'
}

@test "--check tells what is not as it was" {
	mysql_client -D "$NAME" -e "ALTER TABLE tbl_user MODIFY cntry varchar(60) COMMENT 'home';
		ALTER TABLE fav ADD extra int; ALTER TABLE subs DROP note; CREATE TABLE fresh (a int PRIMARY KEY);
		UPDATE tbl_child SET av = '{\"a\": 1}' WHERE ch_id = 11;
		UPDATE tbl_user SET pass = md5(u_id) WHERE u_id < 600"
	run -1 caravan document --check
	[[ $output == *'tbl_user.cntry: declared: varchar(60); the dictionary says varchar(40)'* ]]
	[[ $output == *'tbl_user.cntry: comment: home; the dictionary says none'* ]]
	[[ $output == *'fav.extra: is in the database, but not in the dictionary'* ]]
	[[ $output == *'subs.note: is in the dictionary, but not in the database'* ]]
	[[ $output == *'fresh: is in the database, but not in the dictionary'* ]]
	[[ $output == *'tbl_child.av: shape json-object: 1 rows; the dictionary has none'* ]]
	[[ $output == *'tbl_user.pass: eras: '* ]]
	[[ $output == *'caravan: the dictionary does not agree with the source any more'* ]]
	[ ! -e "$PLAN/work/document" ]
}

@test "without values nobody's data is in it" {
	grep -qF '@example.' dictionary.html
	run -0 caravan document --no-values
	for file in dictionary.md dictionary.html dictionary.json; do
		run -1 grep -F '@example.' "$file"
		run -1 grep -E '"(examples|top|value)"|such as|most frequent' "$file"
	done
	grep -qF 'without the values of rows (--no-values)' dictionary.html
	run -0 caravan document --check
}

@test "what is wrong is told, and leaves the dictionary as it was" {
	run -2 caravan document --fast
	[ "$output" = "caravan: document takes --check and --no-values, not '--fast'" ]
	before=$(sha256sum dictionary.md)
	mkdir -p "$BATS_TEST_TMPDIR/gone/dictionary"
	cp dictionary.json "$BATS_TEST_TMPDIR/gone/dictionary"
	printf 'SOURCE="mysql://caravan@localhost/x?socket=/nowhere" TARGET=x\n' >"$BATS_TEST_TMPDIR/gone/plan.env"
	run -3 "$BATS_TEST_DIRNAME/caravan" "$BATS_TEST_TMPDIR/gone" document
	[[ $output == *'cannot list the tables of the source'* ]]
	run -3 "$BATS_TEST_DIRNAME/caravan" "$BATS_TEST_TMPDIR/gone" document --check
	rm "$BATS_TEST_TMPDIR/gone/dictionary/dictionary.json"
	run -2 "$BATS_TEST_DIRNAME/caravan" "$BATS_TEST_TMPDIR/gone" document --check
	[[ $output == *'no dictionary to compare with'* ]]
	echo 'SELECT nothing FROM (' >>"$PLAN/tables/10-users/map.sql"
	run -2 caravan document
	[[ $output == *'the mapping of 10-users cannot be read'* ]]
	[ "$(sha256sum dictionary.md)" = "$before" ]
}

@test "a source with names that need quotes, of PostgreSQL, and one table beside a view" {
	mkdir "$BATS_TEST_TMPDIR/p"
	psql_client postgres -c "DROP DATABASE IF EXISTS $NAME" -c "CREATE DATABASE $NAME"
	psql_client "$NAME" <<-'SQL'
		CREATE SCHEMA s; CREATE TABLE s."Odd <b>" (a int PRIMARY KEY, "x|`y" text);
		INSERT INTO s."Odd <b>" VALUES (1, E'\x07|b'), (2, NULL);
		CREATE VIEW v AS SELECT 1 AS one;
	SQL
	printf 'SOURCE=%q TARGET=x\n' "$(database_uri "$POSTGRES_URI" "$NAME")" >"$BATS_TEST_TMPDIR/p/plan.env"
	run -0 "$BATS_TEST_DIRNAME/caravan" "$BATS_TEST_TMPDIR/p" document
	psql_client "$NAME" -c 'CREATE TABLE other (a int)'
	run -1 "$BATS_TEST_DIRNAME/caravan" "$BATS_TEST_TMPDIR/p" document --check
	[[ $output == 'other: is in the database, but not in the dictionary'* ]]
	psql_client postgres -c "DROP DATABASE $NAME"
	cd "$BATS_TEST_TMPDIR/p/dictionary"
	grep -qxF '### s.Odd \<b\>.x\|\`y' dictionary.md
	section 's.Odd \<b\>.x\|\`y' | grep -qxF -- '- shape: control-characters: 1 rows (50%), key 1 to key 1, such as `\u0007\|b`'
	grep -qF '<h2>s.Odd &lt;b&gt;</h2>' dictionary.html
	grep -qF -- '- view: its rows were not looked at' dictionary.md
}
