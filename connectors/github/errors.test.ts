import { describe, expect, test } from 'vitest'
import { toHubError, toHubErrorFromGraphql } from './errors.ts'
import refusals from './fixtures/refusals.json' with { type: 'json' }

/** As octokit throws it. */
function httpError(more: object): Error {
  return Object.assign(new Error('octokit’s own words'), { name: 'HttpError', status: 500, ...more })
}

describe('an answer of GitHub', () => {
  test.each(refusals)('$name is what the hub makes of it', ({ response, thrown, words, ...more }) => {
    const error = toHubError(httpError({ response }))
    expect(error).toMatchObject({ name: thrown, message: expect.stringContaining(words) })
    if ('seconds' in more) expect(error).toMatchObject({ retryAfterSeconds: more.seconds })
  })

  test('that never came is the fault as it was', () => {
    const cause = new TypeError('fetch failed')
    expect(toHubError(httpError({ cause }))).toBe(cause)
    expect(toHubError(cause)).toBe(cause)
  })
})

describe('an answer of GraphQL', () => {
  test.each([
    ['RATE_LIMITED', 'RetryAfterError'],
    ['FORBIDDEN', 'ObjectRefusedError'],
    ['INSUFFICIENT_SCOPES', 'ObjectRefusedError'],
    ['NOT_FOUND', 'PermanentError'],
    ['SOMETHING_ELSE', 'Error'],
  ])('%s is a %s', (type, thrown) => {
    const errors = [{ type, message: 'said so' }]
    const error = toHubErrorFromGraphql(Object.assign(new Error('x'), { name: 'GraphqlResponseError', errors }))
    expect(error).toMatchObject({ name: thrown, message: expect.stringContaining('said so') })
  })
})
