import { describe, expect, test } from 'vitest'
import type { Change } from '../../../src/core/change.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { CredentialError, FencedOutError, MissingRightError, PermanentError } from '../../../src/core/errors.ts'
import type { Outcome } from '../../../src/core/outcome.ts'
import { findWorst } from '../../../src/engine/sync/apply.ts'
import { applyChanges } from '../../../src/engine/sync/apply-changes.ts'

const change = (target: string, action: string, owed = false): Change => ({
  direction: 'deny',
  target,
  action,
  summary: action,
  owed,
})

const both = [change('a', 'deny'), change('b', 'deny'), change('a', 'revoke', true), change('b', 'revoke', true)]

async function run(failing: Record<string, Error>) {
  const called: string[] = []
  const apply = async ({ target, action }: Change) => {
    called.push(`${action} ${target}`)
    const failure = failing[`${action} ${target}`]
    if (failure) throw failure
  }
  const applied = await applyChanges(both, { connector: 'acme', clock: systemClock, assertHeld: () => {}, apply })
  return { called, ...applied }
}

describe('carrying out changes', () => {
  test('every user is attempted though another failed', async () => {
    const { called, records } = await run({ 'deny a': new Error('500') })
    expect(called).toEqual(['deny a', 'deny b', 'revoke b'])
    expect(records.map(({ result }) => result)).toEqual(['failed', 'done', 'done'])
  })

  test('what is owed to a user waits until that user’s flag is set', async () => {
    const { called } = await run({ 'deny a': new Error('500'), 'deny b': new PermanentError('no') })
    expect(called).toEqual(['deny a', 'deny b'])
  })

  test('a right that is missing for the revoke does not stop the flags', async () => {
    const { records, outcomes } = await run({ 'revoke a': new MissingRightError('scope') })
    expect(records.map(({ result }) => result)).toEqual(['done', 'done', 'failed', 'done'])
    expect(outcomes).toEqual([{ kind: 'missing_right', error: 'scope' }])
  })

  test('nothing more is written once the lease has ended', async () => {
    const called: string[] = []
    const assertHeld = () => {
      if (called.length === 1) throw new FencedOutError('gone')
    }
    const apply = async ({ target }: Change) => void called.push(target)
    const work = applyChanges(both, { connector: 'acme', clock: systemClock, assertHeld, apply })
    await expect(work).rejects.toBeInstanceOf(FencedOutError)
    expect(called).toEqual(['a'])
  })
})

describe('carrying out the changes of several users', () => {
  /** Every call waits until it is let go; `under` lists the calls under way. */
  function makeGate() {
    const under = new Map<string, () => void>()
    const apply = ({ target, action }: Change) =>
      new Promise<void>((resolve) => {
        const name = `${action} ${target}`
        under.set(name, () => {
          under.delete(name)
          resolve()
        })
      })
    const letGo = async (name: string) => {
      under.get(name)?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    return { apply, letGo, under: () => [...under.keys()] }
  }
  const applyAt = (changes: readonly Change[], apply: (change: Change) => Promise<void>) =>
    applyChanges(changes, { connector: 'acme', clock: systemClock, assertHeld: () => {}, apply })

  test('the flag of one user waits for no other user, nor does the revoke', async () => {
    const gate = makeGate()
    const work = applyAt(both, gate.apply)
    expect(gate.under()).toEqual(['deny a', 'deny b'])
    await gate.letGo('deny b')
    expect(gate.under()).toEqual(['deny a', 'revoke b'])
    for (const name of ['revoke b', 'deny a', 'revoke a']) await gate.letGo(name)
    const { records } = await work
    expect(records.map(({ target, action }) => `${action} ${target}`)).toEqual([
      ...['deny a', 'deny b'],
      ...['revoke a', 'revoke b'],
    ])
  })

  test('at most four users at once, and every flag begins before the first revoke', async () => {
    const gate = makeGate()
    const targets = ['a', 'b', 'c', 'd', 'e']
    const changes = [...targets.map((one) => change(one, 'deny')), ...targets.map((one) => change(one, 'revoke', true))]
    const work = applyAt(changes, gate.apply)
    expect(gate.under()).toEqual(['deny a', 'deny b', 'deny c', 'deny d'])
    await gate.letGo('deny a')
    expect(gate.under()).toEqual(['deny b', 'deny c', 'deny d', 'deny e'])
    await gate.letGo('deny c')
    expect(gate.under()).toEqual(['deny b', 'deny d', 'deny e', 'revoke a'])
    while (gate.under().length > 0) for (const name of gate.under()) await gate.letGo(name)
    expect((await work).records).toHaveLength(10)
  })

  test('grants end one by one, after all that the users owe', async () => {
    const gate = makeGate()
    const work = applyAt([...both, change('grt_1', 'end_grant'), change('grt_2', 'end_grant')], gate.apply)
    for (const name of ['deny a', 'deny b', 'revoke a']) await gate.letGo(name)
    expect(gate.under()).toEqual(['revoke b'])
    await gate.letGo('revoke b')
    expect(gate.under()).toEqual(['end_grant grt_1'])
    for (const name of ['end_grant grt_1', 'end_grant grt_2']) await gate.letGo(name)
    await work
  })

  test('a run that lost its lease ends only when no call of its own is under way', async () => {
    const gate = makeGate()
    const apply = async (one: Change) => {
      if (one.target === 'a') throw new FencedOutError('gone')
      await gate.apply(one)
    }
    let ended = false
    const work = applyAt(both, apply).catch((thrown) => {
      ended = true
      return thrown
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect([ended, gate.under()]).toEqual([false, ['deny b']])
    await gate.letGo('deny b')
    await gate.letGo('revoke b')
    expect(await work).toBeInstanceOf(FencedOutError)
  })
})

describe('the outcome that speaks for a run', () => {
  const outcome = (kind: 'retry' | 'permanent' | 'missing_right'): Outcome => ({ kind, error: kind })

  test('a refused credential goes before everything', () => {
    const refused: Outcome = { kind: 'credential', error: '', connector: 'acme' }
    expect(findWorst([outcome('retry'), outcome('missing_right'), refused])).toBe(refused)
  })

  test('what a retry can mend goes before what only a person can', () => {
    expect(findWorst([outcome('missing_right'), outcome('permanent'), outcome('retry')])).toMatchObject({
      kind: 'retry',
    })
  })

  test('there is none when nothing went wrong', () => {
    expect(findWorst([])).toBeUndefined()
  })

  test('a refusal inside a run is classified as the run’s', async () => {
    const { outcomes } = await run({ 'deny a': new CredentialError('401') })
    expect(outcomes).toEqual([{ kind: 'credential', error: '401', connector: 'acme' }])
  })
})
