# SPDX-License-Identifier: MIT
# The demo page; janus.js and adapter.js are not here, recroom-pp serves Debian's.
PAGE_FILES = \
	html/app.js html/consent.js html/handle.js html/icon.svg html/icons.js html/index.html html/link.js html/media.js \
	html/publisher.js html/recording.js html/recordings.js html/rest.js html/room.js html/style.css \
	html/subscriber.js html/tiles.js html/ui.js
pagedir = $(pkgdatadir)/html
dist_page_DATA = $(PAGE_FILES)
