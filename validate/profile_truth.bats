#!/usr/bin/env bats
#
# profile_truth.bats - the profile of a legacy database finds what was planted in it
#
# Needs MYSQL_URI.  20000 users; with SOAK=1 a million.  SEED=N makes other ones.

bats_require_minimum_version 1.5.0
load ../scripts/test-helpers

setup_file()
{
	need_servers
	NAME=profile_truth_$$
	USERS=20000
	[ -z "${SOAK-}" ] || USERS=1000000
	export NAME USERS
	"$BATS_TEST_DIRNAME/../fixtures/streaming/generate" --users "$USERS" --seed "${SEED:-1}" \
		--truth "$BATS_FILE_TMPDIR/truth" "$(database_uri "$MYSQL_URI" "$NAME")"
	cd "$BATS_FILE_TMPDIR" || return
	extract -q -d raw "$(database_uri "$MYSQL_URI" "$NAME")" tbl_user tbl_child subs fav
	validate --profile --format json -o p.json raw
}

teardown_file()
{
	mysql_client -e "DROP DATABASE IF EXISTS $NAME"
}

setup()
{
	cd "$BATS_FILE_TMPDIR" || return
}

legacy()
{
	mysql_client "$NAME" -e "SET NAMES utf8mb4 COLLATE utf8mb4_bin; $1"
}

# ask PROGRAM: Python with the profile in p, and table() and column() to find things in it
ask()
{
	python3 -c "
import csv, json, os
USERS = int(os.environ['USERS'])
p = json.load(open('p.json'))
def table(t):
    return next(x for x in p['tables'] if x['name'] == t)
def column(t, c):
    return next(x for x in table(t)['columns'] if x['name'] == c)
$1"
}

@test "every change point is where it was planted, and there are no others" {
	ask '
names = {
    ("subs", "pay_ref"): {"pp": ["code A-9"], "pi": ["code a_x"]},
    ("subs", "pln"): {"letter": ["letter"], "word": ["word"]},
    ("subs", "prc"): {"point": ["decimal-point"], "comma": ["decimal-comma"], "cents": ["integer"]},
    ("tbl_child", "gndr"): {"letter": ["letter"], "digit": ["integer"], "word": ["word", "code aaa"]},
    ("tbl_user", "cntry"): {"iso code": ["code AA"], "arabic name": ["arabic"],
        "english name": ["word", "words"]},
    ("tbl_user", "gndr"): {"letter": ["letter"], "digit": ["integer"], "word": ["word"]},
    ("tbl_user", "nm"): {"mojibake": ["mojibake"]},
    ("tbl_user", "opt1"): {"php": ["php-serialized"], "json": ["json-object"]},
    ("tbl_user", "pass"): {"md5": ["hex32"], "bcrypt": ["bcrypt"]},
    ("tbl_user", "pass_old"): {"md5": ["hex32"], "null": ["null"]},
    ("tbl_user", "reg_dt"): {"epoch": ["epoch-seconds"], "dd/mm/yyyy": ["slash-date"],
        "iso": ["iso-timestamp"]},
}
eras = {("tbl_user", "cntry"): 2, ("tbl_user", "nm"): 3}
# the first and the last row of an era may be one with another defect: that much is not exact
loose = {("tbl_user", "cntry", "english name"), ("tbl_user", "reg_dt", "dd/mm/yyyy")}
# an "x" looks like any other letter
x = ("tbl_child", "gndr", "letter")
# of 24 random hex digits all are decimal once in a hundred thousand times: another mask
hexes = ("subs", "pay_ref", "pi")
seen = set()
for line in csv.DictReader(open("truth")):
    if line["kind"] != "era":
        continue
    at = (line["table"], line["column"])
    seen.add(at)
    found = []
    for e in column(*at)["eras"]:
        for s in e["shapes"]:
            name = s["shape"] + (" " + s["mask"] if s["shape"] == "code" else "")
            if name in names[at][line["shape"]]:
                found.append(s)
    assert found, line
    first = min(s["first"]["key"] for s in found)
    last = max(s["last"]["key"] for s in found)
    rows = sum(s["rows"] for s in found)
    want = int(line["first_key"]), int(line["last_key"]), int(line["rows"])
    if (*at, line["shape"]) in loose:
        assert want[0] <= first <= want[0] + 1 and want[1] - 1 <= last <= want[1], (line, first, last)
    else:
        assert (first, last) == want[:2], (line, first, last)
        assert rows == want[2] or ((*at, line["shape"]) == x and 0 < rows - want[2] <= USERS / 2000) or (
            (*at, line["shape"]) == hexes and 0 < want[2] - rows <= USERS / 100000), (line, rows)
for t in p["tables"]:
    for c in t["columns"]:
        at = (t["name"], c["name"])
        want = eras.get(at, len(names[at])) if at in seen else 0
        assert len(c["eras"]) == want, (at, c["eras"])
        assert not c["fluctuates"]
assert seen == set(names)
'
}

