import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits until its standard input ends, which happens when the test run that holds the other end is gone,
 * then ends the server in the given folder and removes the folder. Ctrl-C must not reach it: it runs detached.
 */
const place = process.argv[2] ?? ''
for await (const _ of process.stdin);
const home = join(place, '.bellhop')
const pidFile = join(home, 'postgres', 'data', 'postmaster.pid')
const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8').split('\n')[0]) : 0
// SIGQUIT is PostgreSQL's immediate shutdown: nobody needs these data again.
if (pid > 0) process.kill(pid, 'SIGQUIT')
for (let tries = 0; tries < 100 && existsSync(pidFile); tries++) await sleep(50)
await rm(place, { recursive: true, force: true })
