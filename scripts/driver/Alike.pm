#
# Alike.pm - how much two names of tables or columns look as if they meant the same
#
# Names are cut into words at underscores, capitals and digits; words that say
# nothing (tbl) go, and usual abbreviations and synonyms count as one word.

package Alike;

use strict;
use warnings;
use Exporter 'import';
use List::Util qw(max min);

our @EXPORT_OK = qw(alike words skeleton);

# The first of each line stands for all.
my %meaning = map { my ($first, @others) = split; map { $_ => $first } $first, @others } split /\n/, <<'END';
email mail eml
phone tel telephone mobile mob fon
password pass pwd passwd pw
created registered reg crt created creation added ins since signup
updated upd modified mod changed
deleted del removed
name nm title
full fullname
country cntry ctry
language lng lang locale
gender gndr sex
birth born birthday dob
date dt at on time ts tm day
number no num nr nbr
code cd
zip postcode postal plz zipcode
city town ort
street str strt
address addr adr adress anschrift
quantity qty
amount amt total tot sum
price prc
currency cur curr
description desc descr
customer cust client kunde kunden kd
user usr member account acct
product prod prd article art item
order ord
status stat st state
last lst latest
login lgn logon
comment note remark notes
reference ref
payment pay
image img picture pic avatar
level lvl
plan pln
start begin from starts
end ends until z
END
my %nothing = map { $_ => 1 } qw(tbl tab table t v the is has fld col head header hdr);

sub words
{
	my ($name) = @_;
	$name =~ s/([a-z])([A-Z])/$1_$2/g;
	my @all = grep { length } split /[^a-z]+/, lc $name;
	my @words = grep { !$nothing{$_} } @all;
	@words = @all if !@words;
	return map { my $w = $_; $w =~ s/ies$/y/ || $w =~ s/(?<=[^s]{2})s$// if !$meaning{$w}; $meaning{$w} // $w } @words;
}

sub skeleton
{
	my ($word) = @_;
	my $rest = substr $word, 1;
	$rest =~ tr/aeiou//d;
	$rest =~ s/(.)\1+/$1/g;
	return substr($word, 0, 1) . $rest;
}

sub word_alike
{
	my ($x, $y) = @_;
	return 1 if $x eq $y;
	my ($short, $long) = length $x < length $y ? ($x, $y) : ($y, $x);
	return 0.9 if length $short >= 3 && index($long, $short) == 0;
	return 0.6 if length $short == 2 && index($long, $short) == 0;
	return 0.8 if length $short >= 3 && skeleton($short) eq skeleton($long);
	my $distance = distance($x, $y);
	my $share = 1 - $distance / length $long;
	return $share >= 0.75 ? $share : 0;
}

sub distance
{
	my @x = split //, $_[0];
	my @y = split //, $_[1];
	my @last = 0 .. @y;
	for my $i (1 .. @x) {
		my @this = ($i);
		for my $j (1 .. @y) {
			push @this, min($last[$j] + 1, $this[-1] + 1, $last[$j - 1] + ($x[$i - 1] ne $y[$j - 1]));
		}
		@last = @this;
	}
	return $last[-1];
}

# 0 to 1: the share of the words of both that have a like one in the other.
my %known; # the same names are asked for with each pair of tables

sub alike
{
	my ($x, $y) = @_;
	return $known{"$x\0$y"} //= lc $x eq lc $y ? 1 : words_alike($x, $y);
}

sub words_alike
{
	my ($x, $y) = @_;
	my @x = words($x);
	my @y = words($y);
	return 0 if !@x || !@y;
	my $sum = 0;
	for my $pair ([\@x, \@y], [\@y, \@x]) {
		for my $word (@{$pair->[0]}) {
			$sum += max(map { word_alike($word, $_) } @{$pair->[1]});
		}
	}
	return 0.99 * $sum / (@x + @y);
}

1;
