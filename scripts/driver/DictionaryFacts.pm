#
# DictionaryFacts.pm - what there is to say of a table and a column, in whatever form
#
# A line is a list of parts: words as they are, and [code => TEXT] for what
# stood in the database or a file.  The forms themselves are dictionary-render's.

package DictionaryFacts;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(label keys_of seen_lines becomes_lines code_lines eras_of declared shown relations);

my $TOP = 8;        # frequent values that are told
my $EXAMPLES = 3;   # of a shape
my $LONGEST = 160;  # characters of a value
my $LONGER = 2000;  # of an expression

# A text on one line, what cannot be seen made visible, and not too long.
sub shown
{
	my ($text) = @_;
	$text //= '';
	$text =~ s/\r?\n\s*/ /g;
	$text =~ s/([\x00-\x1f\x7f-\x9f\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}])/sprintf '\\u%04x', ord $1/ge;
	return $text;
}

sub code
{
	my ($text, $longest) = @_;
	$text //= '';
	$longest //= $LONGEST;
	$text = substr($text, 0, $longest) . '...' if length $text > $longest + 3;
	return [code => $text eq '' ? "''" : $text];
}

# Codes with commas between them.
sub codes
{
	my @parts;
	push @parts, @parts ? ', ' : (), code($_) for @_;
	return @parts;
}

sub percent
{
	my ($part, $whole) = @_;
	return '0%' if !$whole || !$part;
	my $share = 100 * $part / $whole;
	return $share < 0.1 ? 'under 0.1%' : $part < $whole && $share > 99.9 ? 'over 99.9%' : sprintf '%.3g%%', $share;
}

sub label
{
	my ($shape) = @_;
	return $shape->{shape} . ($shape->{shape} eq 'code' ? " $shape->{mask}" : '') . ($shape->{padded} ? ' with spaces around it' : '');
}

sub declared
{
	my ($column) = @_;
	my $text = $column->{declared} . ($column->{required} ? ' NOT NULL' : '');
	$text .= " DEFAULT $column->{default}" if defined $column->{default};
	my $more = $column->{more} // {};
	$text .= " $_" . ($more->{$_} eq '1' ? '' : " $more->{$_}") for grep { defined $more->{$_} && !ref $more->{$_} } sort keys %$more;
	return $text;
}

# What refers to what: the declared keys, and those that the rows imply.
sub relations
{
	my (@found, %told);
	for my $table (@_) {
		for my $key (@{$table->{declared_references}}) {
			my $to = $key->{reference}{resource};
			$to = $table->{name} if !defined $to || $to eq '';
			my $r = {table => $table->{name}, column => join(', ', @{$key->{fields}}), to_table => $to,
				to_column => join(', ', @{$key->{reference}{fields}}), declared => 1};
			push @found, $r unless $told{join "\0", @$r{qw(table column to_table)}}++;
		}
		for my $r (grep { !$_->{weak} } @{$table->{references}}) {
			push @found, $r unless $told{join "\0", @$r{qw(table column to_table)}}++;
		}
	}
	return @found;
}