@test "eras that overlap are told as intervals, all others are exact" {
	ask '
truth = {}
for line in csv.DictReader(open("truth")):
    if line["kind"] == "era":
        truth[line["table"], line["column"], line["shape"]] = line
for t in ("tbl_user", "tbl_child"):
    eras = column(t, "gndr")["eras"]
    assert [e["change"] for e in eras] == ["start", "overlap", "overlap"]
    for e, new, old in (eras[1], "digit", "letter"), (eras[2], "word", "digit"):
        assert e["overlap"]["from"]["key"] == int(truth[t, "gndr", new]["first_key"])
        assert e["overlap"]["to"]["key"] == int(truth[t, "gndr", old]["last_key"])
for t in p["tables"]:
    for c in t["columns"]:
        if c["name"] != "gndr":
            assert all(e["change"] in ("start", "exact") for e in c["eras"]), c["name"]
'
}

@test "stragglers are counted, with an example" {
	ask '
want = {}
for line in csv.DictReader(open("truth")):
    if line["kind"] == "scattered":
        want[line["table"], line["column"], line["shape"]] = line
(s,) = [s for s in column("subs", "pln")["stragglers"] if s["shape"] == "word"]
line = want["subs", "pln", "trial"]
assert (s["rows"], s["first"]["key"], s["last"]["key"], s["example"]) == (
    int(line["rows"]), int(line["first_key"]), int(line["last_key"]), "trial"), s
for t, c, shape, example in (("tbl_child", "gndr", "letter", "x"), ("tbl_user", "cntry", "word", "Other")):
    (s,) = [s for s in column(t, c)["stragglers"] if s["shape"] == shape and not s["padded"]]
    line = want[t, c, "x" if example == "x" else "other"]
    assert s["example"] == example and s["last"]["key"] == int(line["last_key"]), s
    assert 0 < s["rows"] < int(line["rows"])
'
	legacy "SELECT COUNT(*) FROM tbl_user WHERE cntry = 'Other' AND u_id > (
		SELECT MAX(u_id) FROM tbl_user WHERE cntry REGEXP '^(Saudi|Egypt|Jordan|Morocco)')" >n
	ask '
(s,) = [s for s in column("tbl_user", "cntry")["stragglers"] if s["shape"] == "word" and not s["padded"]]
assert s["rows"] == int(open("n").read()), s'
}

@test "counts are the server's: NULLs, empty, different, lengths, zero dates, mojibake" {
	legacy "SELECT COUNT(*) FROM tbl_user WHERE nm REGEXP '[ØÙ]' AND
		CONVERT(CONVERT(CONVERT(nm USING latin1) USING binary) USING utf8mb4) REGEXP '^[ء-ي ]+$'" >mojibake
	legacy "SELECT SUM(nm IS NULL), SUM(LENGTH(nm) = 0), MAX(CHAR_LENGTH(nm)),
		SUM(nm REGEXP '\\\\n') FROM tbl_user" >names
	legacy "SELECT COUNT(DISTINCT BINARY cntry), SUM(MONTH(lst_lgn) = 0) FROM tbl_user" >other
	legacy "SELECT MIN(x_ref), MAX(x_ref), COUNT(DISTINCT x_ref) FROM tbl_user" >x_ref
	ask '
def rows(c, shape):
    return sum(s["rows"] for s in c["shapes"] if s["shape"] == shape)
nm = column("tbl_user", "nm")
assert rows(nm, "mojibake") == int(open("mojibake").read())
assert [nm["nulls"], nm["empty"], nm["length"]["max"], nm["traits"]["line-ends"]] == [
    int(x) for x in open("names").read().split()]
other = [int(x) for x in open("other").read().split()]
cntry = column("tbl_user", "cntry")
assert cntry["distinct_exact"] and cntry["distinct"] == other[0]
assert rows(column("tbl_user", "lst_lgn"), "zero-date") == other[1]
low, high, distinct = open("x_ref").read().split()
x = column("tbl_user", "x_ref")
assert (x["number"]["min"], x["number"]["max"]) == (low, high)
assert abs(x["distinct"] - int(distinct)) <= 0.03 * int(distinct) and not x["distinct_exact"]
assert x["type"] == "numeric"
for line in csv.DictReader(open("truth")):
    if (line["table"], line["column"], line["shape"]) == ("tbl_user", "nm", "mojibake"):
        assert int(line["rows"]) == rows(nm, "mojibake")
'
}

