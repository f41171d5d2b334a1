/*
 * csv_reader_fuzz.c - any bytes: the reader and libcsv alone must agree
 */
#include "csv/csv_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* csv_reader.h asks more of a header than libcsv does, so a sound one goes before the bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char header[] = "c0,c1\n";
	static struct outcome ours, theirs;
	char bytes[4096];
	struct error err = ERROR_INIT;
	size_t len = sizeof header - 1;

	if (size > sizeof bytes - len)
		return 0;
	memcpy(bytes, header, len);
	if (size > 0)
		memcpy(bytes + len, data, size);
	len += size;
	run_reader(bytes, len, &ours, &err);
	run_oracle(bytes, len, &theirs);
	oracle_require(ours.failed == theirs.failed);
	oracle_require(ours.len == theirs.len);
	oracle_require(memcmp(ours.text, theirs.text, ours.len) == 0);
	return 0;
}
