# SPDX-License-Identifier: MIT
# The demo page, with the gallery and the words of both; the clients' packages it stands on are html/sdk/local.mk's.
PAGE_FILES = \
	html/app.js html/consent.js html/handle.js html/i18n.js html/icon.svg html/icons.js html/index.html html/library.js html/link.js html/media.js \
	html/publisher.js html/recording.js html/recordings.js html/rest.js html/room.js html/style.css \
	html/subscriber.js html/tiles.js html/ui.js
pagedir = $(pkgdatadir)/html
dist_page_DATA = $(PAGE_FILES)
pagestringsdir = $(pkgdatadir)/html/strings
dist_pagestrings_DATA = html/strings/ar.js html/strings/en.js
gallerydir = $(pkgdatadir)/html/gallery
dist_gallery_DATA = html/gallery/gallery.css html/gallery/gallery.js
gallerystringsdir = $(pkgdatadir)/html/gallery/strings
dist_gallerystrings_DATA = html/gallery/strings/ar.js html/gallery/strings/en.js
