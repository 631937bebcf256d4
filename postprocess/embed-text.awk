# SPDX-License-Identifier: GPL-3.0-or-later
# A text file as an array of its lines, for what a program answers out of itself: in one literal it would be longer than compilers need to take.
BEGIN {
	printf "/* Made by embed-text.awk from %s; not to be edited. */\n#include \"%s\"\nconst char *const %s[] = {\n", from, header, name
}
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	printf "\t\"%s\\n\",\n", $0
}
END {
	print "\tNULL,"
	print "};"
}
