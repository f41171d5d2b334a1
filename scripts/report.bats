#!/usr/bin/env bats
#
# report.bats - the report is one page that has the figures, draws them, and needs nothing else

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	make_plan report_bats 600
	rm -r "$PLAN"/tables/[34]0-*
}

teardown_file()
{
	load test-helpers
	need_servers || return
	drop_plan report_bats
}

setup()
{
	load test-helpers
	need_servers || return
	cd "$BATS_TEST_TMPDIR" || return
}

caravan()
{
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" "$@"
}

# well_formed FILE: every element of the page that opens is closed, in order
well_formed()
{
	python3 - "$1" <<-'END'
		import sys
		from html.parser import HTMLParser
		class Check(HTMLParser):
		    stack = []
		    def handle_starttag(self, tag, attrs):
		        if tag not in ('meta', 'br', 'img'):
		            self.stack.append(tag)
		    def handle_endtag(self, tag):
		        assert self.stack and self.stack.pop() == tag, (tag, self.getpos())
		check = Check()
		check.feed(open(sys.argv[1], encoding='utf-8').read())
		assert not check.stack, check.stack
	END
}

@test "of a plan that has not begun" {
	run -0 caravan report -o empty.html
	well_formed empty.html
	grep -q 'not begun' empty.html
	grep -q 'No wave is verified' empty.html
	[ ! -e "$PLAN/work" ]
}

@test "figures, charts, certificate; and no address of anything outside" {
	run -0 caravan simulate
	run -0 caravan run 10-free
	run -0 caravan verify
	run -0 caravan report -o report.html
	[ "$(stat -c %a report.html)" = 600 ]
	well_formed report.html
	loaded=$(psql_client "$NAME" -c 'SELECT count(*) FROM users')
	grep -q "data-l=\"in target\">$loaded</td>" report.html
	[ "$(grep -c '</svg>' report.html)" -ge 4 ]
	# no chart's key has lost a part, wide or narrow
	perl -0777 -ne 'for my $svg (/<svg.*?<\/svg>/sg) {
		for my $stage (qw(transform validate load)) { $svg =~ />$stage</ or die "a chart without $stage\n" } }' report.html
	grep -q '<span class="good">equal</span>' report.html
	grep -q 'data-l="result">clean' report.html
	run ! grep -Eq '(src|href)=["'\''](https?:)?//|<script|<link|@import|url\(http' report.html
	# what a user typed is text, wherever it comes to stand
	file=$(grep -l ',constraint-error,' "$PLAN"/work/run/10-free/rejects/users/*.validate.csv | head -n 1)
	sed -i '2s/,constraint-error,.*$/,constraint-error,"<b>bold<\/b> \& ""so"""/' "$file"
	run -0 caravan report -o report.html
	grep -qF '&lt;b&gt;bold&lt;/b&gt; &amp; &quot;so&quot;' report.html
	well_formed report.html
}

@test "without gnuplot, or without room, it says so" {
	mkdir bin
	for tool in bash sh dirname realpath sed jq perl cat mktemp find sort head tail sha256sum cut date stat grep psql rm mv \
		mkdir nproc basename tr awk wc env; do
		ln -s "$(command -v "$tool")" bin
	done
	CARAVAN_BUILD=/nowhere PATH=$PWD/bin run -3 caravan report
	[ "$output" = "caravan: the report's charts are made with gnuplot, which is not installed (Debian: gnuplot-nox)" ]
	run -3 caravan report -o /nowhere/report.html
	[[ $output == *"caravan: cannot write '/nowhere/report.html'" ]]
	# shellcheck disable=SC2016 # for the inner shell
	run -3 bash -c '"$1/caravan" "$PLAN" report >/dev/full' - "$BATS_TEST_DIRNAME"
	run -2 caravan report now
}
