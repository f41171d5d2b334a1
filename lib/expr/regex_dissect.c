/*
 * regex_dissect.c - which match is PostgreSQL's, and what its groups are
 *
 * pcre2_dfa_match tells all the ends that a piece of pattern can have from one
 * place.  With them this does what regexec.c (version 15) does: cdissect and
 * its helpers, function by function.
 */
#include <stdlib.h>

#include "expr/regex.h"

enum { PAIRS_START = 64, PAIRS_MAX = 1 << 24, WORKSPACE_START = 1000, WORKSPACE_MAX = 1 << 24 };

struct dissection {
	struct eval_context *ctx;
	struct regex *re;
	const struct text *t;
	struct regex_span *spans;
};

/* Ends, from the last to the first. */
struct ends {
	size_t n;
	size_t *at;
};

static int dissect(struct dissection *d, struct are_node *node, size_t begin, size_t end);

static int
grow(struct dissection *d, bool pairs)
{
	struct regex *re = d->re;

	if (pairs) {
		uint32_t n = re->ends ? pcre2_get_ovector_count(re->ends) * 4 : PAIRS_START;

		if (n > PAIRS_MAX)
			return regex_too_long(d->ctx);
		pcre2_match_data_free(re->ends);
		re->ends = pcre2_match_data_create(n, NULL);
		return re->ends ? 0 : eval_nomem(d->ctx);
	}
	re->workspace_len = re->workspace_len ? re->workspace_len * 4 : WORKSPACE_START;
	if (re->workspace_len > WORKSPACE_MAX)
		return regex_too_long(d->ctx);
	free(re->workspace);
	re->workspace = calloc(re->workspace_len, sizeof *re->workspace);
	return re->workspace ? 0 : eval_nomem(d->ctx);
}

/* All ends of the node's matches that begin at `begin`. */
static int
find_ends(struct dissection *d, struct are_node *node, size_t begin, struct ends *ends)
{
	struct regex *re = d->re;
	const PCRE2_SIZE *found;
	int rc = 0;

	ends->n = 0;
	if (node->code == NULL && regex_compile_node(d->ctx, re, node) < 0)
		return -1;
	if ((re->ends == NULL && grow(d, true) < 0) ||
		(re->workspace == NULL && grow(d, false) < 0))
		return -1;
	for (;;) {
		rc = pcre2_dfa_match(node->code, (PCRE2_SPTR)(d->t->ptr ? d->t->ptr : ""),
			d->t->len, begin, PCRE2_ANCHORED | PCRE2_NO_UTF_CHECK, re->ends,
			re->context, re->workspace, re->workspace_len);
		if (rc == 0 && grow(d, true) < 0)
			return -1;
		if (rc == PCRE2_ERROR_DFA_WSSIZE && grow(d, false) < 0)
			return -1;
		if (rc != 0 && rc != PCRE2_ERROR_DFA_WSSIZE)
			break;
	}
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (rc < 0)
		return regex_too_long(d->ctx);
	ends->at = arena_alloc(d->ctx->arena, (size_t)rc * sizeof *ends->at);
	if (ends->at == NULL)
		return eval_nomem(d->ctx);
	found = pcre2_get_ovector_pointer(re->ends);
	for (int i = 0; i < rc; i++)
		ends->at[i] = found[2 * i + 1];
	ends->n = (size_t)rc;
	return 0;
}

/* 1 or 0: whether the node matches just this span. */
static int
spans_exactly(struct dissection *d, struct are_node *node, size_t begin, size_t end)
{
	struct ends ends;

	if (find_ends(d, node, begin, &ends) < 0)
		return -1;
	for (size_t i = 0; i < ends.n; i++) {
		if (ends.at[i] == end)
			return 1;
	}
	return 0;
}

/* Forget what the groups of a node were. */
static void
forget(struct dissection *d, const struct are_node *node)
{
	if (node->group > 0)
		d->spans[node->group] = (struct regex_span){REGEX_UNSET, REGEX_UNSET};
	for (const struct are_node *c = node->child; c != NULL; c = c->sibling)
		forget(d, c);
}

static int
dissect_concat(struct dissection *d, struct are_node *node, size_t begin, size_t end)
{
	struct are_node *left = node->child, *right = left->sibling;
	bool shorter = (left->flags & ARE_SHORTER) != 0;
	struct ends mids;
	int rc;

	if (find_ends(d, left, begin, &mids) < 0)
		return -1;
	for (size_t i = 0; i < mids.n; i++) {
		size_t mid = mids.at[shorter ? mids.n - 1 - i : i];

		if (mid > end)
			continue;
		rc = spans_exactly(d, right, mid, end);
		if (rc > 0)
			rc = dissect(d, left, begin, mid);
		if (rc > 0)
			rc = dissect(d, right, mid, end);
		if (rc != 0)
			return rc;
		forget(d, left);
		forget(d, right);
	}
	return 0;
}

