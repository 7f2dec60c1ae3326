import type { Change } from '../../src/core/change.ts'
import type { PersonState } from '../../src/core/person.ts'
import { defineConnector } from '../../src/index.ts'

/** A vendor that answers at once and never differs: what remains is the hub's own work. */
export const instantAuthority = makeInstantAuthority({ status: 'DEPROVISIONED', access: 'deny' })

/** The same, at which nobody has left. */
export const presentAuthority = makeInstantAuthority({ status: 'ACTIVE', access: 'allow' })

function makeInstantAuthority(standing: Pick<PersonState, 'status' | 'access'>) {
  return defineConnector({
    id: 'okta',
    read: async ({ authorityId, now }) => ({
      authorityId,
      ...standing,
      statusChangedAt: null,
      emails: [],
      logins: [],
      readAt: now().toISOString(),
    }),
  })
}

export const instantTarget = makeInstantTarget('target')

export function makeInstantTarget(id: string) {
  return defineConnector({
    id,
    sync: {
      on: ['user.lifecycle.*'],
      plan: async ({ person }) => ({ changes: [], sightings: [{ kind: 'link', value: person.authorityId }] }),
      apply: async () => {},
    },
  })
}

/** The same, with one change for each person, which is written at once. */
export function makeChangingTarget() {
  const written = new Set<string>()
  return defineConnector({
    id: 'target',
    sync: {
      on: ['user.lifecycle.*'],
      plan: async ({ person }) => ({
        changes: written.has(person.authorityId) ? [] : [makeChange(person.authorityId)],
        sightings: [{ kind: 'link', value: person.authorityId }],
      }),
      apply: async ({ change }) => void written.add(change.target),
    },
  })
}

function makeChange(target: string): Change {
  const direction = 'deny'
  return { direction, target, action: 'lock', summary: 'Lock.', before: {}, after: { locked: true } }
}
