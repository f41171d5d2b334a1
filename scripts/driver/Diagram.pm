#
# Diagram.pm - how tables belong together, as a drawing in SVG
#
# A box for each table with its keys and what refers to others; what is referred to
# stands left of what refers to it.  Lines are full where the database declares the
# reference, dashed where the rows imply it, with a crow's foot at the many.
# A line that passes tables by has a lane of its own between them.  The drawing is as
# large as it is: whoever shows it lets it scroll.

package Diagram;

use strict;
use warnings;
use Exporter 'import';
use List::Util qw(max sum0);

our @EXPORT_OK = qw(diagram);

my ($CHAR, $LINE, $HEAD, $PAD) = (7.3, 18, 24, 8); # pixels
my ($GAP, $BETWEEN) = (70, 18);                    # between two ranks, and two boxes of one
my $LONGEST = 28;                                  # characters of a name

# diagram(TABLES, RELATIONS, ESC, ANCHOR): RELATIONS as DictionaryFacts has them; ESC->(TEXT) makes
# a text safe, ANCHOR->(TABLE) is the name to go to.  Nothing where there is no reference.
sub diagram
{
	my ($tables, $relations, $esc, $anchor) = @_;
	my %table = map { $_->{name} => $_ } @$tables;
	my @relations = map { {%$_} } grep { $table{$_->{table}} && $table{$_->{to_table}} } @$relations;
	return '' if !@relations;
	my %drawn = map { $_ => 1 } map { @$_{qw(table to_table)} } @relations;
	my @boxes = map { box($table{$_}, \@relations) } sort keys %drawn;
	my ($width, $height) = place(\@boxes, \@relations);
	my %box = map { $_->{name} => $_ } @boxes;
	my $svg = sprintf "<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
		$width, $height, $width, $height, 'which tables refer to which; the list below says the same';
	$svg .= line_of($_, \%box) for @relations;
	$svg .= drawing_of($_, $esc, $anchor) for @boxes;
	return "$svg</svg>\n";
}

