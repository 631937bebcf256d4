#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A catalog of many recordings with their files here and in a directory as the store, for tests/bench/storage.sh: one that is really made and uploaded, and copies
of its rows and (as links) of its files, one for each minute.

    storage_many.py BUILD DIR COUNT          prints the configuration's path
"""
import os
import sqlite3
import subprocess
import sys
import time

BUILD, DIR, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
MINUTE_MS = 60000


def configure():
    os.makedirs(DIR + "/rec")
    os.makedirs(DIR + "/store")
    conf = DIR + "/recroom.jcfg"
    with open(conf, "w", encoding="utf-8") as f:
        f.write('general: { recordings = "%s/rec" }\nstore: { local_h = 8760 }\nstorage: ( { name = "main"; kind = "local"; directory = "%s/store" } )\n' % (DIR, DIR))
    return conf


def day_of(recording):
    return time.strftime("%Y/%m/%d", time.gmtime(int(recording.split("_")[2]) // 1000))


def rows_of(db, sql, *args):
    rows = db.execute(sql, args).fetchall()
    return [dict(row) for row in rows]


def insert(db, table, row):
    db.execute("INSERT INTO %s (%s) VALUES (%s)" % (table, ", ".join(row), ", ".join("?" * len(row))), list(row.values()))


def renamed(row, first, other):
    """Ids, paths and keys; the latter are in a directory of the day."""
    def text(value):
        return value.replace(day_of(first), day_of(other)).replace(first, other) if isinstance(value, str) else value
    return {name: text(value) for name, value in row.items()}


def copy_rows(db, first, other):
    insert(db, "recordings", renamed(rows_of(db, "SELECT * FROM recordings WHERE id = ?", first)[0], first, other))
    insert(db, "outputs", renamed(rows_of(db, "SELECT * FROM outputs WHERE recording = ?", first)[0], first, other))
    for file in rows_of(db, "SELECT * FROM files WHERE recording = ?", first):
        number = file.pop("id")
        insert(db, "files", renamed(file, first, other))
        now = db.execute("SELECT last_insert_rowid()").fetchone()[0]
        for copy in rows_of(db, "SELECT * FROM copies WHERE file = ?", number):
            copy["file"] = now
            insert(db, "copies", renamed(copy, first, other))


def link_files(first, other):
    os.makedirs("%s/rec/%s" % (DIR, other))
    for name in os.listdir("%s/rec/%s" % (DIR, first)):
        path = "%s/rec/%s/%s" % (DIR, first, name)
        if os.path.isfile(path):
            os.link(path, "%s/rec/%s/%s" % (DIR, other, name))
    there = "%s/store/recordings/%s" % (DIR, day_of(first))
    to = "%s/store/recordings/%s" % (DIR, day_of(other))
    os.makedirs(to, exist_ok=True)
    for name in os.listdir(there):
        if first in name and os.path.isfile(there + "/" + name):
            os.link(there + "/" + name, to + "/" + name.replace(first, other))


def main():
    conf = configure()
    first = subprocess.run([BUILD + "/store-uploads", conf, "seed", "many", "1", "100000"], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([BUILD + "/recroom-pp", "upload", first, "--config", conf], check=True, capture_output=True)
    db = sqlite3.connect(DIR + "/rec/recroom.db")
    db.row_factory = sqlite3.Row
    db.execute("UPDATE recordings SET chunks_gone_ms = stopped_ms")        # there are no originals
    begun = int(first.split("_")[2])
    for i in range(1, COUNT):
        other = first.replace(str(begun), str(begun + i * MINUTE_MS))
        copy_rows(db, first, other)
        link_files(first, other)
    db.commit()
    print(conf)


main()
