import { describe, expect, test } from 'vitest'
import type { Change } from '../../../src/core/change.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { CredentialError, FencedOutError, MissingRightError, PermanentError } from '../../../src/core/errors.ts'
import type { Outcome } from '../../../src/core/outcome.ts'
import { applyChanges, findWorst } from '../../../src/engine/sync/apply.ts'

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
