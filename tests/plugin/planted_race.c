/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A program with a data race, on purpose: test_planted_race sees to it that ThreadSanitizer reports it, so that silence elsewhere means something.
 */
#include <pthread.h>
#include <stdio.h>

static int shared;

static void *add(void *arg)
{
	for (int i = 0; i < 100000; i++)
		shared++;
	return arg;
}

int main(void)
{
	pthread_t a, b;

	if (pthread_create(&a, NULL, add, NULL) || pthread_create(&b, NULL, add, NULL))
		return 2;
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	printf("%d\n", shared);
	return 0;
}
