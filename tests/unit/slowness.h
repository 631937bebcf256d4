/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* clang says it in another way than gcc. */
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* How much slower everything is under a sanitizer, for tolerances in time. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOWNESS = 5 };
#else
enum { SLOWNESS = 1 };
#endif
