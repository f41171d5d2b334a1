#
# Casts.pm - the expression that makes a column of the target of one of the source
#
# Begins with the expression that validate --profile drafts from the values that
# were seen, and brings it to the target's type.  All of it is a draft for a
# mapping: what was never seen is rejected there, not guessed.

package Casts;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(cast_of quoted fits family);

my $ZONE = "AT TIME ZONE 'UTC' /* which zone? */";

# PostgreSQL's reserved words, which are no names of columns without quotes.
my %reserved = map { $_ => 1 } qw(all analyse analyze and any array as asc asymmetric authorization
	binary both case cast check collate collation column concurrently constraint create cross
	current_catalog current_date current_role current_schema current_time current_timestamp
	current_user default deferrable desc distinct do else end except false fetch for foreign freeze
	from full grant group having ilike in initially inner intersect into is isnull join lateral
	leading left like limit localtime localtimestamp natural not notnull null offset on only or
	order outer overlaps placing primary references returning right select session_user similar
	some symmetric table tablesample then to trailing true union unique user using variadic verbose
	when where window with);

sub quoted
{
	my ($name) = @_;
	return $name if $name =~ /^[a-z_][a-z0-9_]*$/ && !$reserved{$name};
	$name =~ s/"/""/g;
	return "\"$name\"";
}

sub text_of
{
	my ($value) = @_;
	$value =~ s/'/''/g;
	return "'$value'";
}

# The family of a type: text, number, time, boolean, json, or the type itself.
sub family
{
	my ($type) = @_;
	return 'text' if $type =~ /^(?:text|character|varchar|char|bpchar|citext|name)/;
	return 'number' if $type =~ /^(?:smallint|integer|bigint|numeric|real|double|decimal)/;
	return 'time' if $type =~ /^(?:date|timestamp)/;
	return 'json' if $type =~ /^json/;
	return $type =~ /^bool/ ? 'boolean' : $type;
}

