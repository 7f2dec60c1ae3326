// @module-tag process

import { type ChildProcess, spawn } from 'node:child_process'
import { copyFile, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isServerProcess } from '../../../src/node/postgres/system.ts'

let folder = ''
const children: ChildProcess[] = []

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'bellhop-process-')))
  // A program named as the server is, that does nothing.
  await copyFile('/bin/sleep', join(folder, 'postgres'))
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

describe.skipIf(process.platform !== 'linux')('isServerProcess', () => {
  test('takes a zombie for dead, although its pid still answers', async () => {
    // The shell turns into a sleep that never reaps the child it had before.
    const shell = keep(spawn('/bin/sh', ['-c', './postgres 0 & echo $!; exec sleep 60'], { cwd: folder }))
    const pid = Number(await firstLine(shell))
    while (!(await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') Z ')) await pause()
    expect(process.kill(pid, 0)).toBe(true)
    expect(await isServerProcess(pid, folder)).toBe(false)
  })

  test('takes the server of another folder for a stranger', async () => {
    const server = keep(spawn('./postgres', ['60'], { cwd: folder }))
    expect(await isServerProcess(server.pid ?? 0, tmpdir())).toBe(false)
  })

  test('takes another program, and a pid that nobody has, for no server', async () => {
    expect(await isServerProcess(process.pid, process.cwd())).toBe(false)
    expect(await isServerProcess(2 ** 22 + 1, folder)).toBe(false)
  })

  test('finds a living server by its name and its folder', async () => {
    const server = keep(spawn('./postgres', ['60'], { cwd: folder }))
    expect(await isServerProcess(server.pid ?? 0, folder)).toBe(true)
  })
})

function keep<T extends ChildProcess>(child: T): T {
  children.push(child)
  return child
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.stdout?.once('data', (chunk) => resolve(String(chunk).trim())))
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10))
}
