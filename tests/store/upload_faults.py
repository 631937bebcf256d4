#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads through a network and a store that fail, by a worker that is killed. Standard library only; see run.sh for the environment.

    recordings that are made ─▶ recroom-pp serve ─▶ proxy.py ─▶ Ceph's gateway, azurite          store-uploads: puts them there, and looks past the proxy

  faults     each fault at each request of an upload in turn, as many as one without faults has, for once or for so long that the call gives up: all are completed
             and byte for byte there
  azure      the same with azurite; each fault at every other request, without RECROOM_FULL
  roles      a mirror and a fallback
  lasting    a fault that stays: uploading with its reason, after upload_give_up_h failed, files kept; recroom-pp upload sends them
  kills      SIGKILL at random moments: all are completed; at most a part is repeated for each kill
"""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import proxy as proxies

BUILD = os.environ['BUILD']
DIR = os.path.abspath(os.environ['ROW_DIR'])
KINDS = {
    's3': (os.environ['RECROOM_S3_ENDPOINT'], 'kind = "s3"; path_style = true; region = "%s"' % os.environ['RECROOM_S3_REGION']),
    'azure': (os.environ['RECROOM_AZURE_ENDPOINT'], 'kind = "azure"; account = "%s"' % os.environ['RECROOM_AZURE_ACCOUNT']),
}
DEADLINE_S = 120
MIB = 1 << 20
CONF = '''general: {{ recordings = "{dir}/rec"; host_id = "testhost"; }}
serve: {{ transfers = {transfers}; }}
store: {{ local_h = 8760; fallback_after_s = 60; }}
storage: ( {{ name = "main"; {kind}; bucket = "{bucket}"; endpoint = "http://127.0.0.1:{port}{path}"; plain = true; parallel = {parallel};
  credentials = "environment"; }} {more} )
'''
ENV = dict(os.environ, AWS_ACCESS_KEY_ID=os.environ['RECROOM_S3_KEY'], AWS_SECRET_ACCESS_KEY=os.environ['RECROOM_S3_SECRET'], AWS_EC2_METADATA_DISABLED='true',
           AZURE_STORAGE_KEY=os.environ['RECROOM_AZURE_KEY'])


class Box:
    """A recordings directory with its catalog, a bucket, a proxy before it, and a service."""

    def __init__(self, name, decide, transfers=4, parallel=2, delay_s=0.0, kind='s3', more=''):
        self.dir, self.name, self.service = os.path.join(DIR, name), name, None
        os.makedirs(self.dir + '/rec')
        self.endpoint, settings = KINDS[kind]
        host, port, path = re.match(r'https?://([^:/]+):(\d+)(.*)', self.endpoint).groups()
        self.proxy = proxies.Proxy(host, int(port), decide, delay_s)
        self.conf = self.dir + '/conf.jcfg'
        with open(self.conf, 'w', encoding='utf-8') as f:
            f.write(CONF.format(dir=self.dir, transfers=transfers, parallel=parallel, bucket='uploads-%s-%d' % (name, os.getpid()), port=self.proxy.port,
                                path=path, kind=settings, more=more))
        self.run('bucket')

    def run(self, *args):
        done = subprocess.run([BUILD + '/store-uploads', self.conf, *map(str, args)], env=ENV, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise AssertionError('store-uploads %s: %s' % (args[0], done.stderr))
        return done.stdout

    def seed(self, prefix, count, *sizes):
        return self.run('seed', prefix, count, *sizes).split()

    def look(self):
        return json.loads(self.run('look', self.endpoint))

    def start(self):
        with open(self.dir + '/serve.log', 'a', encoding='utf-8') as log:
            self.service = subprocess.Popen([BUILD + '/recroom-pp', 'serve', '--no-api', '--config', self.conf], env=ENV, stdout=log, stderr=log)

    def kill(self):
        self.service.send_signal(signal.SIGKILL)
        self.service.wait()

    def end_service(self):
        if self.service:
            self.service.terminate()
            self.service.wait()
            self.service = None

    def stop(self):
        self.end_service()
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
SIZES = {'large': [8 * MIB + 1000], 'small': [1000]}   # an upload in parts, and three small files


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


def count_requests(box):
    """Of one of each kind without a fault: of the large one those about its media, of the small one all."""
    ids = {kind: box.seed(kind + 'plain', 1, *sizes)[0] for kind, sizes in SIZES.items()}
    box.start()
    check('without a fault', box.wait(len(ids), DEADLINE_S) == len(ids))
    box.end_service()
    paths = {kind: [path for _, path, _, _ in box.proxy.log if rec in path] for kind, rec in ids.items()}
    media = [i for i, path in enumerate(paths['large']) if '.webm' in path]
    return {'large': media[-1] + 1, 'small': len(paths['small'])}


def put_to_the_test(box, plan, every):
    """Recordings, one for each fault and request; time-outs first, as each of them takes a minute. How many."""
    n, half = 0, random.randrange(2)
    requests = count_requests(box)
    print('%s: %s requests, %s' % (box.name, requests, 'all faults at each' if every else 'half %d of the faults at each' % half))
    for kind, sizes in SIZES.items():
        faults = [(fault, at + 1) for i, fault in enumerate(proxies.FAULTS) for at in range(requests[kind]) if every or (at + i) % 2 == half]
        faults.sort(key=lambda f: f[0] != 'timeout')
        for (fault, at), recording in zip(faults, box.seed(kind, len(faults), *sizes)):
            plan.add(recording, fault, at, 1 if fault == 'timeout' or (at + len(fault)) % 2 else 2 if fault in AT_ONCE else 5)
            n += 1
    return n


def faults_at(name, kind, every):
    plan = Plan()
    box = Box(name, plan.decide, transfers=32, kind=kind)
    n = put_to_the_test(box, plan, every)
    begun = time.monotonic()
    box.start()
    seen = box.wait(n + len(SIZES), DEADLINE_S) - len(SIZES)
    spent = time.monotonic() - begun
    box.stop()
    state = box.look()
    shutil.rmtree(box.dir + '/rec')
    check('completed', seen == n and state['states'] == {'completed': n + len(SIZES)}, seen, n, state)
    check('byte for byte', state['same'] == n + len(SIZES), state)
    check('nothing unfinished is left', state['unfinished'] == 0, state)
    check('each fault was met', len(plan.met) == n, {r: plan.faults[r] for r in set(plan.faults) - plan.met})
    print('figure uploads to %s through %d faults: all completed in %.0f s (target 120 s) %s' % (kind, n, spent, 'ok' if spent <= 120 else 'short'))


def test_faults():
    faults_at('faults', 's3', True)


def test_azure():
    faults_at('azure', 'azure', proxies.FULL)


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


# ---- several stores ----

def test_roles():
    """Two copies at once, in stores of two kinds; a third one while the first refuses, which gets its own when it is back."""
    faults, nas, azure = {'main': None}, os.path.join(DIR, 'nas'), KINDS['azure']
    os.mkdir(nas)
    box = Box('roles', lambda rq: faults['main'] if 'rec_' in rq.path else None,
              more=', { name = "second"; %s; role = "mirror"; bucket = "uploads-mirror-%d"; endpoint = "%s"; plain = true; credentials = "environment"; },'
                   ' { name = "nas"; kind = "local"; role = "fallback"; directory = "%s"; }' % (azure[1], os.getpid(), azure[0], nas))
    box.run('bucket', 'second')
    box.seed('both', 2, 8 * MIB + 1000, 1000)
    box.start()
    until = time.monotonic() + 60
    while (state := box.look())['same'] < 2 or state['copies'] != {'main': 6, 'second': 6}:
        check('in two stores', time.monotonic() < until, state)
        time.sleep(0.3)
    box.end_service()
    faults['main'] = 'denied'
    box.seed('third', 1, 8 * MIB + 1000)
    box.start()
    check('not while the first may still come', box.wait(3, 2) == 2)
    box.run('older', 70)
    check('completed by the third', box.wait(3, 60) == 3)
    check('the first has none', box.look()['copies'].get('main') == 6)
    faults['main'] = None
    until = time.monotonic() + 60
    while (state := box.look())['same'] < 3 or state['copies'] != {'main': 9, 'second': 9, 'nas': 3}:
        check('the first has its own in the end', time.monotonic() < until, state)
        box.run('older', 0)
        time.sleep(0.3)
    box.stop()


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
    tests = {'faults': test_faults, 'azure': test_azure, 'lasting': test_lasting, 'roles': test_roles, 'kills': test_kills}
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