@test "keys: unique, and equal but for case" {
	legacy "SELECT COUNT(*) - COUNT(DISTINCT BINARY mail),
		COUNT(*) - COUNT(DISTINCT BINARY LOWER(mail))
		FROM tbl_user WHERE mail IS NOT NULL" >mail
	legacy "SELECT COUNT(x_ref) - COUNT(DISTINCT x_ref) FROM tbl_user" >x_ref
	ask '
keys = {tuple(k["columns"]): k for k in table("tbl_user")["keys"]}
exact, folded = (int(x) for x in open("mail").read().split())
mail = keys["mail",]
assert mail["method"] == "exact" and not mail["unique"]
assert (mail["repeated"], mail["repeated_without_case"]) == (exact, folded)
collisions = sum(int(x["rows"]) for x in csv.DictReader(open("truth")) if x["kind"] == "collision")
assert mail["repeated_without_case"] - mail["repeated"] == collisions
assert keys["u_id",]["unique"] and keys["pass",]["unique"] and keys["pass",]["method"] == "exact"
assert keys["x_ref",]["repeated"] == int(open("x_ref").read())
'
}

@test "references, and every orphan" {
	for t in tbl_child subs fav; do
		legacy "SELECT '$t', COUNT(*), COUNT(DISTINCT u_id), MIN(u_id) FROM $t
			WHERE u_id NOT IN (SELECT u_id FROM tbl_user)"
	done >orphans
	ask '
found = {r["table"]: r for r in p["references"]}
assert sorted(found) == ["fav", "subs", "tbl_child"] and len(p["references"]) == 3, p["references"]
truth = {x["table"]: int(x["rows"]) for x in csv.DictReader(open("truth")) if x["kind"] == "orphan"}
for line in open("orphans"):
    t, rows, values, first = line.split()
    r = found[t]
    assert (r["column"], r["to_table"], r["to_column"]) == ("u_id", "tbl_user", "u_id")
    assert (r["orphans"], r["orphan_values"]) == (int(rows), int(values)), r
    assert r["orphans"] == truth[t] and r["contained"] == r["rows"] - r["orphans"]
    assert r["orphan_examples"][0]["value"] == first
'
}

@test "transform takes the expressions, and refuses only what is wrong" {
	for t in tbl_user tbl_child subs fav; do
		ask "
t = table('$t')
print('SELECT', ',\n'.join(c['expression'] + ' AS \"' + c['name'] + '\"' for c in t['columns']))
print('FROM', t['name'])" >"$t.sql"
		transform -q --max-rejects 100% --rejects "$t.bad.csv" "$t.sql" raw/"$t"/*.zst -o "$t.out.csv"
	done
	python3 - <<-'END'
		import collections, csv, glob
		got = collections.Counter()
		for f in glob.glob("*.bad.csv"):
		    for r in csv.DictReader(open(f, newline="")):
		        got[f.split(".")[0], r["_column"], r["_code"]] += 1
		truth = {(x["table"], x["column"], x["shape"]): int(x["rows"])
		    for x in csv.DictReader(open("truth")) if x["kind"] == "scattered"}
		want = {("tbl_user", "reg_dt", "22008"): truth["tbl_user", "reg_dt", "impossible date"],
		    ("tbl_user", "opt1", "22P02"): truth["tbl_user", "opt1", "cut json"],
		    ("subs", "prc", "P0001"): truth["subs", "prc", "gratis"]}
		assert got == want, (got, want)
	END
	# what was scaled: prices of all eras are the same two
	python3 -c '
import csv
from decimal import Decimal
prices = set(r["prc"] for r in csv.DictReader(open("subs.out.csv", newline=""))) - set([""])
assert set(Decimal(x) for x in prices) == set([Decimal("9.99"), Decimal("99")]), prices'
}
