/*
 * duckdb.cjs - run a mapping in DuckDB: one CSV file to another, in one thread
 *
 *	node duckdb.cjs MODULES MAPPING.sql INPUT OUTPUT
 *
 * MODULES is the folder with @duckdb/node-api's node_modules.  The mapping is a SELECT from
 * tbl_user, which is INPUT, all of it text; an empty field is NULL and "" is not.
 */
'use strict';

const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

async function main(modules, mapping, input, output) {
	const { DuckDBInstance } = createRequire(path.resolve(modules, 'package.json'))('@duckdb/node-api');
	const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
	const db = await instance.connect();

	await db.run('SET threads = 1');
	await db.run("SET TimeZone = 'UTC'");
	await db.run(`CREATE MACRO zero_date(s) AS CASE WHEN s LIKE '0000-%' OR s LIKE '____-00-%'
		OR s LIKE '____-__-00%' THEN NULL ELSE s END`);
	await db.run(`CREATE VIEW tbl_user AS FROM read_csv(${quoted(input)}, header = true,
		all_varchar = true, delim = ',', quote = '"', escape = '"', nullstr = '',
		allow_quoted_nulls = false)`);
	const select = fs.readFileSync(mapping, 'utf8');
	const done = await db.runAndReadAll(
		`COPY (${select}) TO ${quoted(output)} (FORMAT csv, HEADER)`);
	console.error(`${done.getRows()[0][0]} rows`);
}

if (process.argv.length !== 6) {
	console.error('usage: node duckdb.cjs MODULES MAPPING.sql INPUT OUTPUT');
	process.exit(2);
}
main(...process.argv.slice(2)).catch((e) => {
	console.error(`duckdb: ${e.message}`);
	process.exit(3);
});