static int
dissect_alternatives(struct dissection *d, struct are_node *node, size_t begin, size_t end)
{
	for (struct are_node *c = node->child; c != NULL; c = c->sibling) {
		int rc = spans_exactly(d, c, begin, end);

		if (rc > 0)
			rc = dissect(d, c, begin, end);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* The first of ends, by the preference, that is not over (or for shorter: not under) limit. */
static bool
pick_end(const struct ends *ends, bool shorter, size_t limit, size_t *end)
{
	for (size_t i = 0; i < ends->n; i++) {
		size_t at = ends->at[shorter ? ends->n - 1 - i : i];

		if (shorter ? at >= limit : at <= limit) {
			*end = at;
			return true;
		}
	}
	return false;
}

/* Each of the k parts by the child: 1 when all fit. */
static int
verify_parts(struct dissection *d, struct are_node *child, const size_t *points, size_t k)
{
	for (size_t i = 1; i <= k; i++) {
		int rc;

		forget(d, child);
		rc = dissect(d, child, points[i - 1], points[i]);
		if (rc <= 0)
			return rc;
	}
	return 1;
}

/* Of nothing: once, if the child prefers more and takes it, or else not at all. */
static int
dissect_nothing(struct dissection *d, struct are_node *child, size_t at)
{
	int rc = child->flags & ARE_SHORTER ? 0 : spans_exactly(d, child, at, at);

	if (rc > 0)
		rc = dissect(d, child, at, at);
	if (rc == 0)
		forget(d, child);
	return rc < 0 ? -1 : 1;
}

/* Parts of an iteration under way: where they end, and where each could. */
struct parts {
	size_t *points;
	struct ends *ends;
	size_t k, most;
};

static int
new_parts(struct dissection *d, const struct are_node *node, size_t begin, size_t end,
	struct parts *p)
{
	p->most = end - begin;
	if (node->max != ARE_INFINITE && p->most > (size_t)node->max)
		p->most = (size_t)node->max;
	p->k = 1;
	p->points = arena_alloc(d->ctx->arena, (p->most + 2) * sizeof *p->points);
	p->ends = arena_alloc(d->ctx->arena, (p->most + 2) * sizeof *p->ends);
	if (p->points == NULL || p->ends == NULL)
		return eval_nomem(d->ctx);
	p->points[0] = begin;
	return find_ends(d, node->child, begin, &p->ends[1]);
}

/*
 * The span as parts of the child, none of them empty, each as long (or short)
 * as the rest allows: citerdissect and creviterdissect.
 */
static int
dissect_iteration(struct dissection *d, struct are_node *node, size_t begin, size_t end)
{
	bool shorter = (node->child->flags & ARE_SHORTER) != 0, found;
	size_t limit = shorter ? begin + 1 : end;
	struct parts p;
	int rc;

	if (begin == end)
		return dissect_nothing(d, node->child, begin);
	if (new_parts(d, node, begin, end, &p) < 0)
		return -1;
	while (p.k > 0) {
		size_t *point = &p.points[p.k];

		if (shorter && p.k >= p.most)
			limit = end;
		found = pick_end(&p.ends[p.k], shorter, limit, point) && *point <= end &&
			*point > p.points[p.k - 1];
		if (found && *point == end) {
			rc = verify_parts(d, node->child, p.points, p.k);
			if (rc != 0)
				return rc;
		} else if (found && p.k < p.most) {
			limit = shorter ? *point + 1 : end;
			if (find_ends(d, node->child, *point, &p.ends[++p.k]) < 0)
				return -1;
			continue;
		}
		/* another end of this part, or of the one before */
		if (!found || *point != end)
			p.k--;
		while (p.k > 0 && (shorter ? p.points[p.k] >= end
					   : p.points[p.k] - 1 <= p.points[p.k - 1]))
			p.k--;
		limit = shorter ? p.points[p.k] + 1 : p.points[p.k] - 1;
	}
	return 0;
}

/* 1 or 0: whether the groups of the node can be told for this span, which it matches. */
static int
dissect(struct dissection *d, struct are_node *node, size_t begin, size_t end)
{
	int rc = 1;

	switch (node->op) {
	case ARE_PLAIN: break;
	case ARE_CONCAT: rc = dissect_concat(d, node, begin, end); break;
	case ARE_ALTERNATIVES: rc = dissect_alternatives(d, node, begin, end); break;
	case ARE_ITERATION: rc = dissect_iteration(d, node, begin, end); break;
	case ARE_GROUP: rc = dissect(d, node->child, begin, end); break;
	}
	if (rc > 0 && node->group > 0)
		d->spans[node->group] = (struct regex_span){begin, end};
	return rc;
}

int
regex_dissect(struct eval_context *ctx, struct regex *re, const struct text *t,
	struct regex_span *spans)
{
	struct dissection d = {ctx, re, t, spans};
	struct are_node *tree = re->are.tree;
	struct ends ends;
	int rc;

	if (find_ends(&d, tree, spans[0].start, &ends) < 0)
		return -1;
	if (ends.n == 0)
		return regex_too_long(ctx);
	spans[0].end = ends.at[tree->flags & ARE_SHORTER ? ends.n - 1 : 0];
	if (re->are.ngroups == 0)
		return 1;
	rc = dissect(&d, tree, spans[0].start, spans[0].end);
	return rc < 0 ? -1 : 1;
}