sub keys_of
{
	my ($table) = @_;
	my @lines;
	push @lines, ['rows', $table->{rows}] if defined $table->{rows};
	push @lines, ['view', 'its rows were not looked at'] if $table->{kind} eq 'view';
	push @lines, ['primary key', codes(@{$table->{primary_key}})] if @{$table->{primary_key}};
	for my $key (@{$table->{keys}}) {
		my @names = @{$key->{columns}};
		next if join("\0", @names) eq join("\0", @{$table->{primary_key}});
		push @lines, ['implied key', codes(@names), $key->{unique} ? ': no value comes twice' :
			defined $key->{repeated} ? ": $key->{repeated} values come twice" : ', nearly: some values come twice', $key->{repeated_without_case}
			? "; $key->{repeated_without_case} more if capitals are as small letters" : ''];
	}
	for my $r (@{$table->{references}}) {
		push @lines, ['implied reference', code($r->{column}), ' is in ', code("$r->{to_table}.$r->{to_column}"),
			$r->{orphans} ? ", but for $r->{orphans} orphans" : ', all rows',
			@{$r->{orphan_examples} // []} ? (' (', codes(map { $_->{value} } @{$r->{orphan_examples}}), ')') : (),
			$r->{weak} ? '; it has so few of the values there that this may be chance' : ''];
	}
	push @lines, ['read by', codes(@{$table->{read_by}})] if @{$table->{read_by}};
	push @lines, ['index', code($_->{name}), ' over ', codes(@{$_->{columns}}), $_->{unique} ? ', unique' : '']
		for grep { ref $_ && ref $_->{columns} } @{$table->{indexes}};
	return @lines;
}

sub becomes_lines
{
	my ($table, $column) = @_;
	my @lines;
	for my $part (@{$column->{becomes}}) {
		my $target = "$part->{table}.$part->{column}";
		push @lines, $part->{use} eq 'column' ? [code($target), ' ', $part->{type}, ', as ', code($part->{expression}, $LONGER)]
			: ["decides which rows go to ", code($part->{table}), ': ', code($part->{expression}, $LONGER)];
	}
	push @lines, [$_->{reason} eq 'undecided' ? ('undecided in ', code($_->{table}))
		: ('dropped from ', code($_->{table}), ': ', $_->{reason})] for @{$column->{dropped}};
	return @lines if @lines;
	return [@{$table->{read_by}} ? 'not mapped anywhere' : 'not mapped anywhere: no table of the plan reads this one'];
}

sub seen_lines
{
	my ($table, $column) = @_;
	my $seen = $column->{seen} or return;
	my $rows = $table->{rows};
	my @lines = (['NULL', "$seen->{nulls} of $rows rows (" . percent($seen->{nulls}, $rows) . ')'
		. ($seen->{empty} ? ", and $seen->{empty} empty (" . percent($seen->{empty}, $rows) . ')' : '')]);
	push @lines, ['different values', ($seen->{distinct_exact} ? '' : 'about ') . $seen->{distinct}];
	push @lines, ['length', "$seen->{length}{min} to $seen->{length}{max} characters"] if defined $seen->{length}{max};
	my ($number, $time) = @{$seen}{qw(number time)};
	push @lines, ['numbers', code($number->{min}), ' to ', code($number->{max})] if $number;
	push @lines, ['times', code($time->{min}), ' to ', code($time->{max})] if $time;
	push @lines, ['least, greatest', code($seen->{min}), ' to ', code($seen->{max})]
		if !$number && !$time && defined $seen->{min} && defined $seen->{max};
	push @lines, ['taken as', $seen->{type}, ' by ', code($seen->{expression}, $LONGER)] if defined $seen->{type};
	for my $shape (@{$seen->{shapes}}) {
		my @examples = @{$shape->{examples} // []};
		splice @examples, $EXAMPLES if @examples > $EXAMPLES;
		push @lines, ['shape', label($shape), ": $shape->{rows} rows (" . percent($shape->{rows}, $rows) . ')'
			. place($shape), @examples ? (', such as ', codes(@examples)) : ()];
	}
	my @top = grep { $_->{rows} > 1 } @{($seen->{top} // {})->{values} // []};
	splice @top, $TOP if @top > $TOP;
	if (@top) {
		my @parts;
		push @parts, @parts ? ', ' : (), code($_->{value}), " $_->{rows}" for @top;
		push @lines, ['most frequent', @parts, $seen->{top}{exact} ? '' : ' (about)'];
	}
	my $traits = $seen->{traits} // {};
	push @lines, ['also', join ', ', map { "$traits->{$_} with " . $_ } sort keys %$traits] if %$traits;
	push @lines, ['mix', 'of shapes changes too often for eras'] if $seen->{fluctuates};
	return @lines;
}

sub key_of
{
	my ($place) = @_;
	return defined $place->{key} ? "key $place->{key}" : "row $place->{row}";
}

sub place
{
	my ($shape) = @_;
	return '' unless $shape->{first} && $shape->{last};
	return ', ' . key_of($shape->{first}) . ' to ' . key_of($shape->{last});
}

# text, and left and width of its bar in percent of all rows.
sub eras_of
{
	my ($table, $column) = @_;
	my $seen = $column->{seen} or return;
	my $rows = $table->{rows} || 1;
	return map {
		my $era = $_;
		my ($from, $to) = @{$era}{qw(from to)};
		my $first = $from->{row} - 1;
		my @shapes = sort { $b->{share} <=> $a->{share} } @{$era->{shapes}};
		{left => 100 * $first / $rows, width => 100 * ($to->{row} - $first) / $rows, text => [key_of($from) . ' to '
			. key_of($to) . ': ', join(', ', map { label($_) . ' ' . percent($_->{share}, 1) } @shapes),
			$era->{change} eq 'gradual' ? '; it began slowly' : '', $era->{overlap}
			? '; beside the one before until ' . key_of($era->{overlap}{to}) : '']}
	} @{$seen->{eras} // []};
}

sub code_lines
{
	my ($uses, $most) = @_;
	my @lines = map { [code("$_->{file}:$_->{line}"), ' ' . ($_->{use} eq 'mention' ? 'mentioned' : $_->{use}), ': ', code($_->{text})] } @$uses;
	@lines = (@lines[0 .. $most - 1], ['and ' . (@lines - $most) . ' more']) if @lines > $most + 1;
	return @lines;
}

1;