sub values_of
{
	my ($seen) = @_;
	my $top = $seen->{top} // {};
	my @values = map { $_->{value} } @{$top->{values} // []};
	return $top->{exact} && $seen->{distinct_exact} && @values >= $seen->{distinct} - ($seen->{empty} ? 1 : 0)
		? @values : ();
}

# Whether the values that were seen may become the target's type.
sub fits
{
	my ($seen, $new) = @_;
	my ($from, $to) = (family($seen->{type} // 'text'), family($new->{caravan}{type} // 'text'));
	return 1 if $from eq $to || $to eq 'text' || !$seen->{distinct};
	return 1 if $to eq 'boolean' && $seen->{distinct} <= 4;
	return $to !~ /^(?:number|time|boolean)$/;
}

# cast_of SEEN, FIELD: the expression, and what somebody should know about it.
sub cast_of
{
	my ($seen, $new) = @_;
	my $name = quoted($seen->{name});
	my $type = $new->{caravan}{type} // 'text';
	my $expression = $seen->{expression} // $name;
	$expression =~ s/\n\s*/\n            /g;
	my $from = family($seen->{type} // 'text');
	my $to = family($type);
	my $enum = ($new->{constraints} // {})->{enum};
	return choice($seen, $name, $enum) if $enum && $to eq 'text';
	if ($to eq 'text') {
		# a number or a time is kept as it was written
		return $expression if $from eq 'text' && $expression !~ /^CASE/;
		return $seen->{empty} ? "nullif($name, '')" : $name if $from ne 'text';
		return plain_case($seen, $name, $expression);
	}
	return boolean($seen, $name) if $to eq 'boolean';
	if ($to eq 'number') {
		return number($name, $expression, $seen->{type}, $type) if $from eq 'number';
	} elsif ($to eq 'time') {
		return moment($expression, $seen->{type}, $type) if $from eq 'time';
	} elsif ($to eq 'json') {
		return $from eq 'json' ? $expression : "to_jsonb($name)";
	} else {
		return $seen->{empty} ? "nullif($name, '')" : $name;
	}
	return ("nullif($name, '')::" . cast_name($type), "its values look like $seen->{type}, not like $type")
}

# A CASE whose branches all say the same is not needed.
sub plain_case
{
	my ($seen, $name, $expression) = @_;
	my %result = map { $_ => 1 } $expression =~ /\bTHEN (?!NULL)(.*?)(?= \/\*|\n|$)/g, $expression =~ /\bELSE (.*) END/;
	return $expression if keys %result != 1;
	my ($only) = keys %result;
	my $null = $expression =~ /THEN NULL/ && $expression !~ /lower\(/;
	return $expression if $expression =~ /THEN NULL/ && !$null;
	return $null ? "nullif($only, '')" : $only;
}

sub cast_name
{
	my ($type) = @_;
	$type =~ s/^character varying/varchar/;
	$type =~ s/^timestamp with time zone/timestamptz/;
	$type =~ s/^timestamp without time zone/timestamp/;
	return $type;
}

sub number
{
	my ($name, $expression, $from, $type) = @_;
	$type = cast_name($type);
	return $expression if $expression =~ /^[^ ]*::\Q$type\E$/ || $expression eq $name;
	return "$1::$type" if $expression =~ /^("?[^ ]+"?)::\w+$/;
	return "($expression)::$type";
}

sub moment
{
	my ($expression, $from, $type) = @_;
	my $whole = $expression =~ /^CASE/ ? "($expression)" : $expression;
	my $zoned = $from =~ /^(?:timestamptz|timestamp with time zone)/;
	if ($type =~ /^timestamp with time zone|^timestamptz/) {
		return $expression if $zoned;
		$whole .= '::timestamp' if $from eq 'date';
		return "$whole $ZONE";
	}
	$whole = "($whole $ZONE)" if $zoned;
	return $whole if $type =~ /^timestamp/ && $from =~ /^timestamp/ && $whole !~ /^\w+$/;
	my $cast = '::' . cast_name($type =~ /^timestamp/ ? 'timestamp' : $type);
	return $whole =~ /\Q$cast\E$/ ? $whole : "$whole$cast";
}

my @YES = qw(1 y yes t true on);
my @NO = qw(0 n no f false off);

sub boolean
{
	my ($seen, $name) = @_;
	my %known = map { $_ => 1 } @YES, @NO, '';
	my @unknown = sort grep { !$known{lc s/^\s+|\s+$//gr} } values_of($seen);
	my ($yes, $no) = map { join ', ', map { text_of($_) } @$_ } \@YES, \@NO;
	my $small = "lower(btrim($name))";
	return ("CASE WHEN $small IN ($yes) THEN true\n"
		. "            WHEN $small IN ($no) THEN false\n"
		. "            WHEN $name IS NULL OR $name = '' THEN NULL\n"
		. "            ELSE legacy.reject('neither yes nor no: ' || $name) END",
		@unknown ? 'values that are neither yes nor no: ' . join(', ', map { s/[\r\n]+/ /gr } @unknown) : ());
}

# Values of a list: those that are like one of it become that; a value like none is rejected.
sub choice
{
	my ($seen, $name, $enum) = @_;
	my (%becomes, @unknown);
	for my $value (sort grep { length } values_of($seen)) {
		my $bare = lc $value;
		$bare =~ s/^\s+|\s+$//g;
		my @like = grep { lc $_ eq $bare } @$enum;
		@like = grep { index(lc $_, $bare) == 0 || index($bare, lc $_) == 0 } @$enum if !@like;
		if (@like == 1) {
			push @{$becomes{$like[0]}}, $bare;
		} else {
			push @unknown, $value;
		}
	}
	my $text = 'CASE';
	for my $word (@$enum) {
		my %once = map { $_ => 1 } lc $word, @{$becomes{$word} // []};
		$text .= ($text eq 'CASE' ? ' ' : '            ') . "WHEN lower(btrim($name)) IN ("
			. join(', ', map { text_of($_) } sort keys %once) . ') THEN ' . text_of($word) . "\n";
	}
	$text .= "            WHEN $name IS NULL OR $name = '' THEN NULL\n"
		. "            ELSE legacy.reject('unknown value: ' || $name) END";
	my @remarks;
	push @remarks, 'values that are none of ' . join(', ', @$enum) . ': ' . join(', ', map { s/[\r\n]+/ /gr } @unknown) if @unknown;
	return ($text, @remarks);
}

1;
