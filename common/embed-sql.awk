# SPDX-License-Identifier: GPL-3.0-or-later
# Migrations conf/sql/<engine>/<version>.sql, given in order, as the table db_migrations of common/catalog_db.h. Comments and empty lines stay out.
BEGIN {
	print "/* Made by embed-sql.awk from conf/sql; not to be edited. */"
	print "#include \"common/catalog_db.h\""
	print "const struct db_migration db_migrations[] = {"
}
FNR == 1 {
	if (NR > 1)
		print "\t},"
	n = split(FILENAME, part, "/")
	version = part[n]
	sub(/\.sql$/, "", version)
	printf "\t{ \"%s\", %d,\n", part[n - 1], version + 0
}
{
	sub(/[ \t]*--.*$/, "")
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	if ($0 != "")
		printf "\t  \"%s\\n\"\n", $0
}
END {
	if (NR > 0)
		print "\t},"
	print "\t{ 0 },"
	print "};"
}
