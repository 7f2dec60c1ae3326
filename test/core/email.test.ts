import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { foldEmail, sameEmail } from '../../src/core/email.ts'
import { emailLane } from '../../src/core/lane.ts'

test('an e-mail is folded in its A–Z alone: a Kelvin sign is no k (attack 8)', () => {
  expect(foldEmail('Kim.DOE@Acme.Example')).toBe('kim.doe@acme.example')
  expect(foldEmail('\u212Aim@ÄCME.example')).toBe('\u212Aim@Äcme.example')
  expect(sameEmail('Kim@acme.example', 'kIM@ACME.example')).toBe(true)
  expect(sameEmail('\u212Aim@acme.example', 'kim@acme.example')).toBe(false)
  expect(sameEmail('\u0130@acme.example', 'i\u0307@acme.example')).toBe(false)
})

test('the lane of an e-mail keeps its key for plain letters, and is another one for letters that only look alike (attack 8)', () => {
  const lane = { connector: 'auth0', authority: 'okta' }
  expect(emailLane({ ...lane, email: 'Kim@Acme.example' })).toBe('auth0/okta/email:kim@acme.example')
  expect(emailLane({ ...lane, email: '\u212Aim@acme.example' })).not.toBe('auth0/okta/email:kim@acme.example')
})

test('no e-mail is compared but by foldEmail and sameEmail, in SQL by hub.fold_email (attack 8)', () => {
  const root = new URL('../../', import.meta.url)
  const files = ['src', 'connectors'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
  )
  const code = files.filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('/email.ts'))
  const wrong = code.flatMap((path) => {
    const lines = readFileSync(new URL(path, root), 'utf8').split('\n')
    return lines
      .filter((line) => /\blower\(|\bilike\b/.test(line) || (/LowerCase\(/.test(line) && /mail|login/i.test(line)))
      .filter((line) => !/\blogin\.toLowerCase\(\)/.test(line) && !/^\s*(\/\/|\*)/.test(line))
      .map((line) => `${path}: ${line.trim()}`)
  })
  // A login that GitHub itself gave has plain letters alone.
  expect(wrong).toEqual([])
})
