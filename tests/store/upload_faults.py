#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads through a network and a store that fail, by a worker that is killed. Standard library only; see run.sh for the environment.

    recordings that are made ─▶ recroom-pp serve ─▶ proxy.py ─▶ Ceph's gateway          store-uploads: puts them there, and looks past the proxy

  faults     each fault at each request of an upload in turn (each at every other one, those before or those behind, without RECROOM_FULL), for once or for so
             long that the call gives up: all are completed and byte for byte there
  lasting    a fault that stays: uploading with its reason, after upload_give_up_h failed, files kept; recroom-pp upload sends them
  kills      SIGKILL at random moments: all are completed; at most a part is repeated for each kill
"""
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

import proxy as proxies

BUILD = os.environ['BUILD']
DIR = os.path.abspath(os.environ['ROW_DIR'])
HOST, PORT = re.match(r'https?://([^:/]+):(\d+)', os.environ['RECROOM_S3_ENDPOINT']).groups()
DEADLINE_S = 120
MIB = 1 << 20
CONF = '''general: {{ recordings = "{dir}/rec"; host_id = "testhost"; }}
serve: {{ transfers = {transfers}; }}
store: {{ local_h = 8760; }}
storage: ( {{ name = "main"; kind = "s3"; bucket = "{bucket}"; endpoint = "http://127.0.0.1:{port}"; plain = true; path_style = true; parallel = {parallel};
  credentials = "environment"; region = "{region}"; }} )
'''
ENV = dict(os.environ, AWS_ACCESS_KEY_ID=os.environ['RECROOM_S3_KEY'], AWS_SECRET_ACCESS_KEY=os.environ['RECROOM_S3_SECRET'], AWS_EC2_METADATA_DISABLED='true')


class Box:
    """A recordings directory with its catalog, a bucket, a proxy before it, and a service."""

    def __init__(self, name, decide, transfers=4, parallel=2, delay_s=0.0):
        self.dir, self.name, self.service = os.path.join(DIR, name), name, None
        os.makedirs(self.dir + '/rec')
        self.proxy = proxies.Proxy(HOST, int(PORT), decide, delay_s)
        self.conf = self.dir + '/conf.jcfg'
        with open(self.conf, 'w', encoding='utf-8') as f:
            f.write(CONF.format(dir=self.dir, transfers=transfers, parallel=parallel, bucket='uploads-%s-%d' % (name, os.getpid()), port=self.proxy.port,
                                region=os.environ['RECROOM_S3_REGION']))
        self.run('bucket')

    def run(self, *args):
        done = subprocess.run([BUILD + '/store-uploads', self.conf, *map(str, args)], env=ENV, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise AssertionError('store-uploads %s: %s' % (args[0], done.stderr))
        return done.stdout

    def seed(self, prefix, count, *sizes):
        return self.run('seed', prefix, count, *sizes).split()

    def look(self):
        return json.loads(self.run('look', 'http://%s:%s' % (HOST, PORT)))

    def start(self):
        with open(self.dir + '/serve.log', 'a', encoding='utf-8') as log:
            self.service = subprocess.Popen([BUILD + '/recroom-pp', 'serve', '--no-api', '--config', self.conf], env=ENV, stdout=log, stderr=log)

    def kill(self):
        self.service.send_signal(signal.SIGKILL)
        self.service.wait()

    def stop(self):
        if self.service:
            self.service.terminate()
            self.service.wait()
        self.proxy.ending.set()

    def wait(self, count, seconds):
        """Until so many are completed, or as it is when the time is over."""
        until = time.monotonic() + seconds
        while (seen := self.completed()) < count and time.monotonic() < until:
            time.sleep(0.3)
        return seen

    def completed(self):
        """By the catalog alone: looking at all bytes each time would be the load."""
        done = subprocess.run([BUILD + '/recroom-pp', 'list', '--json', '--status', 'completed', '--config', self.conf], env=ENV, capture_output=True, text=True,
                              timeout=60, check=False)
        return sum('"message_type":"recording"' in line.replace(' ', '') for line in done.stdout.splitlines())


def check(what, cond, *more):
    if not cond:
        raise AssertionError(what + ''.join(' %s' % (m,) for m in more))


# ---- faults ----

RECORDING = re.compile(r'rec_([a-z]+)_(\d+)_aaaaaa')
AT_ONCE = ('denied', 'not_found', 'error_200', 'wrong_checksum')      # end a call: all others are tried four times within it
REQUESTS = {'large': 8, 'small': 6}    # of an upload in parts, and of three small files


class Plan:
    """Which recording meets which fault at which of its requests, and for how many attempts at it."""

    def __init__(self):
        self.faults, self.seen, self.met = {}, {}, set()

    def add(self, recording, fault, at, times):
        self.faults[recording] = [fault, at, times, None]

    def decide(self, rq):
        found = RECORDING.search(rq.path)
        plan = self.faults.get(found.group(0)) if found else None
        if not plan:
            return None
        fault, at, times, which = plan
        self.seen[found.group(0)] = self.seen.get(found.group(0), 0) + 1
        if which is None and self.seen[found.group(0)] == at:
            plan[3] = which = (rq.method, rq.path)
        if which != (rq.method, rq.path) or times == 0:
            return None
        plan[2] -= 1
        self.met.add(found.group(0))
        return fault


def test_faults():
    plan = Plan()
    box = Box('faults', plan.decide, transfers=24)
    begun, n, half = time.monotonic(), 0, random.randrange(2)
    print('half %d of the faults' % half if not proxies.FULL else 'all faults')
    for kind, sizes in (('large', [8 * MIB + 1000]), ('small', [1000])):
        faults = [(fault, at + 1) for i, fault in enumerate(proxies.FAULTS) for at in range(REQUESTS[kind])
                  if proxies.FULL or (at + 1 in (3, 5, 7) if fault == 'timeout' else (at + i) % 2 == half)]
        faults.sort(key=lambda f: f[0] != 'timeout')       # each of them takes a minute
        for (fault, at), recording in zip(faults, box.seed(kind, len(faults), *sizes)):
            plan.add(recording, fault, at, 1 if fault == 'timeout' or (at + len(fault)) % 2 else 2 if fault in AT_ONCE else 5)
            n += 1
    box.start()
    seen = box.wait(n, DEADLINE_S)
    spent = time.monotonic() - begun
    box.stop()
    state = box.look()
    check('completed', seen == n and state['states'] == {'completed': n}, seen, n, state)
    check('byte for byte', state['same'] == n, state)
    check('nothing unfinished is left', state['unfinished'] == 0, state)
    check('each fault was met', len(plan.met) == n, sorted(set(plan.faults) - plan.met), {r: plan.faults[r] for r in set(plan.faults) - plan.met})
    print('figure uploads through %d faults: all completed in %.0f s (target 120 s) %s' % (n, spent, 'ok' if spent <= 120 else 'short'))


# ---- a lasting one ----

def test_lasting():
    faults = {'main': 'denied'}
    box = Box('lasting', lambda rq: faults['main'] if 'rec_' in rq.path else None)
    ids = box.seed('lasting', 2, 8 * MIB + 1000, 1000)
    box.start()
    until = time.monotonic() + 30
    while not (state := box.look())['reasons'] and time.monotonic() < until:
        time.sleep(0.3)
    check('uploading, and why', state['states'] == {'uploading': 2} and any('403' in r for r in state['reasons']), state)
    until = time.monotonic() + 60
    while 'failed' not in (state := box.look())['states'] or state['states']['failed'] < 2:
        check('failed in the end', time.monotonic() < until, state)
        box.run('older', 7 * 86400)
        time.sleep(0.5)
    shown = subprocess.run([BUILD + '/recroom-pp', 'show', ids[0], '--json', '--config', box.conf], env=ENV, capture_output=True, text=True, timeout=30, check=True)
    check('says so', 'upload_failed' in shown.stdout, shown.stdout)
    check('files are kept', all(os.path.exists('%s/rec/%s/output.webm' % (box.dir, i)) for i in ids))
    faults['main'] = None
    box.stop()
    sent = subprocess.run([BUILD + '/recroom-pp', 'upload', *ids, '--json', '--config', box.conf], env=ENV, capture_output=True, text=True, timeout=60, check=False)
    state = box.look()
    check('sent by hand', sent.returncode == 0 and state['states'] == {'completed': 2} and state['same'] == 2, sent.stdout, sent.stderr, state)
    check('nothing unfinished is left', state['unfinished'] == 0, state)


# ---- a worker that dies ----

PART = re.compile(r'partNumber=(\d+)')


def repeated(log):
    """Parts that the store took more than once."""
    taken = {}
    for method, path, _, status in log:
        if method == 'PUT' and PART.search(path) and status == 200:
            taken[path] = taken.get(path, 0) + 1
    return sum(n - 1 for n in taken.values()), len(taken)


def test_kills():
    kills, seed = 100 if proxies.FULL else 10, random.randrange(1 << 32)
    dice = random.Random(seed)
    print('seed %d' % seed)
    box = Box('kills', lambda rq: None, transfers=2, parallel=2, delay_s=0.15)
    count = kills // 2 if proxies.FULL else 4
    box.seed('kills', count, 40 * MIB, 9 * MIB)
    killed = 0
    while killed < kills and box.completed() < count:
        box.start()
        time.sleep(dice.uniform(0.1, 1.6))
        box.kill()
        killed += 1
    box.start()
    seen = box.wait(count, DEADLINE_S)
    box.stop()
    state, (twice, parts) = box.look(), repeated(box.proxy.log)
    check('completed', seen == count and state['same'] == count and state['unfinished'] == 0, seen, state)
    check('at most a part is repeated for each kill', twice <= killed, twice, killed)
    print('figure parts sent twice: %d of %d in %d kills (target at most 1 each) %s' % (twice, parts, killed, 'ok' if twice <= killed else 'short'))


def main():
    tests = {'faults': test_faults, 'lasting': test_lasting, 'kills': test_kills}
    wanted = sys.argv[1:] or list(tests)
    failed = []

    def run(name):
        try:
            tests[name]()
        except Exception as why:   # pylint: disable=broad-except
            failed.append(name)
            print('FAILED %s: %s' % (name, why))

    threads = [threading.Thread(target=run, args=(name,)) for name in wanted]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print('%d passed, %d failed' % (len(wanted) - len(failed), len(failed)))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