# A table's box: its lines, and how wide and high it is.
sub box
{
	my ($table, $relations) = @_;
	my %key = map { $_ => 1 } @{$table->{primary_key}};
	my (@lines, %line);
	my $line = sub {
		my ($name) = @_;
		if (!$line{$name}) {
			$line{$name} = {name => $name, number => scalar @lines, mark => $key{$name} ? 'PK' : '', orphans => 0};
			push @lines, $line{$name};
		}
		return $line{$name};
	};
	$line->($_) for @{$table->{primary_key}};
	for my $r (@$relations) {
		$line->($r->{to_column}) if $r->{to_table} eq $table->{name};
		if ($r->{table} eq $table->{name}) {
			my $from = $line->($r->{column});
			$from->{mark} = $from->{mark} ? 'PK FK' : 'FK' if $from->{mark} !~ /FK/;
			$from->{orphans} = max($from->{orphans}, $r->{orphans} // 0);
		}
	}
	my %shown = map { $_ => 1 } map { split /, / } keys %line;
	my $more = grep { !$shown{$_->{name}} } @{$table->{columns}};
	$_->{right} = join ' ', $_->{orphans} ? ("$_->{orphans} orphan" . ($_->{orphans} > 1 ? 's' : '')) : (), $_->{mark} for @lines;
	my @wide = (cells(cut($table->{name})) * 1.08, length("and $more more columns"),
		map { cells(cut($_->{name})) + 2 + length $_->{right} } @lines);
	return {name => $table->{name}, lines => \@lines, line => \%line, more => $more, width => 2 * $PAD + $CHAR * max(@wide),
		height => $HEAD + $LINE * (@lines + ($more ? 1 : 0)) + $PAD};
}

# A name that is not too long.
sub cut
{
	my ($name) = @_;
	return length $name > $LONGEST ? substr($name, 0, $LONGEST - 1) . "\x{2026}" : $name;
}

# How many letters' width a text has.
sub cells
{
	my ($text) = @_;
	my $wide = () = $text =~ /[\x{1100}-\x{115f}\x{2e80}-\x{a4cf}\x{ac00}-\x{d7a3}\x{f900}-\x{faff}\x{ff00}-\x{ff60}]/g;
	return length($text) + $wide;
}

# How far right each table stands: one further than all that it refers to, where that is no circle.
sub ranks
{
	my ($relations) = @_;
	my (%parents, %rank, %open);
	push @{$parents{$_->{table}}}, $_->{to_table} for grep { $_->{table} ne $_->{to_table} } @$relations;
	my $rank;
	$rank = sub {
		my ($name) = @_;
		return $rank{$name} if defined $rank{$name};
		$open{$name} = 1;
		my $most = max(0, map { 1 + $rank->($_) } grep { !$open{$_} } sort @{$parents{$name} // []});
		delete $open{$name};
		return $rank{$name} = $most;
	};
	$rank->($_) for sort map { @$_{qw(table to_table)} } @$relations;
	return \%rank;
}

# What stands in each rank: its boxes, and lanes for the lines that pass it by.
sub columns
{
	my ($boxes, $relations) = @_;
	my $rank = ranks($relations);
	my @columns;
	for my $box (@$boxes) {
		$box->{rank} = $rank->{$box->{name}};
		push @{$columns[$box->{rank}]}, $box;
	}
	my %box = map { $_->{name} => $_ } @$boxes;
	for my $r (@$relations) {
		my ($left, $right) = sort { $a->{rank} <=> $b->{rank} } @box{@$r{qw(to_table table)}};
		my $before = $left;
		$r->{lanes} = [];
		for my $passed ($left->{rank} + 1 .. $right->{rank} - 1) {
			my $lane = {name => "$r->{table} $r->{column}", width => 0, height => 8, rank => $passed, after => [$before]};
			push @{$columns[$passed]}, $lane;
			push @{$r->{lanes}}, $lane;
			$before = $lane;
		}
		push @{$right->{after}}, $before if $right->{rank} > $left->{rank};
	}
	return @columns;
}

# Give all of it a place; returns the drawing's width and height.
sub place
{
	my ($boxes, $relations) = @_;
	my @columns = columns($boxes, $relations);
	my ($x, $lowest) = (2, 0);
	for my $column (@columns) {
		# each about where that is to which it leads, so that few lines cross
		for my $box (@$column) {
			my @at = map { $_->{y} + $_->{height} / 2 } @{$box->{after} // []};
			$box->{wish} = @at ? sum0(@at) / @at : 0;
		}
		my $y = 2;
		my $wide = max(map { $_->{width} } @$column);
		for my $box (sort { $a->{wish} <=> $b->{wish} || $a->{name} cmp $b->{name} } @$column) {
			@$box{qw(x y wide)} = ($x, $y, $wide);
			$y += $box->{height} + $BETWEEN;
		}
		$lowest = max($lowest, $y - $BETWEEN);
		$x += $wide + $GAP;
	}
	# a rank that is lower than others stands in the middle
	for my $column (@columns) {
		my $down = ($lowest - max(map { $_->{y} + $_->{height} } @$column)) / 2;
		$_->{y} += $down for @$column;
	}
	return ($x - $GAP + 40, $lowest + 2);
}

# From the line that refers to the line that is referred to.
sub line_of
{
	my ($r, $box) = @_;
	my ($from, $to) = @$box{@$r{qw(table to_table)}};
	my ($y1, $y2) = map { $_->[0]{y} + $HEAD + $LINE * ($_->[1]{number} + 0.5) }
		[$from, $from->{line}{$r->{column}}], [$to, $to->{line}{$r->{to_column}}];
	# the side of the table that refers on which the other stands
	my $side = $from->{rank} > $to->{rank} ? -1 : 1;
	my $x1 = $from->{x} + ($side > 0 ? $from->{width} : 0);
	my $foot = $x1 + 10 * $side;
	my $path = sprintf 'M%.1f %.1f', $foot, $y1;
	if ($from->{rank} == $to->{rank}) {
		my $x2 = $to->{x} + $to->{width};
		$path .= sprintf 'C%.1f %.1f %.1f %.1f %.1f %.1f', $foot + 34, $y1, $x2 + 44, $y2, $x2, $y2;
	} else {
		my ($x, $y) = ($foot, $y1);
		for my $lane ($side > 0 ? @{$r->{lanes}} : reverse @{$r->{lanes}}) {
			my ($near, $far) = ($lane->{x}, $lane->{x} + $lane->{wide});
			($near, $far) = ($far, $near) if $side < 0;
			$path .= bend($x, $y, $near, $lane->{y} + 4) . sprintf 'L%.1f %.1f', $far, $lane->{y} + 4;
			($x, $y) = ($far, $lane->{y} + 4);
		}
		$path .= bend($x, $y, $side > 0 ? $to->{x} : $to->{x} + $to->{width}, $y2);
	}
	return sprintf "<path class=\"%s\" d=\"%s\"/>"
		. "<path class=\"foot\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fM%.1f %.1fL%.1f %.1f\"/>\n",
		$r->{declared} ? 'ref' : 'ref implied', $path,
		$x1, $y1 - 5, $foot, $y1, $x1, $y1 + 5, $foot, $y1, $x1, $y1;
}

# A curve that begins and ends level.
sub bend
{
	my ($x1, $y1, $x2, $y2) = @_;
	my $middle = ($x1 + $x2) / 2;
	return sprintf 'C%.1f %.1f %.1f %.1f %.1f %.1f', $middle, $y1, $middle, $y2, $x2, $y2;
}

sub drawing_of
{
	my ($box, $esc, $anchor) = @_;
	my ($x, $y, $w) = @$box{qw(x y width)};
	my $svg = sprintf "<a href=\"#%s\"><rect class=\"box\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"5\"/>"
		. "<rect class=\"head\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"5\"/>"
		. "<text class=\"name\" x=\"%.1f\" y=\"%.1f\"><title>%s</title>%s</text></a>\n", $anchor->($box->{name}),
		$x, $y, $w, $box->{height}, $x, $y, $w, $HEAD, $x + $PAD, $y + 16, $esc->($box->{name}), $esc->(cut($box->{name}));
	for my $line (@{$box->{lines}}) {
		my $at = $y + $HEAD + $LINE * $line->{number} + 14;
		$svg .= sprintf "<text x=\"%.1f\" y=\"%.1f\">%s</text>", $x + $PAD, $at, $esc->(cut($line->{name}));
		$svg .= sprintf "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
			$line->{orphans} ? 'lost' : 'mark', $x + $w - $PAD, $at, $line->{right};
	}
	$svg .= sprintf "<text class=\"mark\" x=\"%.1f\" y=\"%.1f\">and %d more column%s</text>\n", $x + $PAD,
		$y + $HEAD + $LINE * @{$box->{lines}} + 14, $box->{more}, $box->{more} > 1 ? 's' : '' if $box->{more};
	return $svg;
}

1;
